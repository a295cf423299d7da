#!/bin/sh
# Starts Postgres. An image that holds a prepared cluster (/prepared.tar) has Synapse's schema in the database synapse_template
# already: give each homeserver its own, and go. Any other image sets itself up as its documentation says.
set -eu

# Read here, as root: the file is its owner's only, and the image's entry point reads it as another user.
POSTGRES_PASSWORD=$(cat /lab/secrets/postgres_password)
export POSTGRES_PASSWORD

# A container that is started again goes on where it was; one that was killed in here begins anew.
if [ -f /prepared.tar ] && [ ! -d "$PGDATA" ]; then
  rm -rf "$PGDATA.new"
  mkdir "$PGDATA.new"
  tar -xf /prepared.tar -C "$PGDATA.new"
  # One user, no network, no other process: the quickest way to a few statements before the real start.
  setpriv --reuid=postgres --regid=postgres --init-groups \
    "$(ls -d /usr/lib/postgresql/*/bin)/postgres" --single -D "$PGDATA.new" -c fsync=off postgres >/dev/null <<SQL
ALTER USER synapse PASSWORD '$POSTGRES_PASSWORD';
CREATE DATABASE hs1 TEMPLATE synapse_template STRATEGY file_copy;
SQL
  mv "$PGDATA.new" "$PGDATA"
fi

exec docker-entrypoint.sh "$@"
