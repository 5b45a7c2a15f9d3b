# What up, down, guide and the demo data share. Sourced; expects `set -euo pipefail`.
# shellcheck shell=bash

# processes DIR: ids of the services of local.json that really are services of ours.
processes() {
  [ -f "$1/local.json" ] || return 0
  local service id
  while read -r service id; do
    # A number alone may be anybody's by now.
    if [[ $(readlink "/proc/$id/exe" || true) == */services/$service/$service* ]]; then echo "$id"; fi
  done < <(jq -r '.services | to_entries[] | "\(.key) \(.value.processId)"' "$1/local.json")
}

running() { [ -n "$(processes "$1")" ]; }

forget_processes() {
  jq '.services[].processId = null' "$1/local.json" >"$1/local.json.new"
  mv "$1/local.json.new" "$1/local.json"
}

# call METHOD URL [BODY] [curl option…]: sends a request as $token, if any. Leaves the status in
# $status, the body in $body and the headers in $headers.
call() {
  local method=$1 url=$2 content=${3:-} answer
  shift $(($# < 3 ? $# : 3))
  local options=(-sS --max-time 30 -X "$method" -D - "$@")
  [ -z "${token:-}" ] || options+=(-H "Authorization: Bearer $token")
  [ -z "$content" ] || options+=(-H 'Content-Type: application/json' --data-binary "$content")
  answer=$(curl "${options[@]}" "$url") || return 1
  answer=${answer//$'\r'/}
  headers=${answer%%$'\n\n'*}
  body=''
  [ "$headers" = "$answer" ] || body=${answer#*$'\n\n'}
  read -r _ status _ <<<"$headers"
}

# expect STATUS…: the last call was answered so.
expect() {
  local wanted
  for wanted in "$@"; do [ "$status" != "$wanted" ] || return 0; done
  echo "expected $*, but was answered $status: $body" >&2
  exit 1
}

field() { jq -r "$1" <<<"$body"; }

# sign_in IDENTITY_URL USER_ID PASSWORD TOTP_SECRET: leaves the access token in $token.
sign_in() {
  token=''
  call GET "$1/v1/statement-of-truth"
  expect 200
  call POST "$1/v1/sign-ins" "$(jq -nc --arg userId "$2" --arg password "$3" \
    --argjson version "$(field '.version | tojson')" \
    '{$userId, $password, statementOfTruthVersion: $version}')"
  expect 201
  give_security_code "$1" "$(field .id)" "$2" "$4"
}

# give_security_code IDENTITY_URL SIGN_IN_ID USER_ID TOTP_SECRET: ends a sign-in. Each code is good
# once, as are those of the step before and of the step after: three sign-ins fit into 30 seconds, and
# the fourth waits. The last step of each person is kept in $directory: a refused code counts as a
# wrong try.
give_security_code() {
  local steps=$directory/last-steps step last attempt
  mkdir -p "$steps"
  for attempt in 1 2; do
    last=$(cat "$steps/$3" 2>/dev/null || echo 0)
    step=$(($(date +%s) / 30 - 1))
    [ "$last" -lt "$step" ] || step=$((last + 1))
    while [ "$step" -gt $(($(date +%s) / 30 + 1)) ]; do sleep 0.5; done
    echo "$step" >"$steps/$3"
    call POST "$1/v1/sign-ins/$2/second-factor" "$(jq -nc \
      --arg code "$(oathtool --totp --base32 --now "@$((step * 30))" "$4")" '{method: "totp", $code}')"
    if [ "$status" != 401 ] || [ "$attempt" = 2 ]; then break; fi
    # Somebody else used a code of this person: the next of all will do.
    echo $(($(date +%s) / 30 + 1)) >"$steps/$3"
  done
  expect 200
  token=$(field .accessToken)
}
