#!/bin/sh
# A first look: the quickstart project, from nothing to a started campaign, on a simulated Alice.
#
# Run it with `make demo`. It works in a temporary folder, on a free port, and leaves nothing behind. No telephone can
# ring: the simulator only pretends to call.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/alice-demo.XXXXXX")
simulator=

finish() {
    code=$?
    trap - EXIT
    if [ -n "$simulator" ]; then
        kill "$simulator" 2>/dev/null || true
        wait "$simulator" 2>/dev/null || true
    fi
    rm -rf "$work"
    exit $code
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

run() {
    printf '\n$ %s\n' "$*"
    "$@"
}

# The same clock for both, so that the dates in the quickstart lie ahead whatever the day.
ALICE_NOW=2027-01-15T09:00:00+07:00
ALICE_USERNAME=demo
ALICE_PASSWORD=demo
export ALICE_NOW ALICE_USERNAME ALICE_PASSWORD
unset ALICE_TOKEN ALICE_ENV ALICE_STATE ALICE_PLAN_KEY 2>/dev/null || true

cp -R "$root/examples/quickstart" "$work/quickstart"
rm -rf "$work/quickstart/.alice"
cd "$work/quickstart"

printf '$ python -m provisioner.simulator --port 0 --now %s &\n' "$ALICE_NOW"
python -m provisioner.simulator --port 0 --now "$ALICE_NOW" >"$work/url" 2>"$work/simulator.log" </dev/null &
simulator=$!
waited=0
until [ -s "$work/url" ]; do
    if ! kill -0 "$simulator" 2>/dev/null || [ "$waited" -ge 300 ]; then
        echo "the simulator did not start:" >&2
        cat "$work/simulator.log" >&2
        exit 1
    fi
    sleep 0.1
    waited=$((waited + 1))
done
read -r ALICE_ENDPOINT <"$work/url"
export ALICE_ENDPOINT
echo "$ALICE_ENDPOINT"

run alice-apply plan
run alice-apply apply --auto-approve --allow-calls
run alice-apply plan --detailed-exitcode
run alice-apply status

printf '\nThat was the quickstart: planned, applied, and planned again without changes. The simulator stops now.\n'
