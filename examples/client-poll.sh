#!/bin/sh
# Submits an asynchronous task and polls until it has ended. Needs curl and jq; API_KEY where keys are asked for.
#   client-poll.sh [http://localhost:3000] ['{"task":"long_running_job"}'] [group]
set -eu
gateway=${1:-http://localhost:3000}
data=${2:-'{"task":"long_running_job"}'}
group=${3:-default}

answer=$(curl -sS --max-time 30 "$gateway/api/openai" -H 'Content-Type: application/json' ${API_KEY:+-H "Authorization: Bearer $API_KEY"} \
  -d "{\"data\": $data, \"group\": \"$group\", \"async\": true, \"timeout\": 300000}")
id=$(printf '%s' "$answer" | jq -r '.taskId // empty' 2>/dev/null) || id=''
[ -n "$id" ] || { printf 'not accepted: %s\n' "$answer" >&2; exit 1; }
echo "task $id"

while :; do
  # A gateway that restarts (no connection, 503, a proxy's error page) is no reason to give up: ask again.
  state=$(curl -sS --max-time 10 ${API_KEY:+-H "Authorization: Bearer $API_KEY"} "$gateway/api/task/$id" 2>/dev/null) || { sleep 1; continue; }
  case $(printf '%s' "$state" | jq -r '.status // .error' 2>/dev/null) in
    queued) echo "queued, position $(printf '%s' "$state" | jq .position)" ;;
    executing) echo "executing on $(printf '%s' "$state" | jq -r .workerId)" ;;
    completed) printf '%s' "$state" | jq .result; exit 0 ;;
    failed) printf 'failed: %s\n' "$(printf '%s' "$state" | jq -r .error)" >&2; exit 1 ;;
    'Task not found or expired') echo 'not found or expired' >&2; exit 1 ;;
  esac
  sleep 1
done
