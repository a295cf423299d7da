#!/bin/sh
# Starts Postgres. An image that holds a prepared cluster (a file synapse-lab-prepared in it) has Synapse's schema in the database
# synapse_template already: give each homeserver its own, and go. Any other image sets itself up as its documentation says.
set -eu

# Read here, as root: the file is its owner's only, and the image's entry point reads it as another user.
POSTGRES_PASSWORD=$(cat /lab/secrets/postgres_password)
export POSTGRES_PASSWORD

if [ -f "$PGDATA/synapse-lab-prepared" ]; then
  # One user, no network, no other process: the quickest way to a few statements before the real start.
  setpriv --reuid=postgres --regid=postgres --init-groups \
    "$(ls -d /usr/lib/postgresql/*/bin)/postgres" --single -D "$PGDATA" -c fsync=off postgres >/dev/null <<SQL
ALTER USER synapse PASSWORD '$POSTGRES_PASSWORD';
ALTER DATABASE synapse_template RENAME TO hs1;
SQL
  # A container that is started again goes on where it was.
  rm "$PGDATA/synapse-lab-prepared"
fi

exec docker-entrypoint.sh "$@"
