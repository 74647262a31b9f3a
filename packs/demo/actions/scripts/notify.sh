#!/bin/sh
# Arguments: host, message, token. Stands in for a messenger: says on standard output what it would
# send, and whether it was given a token, but never the token.
set -eu

host=$1
message=${2:-}
token=${3:-}

if [ -n "$token" ]; then
  sender="signed"
else
  sender="unsigned"
fi
printf 'notified about %s (%s): %s\n' "$host" "$sender" "$message"
