#!/bin/sh
# In the environment, since arguments can be read by every process.
REDISCLI_AUTH=$(cat /lab/secrets/redis_password) redis-cli ping | grep -q PONG
