#!/bin/sh
# Starts Redis on the contract of the official image: arguments are flags or a configuration file for redis-server,
# root becomes the user redis, and connections from outside the container are allowed without "bind".
set -eu

case ${1:-} in -* | *.conf) set -- redis-server "$@" ;; esac
[ "${1:-}" = redis-server ] || exec "$@"
shift

# The official image is compiled with protected mode off, Debian's Redis is not. A later flag wins over this one,
# so it goes right behind the configuration file, if there is one, e.g. "/etc/redis.conf --port 7000".
case ${1:-} in
    '' | -*) set -- --protected-mode no "$@" ;;
    *) file=$1; shift; set -- "$file" --protected-mode no "$@" ;;
esac
umask 0077
if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis:redis {} +
    exec setpriv --reuid=redis --regid=redis --init-groups redis-server "$@"
fi
exec redis-server "$@"
