#!/usr/bin/env bash
# Calls the evaluation service with curl.
#
# usage: curl.sh http://127.0.0.1:7104 score REFERENCES_URI PREDICTIONS_URI
#        curl.sh URL predict VIDEO_URI
#        curl.sh URL run NAME MODEL_URI DATASET_URI      submits, and waits for the report
#        curl.sh URL report NAME                         the report as Markdown
#
# Prints JSON. Refusals go to stderr as they came, {"error": {"code", "message", "details"}}, and the exit status is 22.
set -euo pipefail

usage() {
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 64
}

[[ $# -ge 3 ]] || usage
base=$1 verb=$2
shift 2

# --retry: again after 429 and 503, when Retry-After says so. --fail-with-body: refusals are failures, and shown.
# A file, since what comes before a retry would stay on a pipe.
reply=$(mktemp)
trap 'rm -f "$reply"' EXIT
call() {
  local status=0
  curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused --max-time 300 \
    --header 'Content-Type: application/json' --output "$reply" "$@" || status=$?
  if [[ $status -ne 0 ]]; then
    cat "$reply" >&2
    return "$status"
  fi
  cat "$reply"
}

# The value of a field of one-line JSON that holds no quotes; where jq is at hand: jq -r .jobId
field() {
  sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/"
}

case $verb in
  score)
    call "$base/v1/score" --data "{\"referencesUri\":\"$1\",\"predictionsUri\":\"$2\",\"protocol\":\"strict\"}"
    ;;
  predict)
    call "$base/v1/predict" --data "{\"video\":\"$1\"}"
    ;;
  run)
    job=$(call "$base/v1/runs" --data "{\"name\":\"$1\",\"model\":\"$2\",\"dataset\":\"$3\"}" | field jobId)
    while record=$(call "$base/v1/jobs/$job") && [[ $record =~ \"state\":\"(queued|running)\" ]]; do sleep 1; done
    printf '%s\n' "$record"
    [[ $record == *'"state":"succeeded"'* ]]
    ;;
  report)
    call "$base/v1/reports/$1.md"
    ;;
  *) usage ;;
esac
