#!/bin/bash
# Starts PostgreSQL on the contract of the official image: POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB and
# POSTGRES_INITDB_ARGS, each also as <NAME>_FILE, POSTGRES_INITDB_WALDIR, POSTGRES_HOST_AUTH_METHOD, PGDATA,
# and /docker-entrypoint-initdb.d with *.sh, *.sql and *.sql.gz, run once in the order of their names.
set -euo pipefail

fail() { printf 'postgres: %s\n' "$*" >&2; exit 1; }

# from_file NAME DEFAULT: NAME from the environment, else what the file NAME_FILE holds, else DEFAULT.
from_file() {
    local file="${1}_FILE"
    if [[ -n ${!1:-} && -n ${!file:-} ]]; then fail "set $1 or $file, not both"; fi
    if [[ -n ${!file:-} ]]; then export "$1=$(< "${!file}")"; else export "$1=${!1:-$2}"; fi
    unset "$file"
}

# run_init_files: what the user put in /docker-entrypoint-initdb.d, against a server that only this container reaches.
run_init_files() {
    local file
    local sql=(psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB")
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sh)
                # shellcheck disable=SC1090
                if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
            *.sql) "${sql[@]}" --file "$file" ;;
            *.sql.gz) gunzip --stdout "$file" | "${sql[@]}" ;;
        esac
    done
}

create_cluster() {
    from_file POSTGRES_PASSWORD ''
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    from_file POSTGRES_INITDB_ARGS ''
    if [[ -z $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
        fail 'no password given: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE'
    fi
    [[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || POSTGRES_INITDB_ARGS+=" --waldir=$POSTGRES_INITDB_WALDIR"
    # POSTGRES_INITDB_ARGS holds several words, e.g. "--encoding=UTF8 --locale=C".
    # shellcheck disable=SC2086
    initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") $POSTGRES_INITDB_ARGS
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"

    local init_files=(/docker-entrypoint-initdb.d/*)
    if [[ $POSTGRES_DB == postgres && ! -e ${init_files[0]} ]]; then return; fi
    export PGPASSWORD=$POSTGRES_PASSWORD
    pg_ctl --silent --wait --options="-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql ${*@Q}" start
    if [[ $POSTGRES_DB != postgres ]]; then
        psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres \
            --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db";'
    fi
    run_init_files
    pg_ctl --silent --wait --mode=fast stop
    unset PGPASSWORD
}

if [[ ${1:-postgres} == -* ]]; then set -- postgres "$@"; fi
[[ ${1:-} == postgres ]] || exec "$@"
for argument in "$@"; do
    case $argument in --help | -\? | --version | -V | --describe-config) exec "$@" ;; esac
done

major=$(basename /usr/lib/postgresql/*)
export PGDATA="${PGDATA:-/var/lib/postgresql/$major/docker}"
mkdir -p "$PGDATA"
if [[ $(id -u) == 0 ]]; then
    # PostgreSQL refuses to run as root.
    find "$PGDATA" \! -user postgres -exec chown postgres:postgres {} +
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
chmod 700 "$PGDATA" || true
if [[ ! -s $PGDATA/PG_VERSION ]]; then create_cluster "${@:2}"; fi
exec "$@"
