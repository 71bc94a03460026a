#!/bin/sh
# Any pipeline: open a rollout, wait for its verdict, go on or back.
id=$(curl -sf "$SERIN_URL/v1/rollouts" -H 'content-type: application/json' \
  -d "{\"model\":\"$MODEL\",\"control\":\"$CONTROL\",\"candidate\":\"$CANDIDATE\"}" | sed 's/.*"id":"\([^"]*\)".*/\1/')
[ -n "$id" ] || { echo "no rollout was opened at $SERIN_URL: is it the address of Serin, and does it know both versions?" >&2; exit 1; }
npx serin verdict "$id" --wait "${WAIT:-30m}"
exit $?
