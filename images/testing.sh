# For the tests of images: real containers, one line for each thing that holds. Sourced by bash scripts.
# shellcheck shell=bash

# The images in use, whatever their origin: what the lab relies on must hold for the official ones too.
images_json="$(dirname "${BASH_SOURCE[0]}")/../.lab/images.json"

# image_fact NAME KEY: e.g. "image" and "origin" from:   "redis": {"image": "redis:8", "origin": "debian", ...
image_fact() { sed -nE "s/^ *\"$1\": \{.*\"$2\": \"([^\"]+)\".*/\1/p" "$images_json" 2> /dev/null; }

# image_of NAME: its reference, e.g. redis:8
image_of() {
    image_fact "$1" image | grep . || { echo 'error: no images are known yet; run eng/setup first' >&2 && exit 2; }
}

# shellcheck source=eng/setup.d/endpoint.sh
. "$(dirname "${BASH_SOURCE[0]}")/../eng/setup.d/endpoint.sh"
find_engine || { printf 'error: %s\n       %s\n' "$ENGINE_PROBLEM" "$ENGINE_FIX" >&2 && exit 2; }
containers=()
remove_containers() { ((${#containers[@]} == 0)) || docker rm --force --volumes "${containers[@]}" > /dev/null; }
trap remove_containers EXIT

# A label of this checkout on what these tests start, by which ./lab test finds what one that was interrupted has left.
mark=(--label "synapse-lab.tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)")

# start OPTION... IMAGE ARGUMENT...: starts a container; sets CONTAINER to its id.
start() {
    CONTAINER=$(docker run --detach "${mark[@]}" "$@") || exit 2
    containers+=("$CONTAINER")
}

# shell_in CONTAINER COMMAND: runs a shell command there.
shell_in() { docker exec "$1" sh -c "$2"; }

# eventually COMMAND...: asks until it succeeds, for a minute at most, which ends a test that hangs and measures nothing.
eventually() {
    local deadline=$((SECONDS + 60))
    until "$@" > /dev/null 2>&1; do
        ((SECONDS < deadline)) || { echo "after 60 s still not: $*" && return 1; }
        sleep 0.05
    done
}

failed=0
# holds SENTENCE COMMAND...: says whether the sentence holds; shows what the command printed where it does not.
holds() {
    local sentence=$1 output
    shift
    if output=$("$@" 2>&1); then
        printf '  ok      %s\n' "$sentence"
    else
        printf '  FAILED  %s\n' "$sentence"
        printf '%s\n' "$output" | sed 's/^/          /'
        failed=1
    fi
}

# equal EXPECTED ACTUAL: for use with holds.
equal() { [[ $1 == "$2" ]] || { printf 'expected: %s\nactual:   %s\n' "$1" "$2" && return 1; }; }

finish() { exit "$failed"; }
