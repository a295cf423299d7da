#!/bin/sh
# In the environment, since arguments can be read by every process.
REDISCLI_AUTH=$(cat /lab/secrets/redis_password) redis-cli -s /run/redis/redis.sock ping | grep -q PONG
