-- A database for each homeserver; encoding and collation come from the cluster.
CREATE DATABASE hs1 OWNER synapse;
