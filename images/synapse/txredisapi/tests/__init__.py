"""What Synapse needs of txredisapi, against a real Redis. ``../test`` runs it."""
