#!/bin/sh
# Starts Redis with the configuration file $1 and the password in REDIS_PASSWORD, if there is one. It comes by
# standard input, because arguments can be seen by every process of the machine.
set -eu

if [ -z "${REDIS_PASSWORD:-}" ]; then exec redis-server "$1"; fi
escaped=$(printf '%s' "$REDIS_PASSWORD" | sed 's/[\\"]/\\&/g')
unset REDIS_PASSWORD
exec redis-server "$1" - <<END
requirepass "$escaped"
END
