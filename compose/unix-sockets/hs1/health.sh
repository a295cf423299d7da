#!/bin/sh
# health.sh [--replication] SOCKET:METRICS_PORT...: every process answers, and with --replication has heard its own
# REPLICATE come back through Redis, which it does once it is subscribed (synapse/replication/tcp/redis.py).
# Whether main is subscribed too is told by main's own check.
set -eu
replication=
if [ "$1" = --replication ]; then
  replication=yes
  shift
fi
for process in "$@"; do
  curl --fail --silent --output /dev/null --unix-socket "${process%:*}" http://localhost/health
  if [ -n "$replication" ]; then
    # synapse_replication_tcp_protocol_inbound_commands_total{command="REPLICATE",name="redis",server_name="hs1.test"} 1.0
    curl --fail --silent "http://127.0.0.1:${process#*:}/_synapse/metrics" |
      grep -q '^synapse_replication_tcp_protocol_inbound_commands_total{command="REPLICATE",name="redis",.*} [1-9]'
  fi
done
