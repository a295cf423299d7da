#!/bin/sh
# Starts Redis in memory alone: streams are what passes through it, and nothing of a lab outlives it. Its configuration
# comes from standard input, so that the password stands neither in a rendered file nor in an argument.
set -eu
exec redis-server - <<CONF
requirepass $(cat /lab/secrets/redis_password)
save ""
CONF
