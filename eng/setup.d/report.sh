# What set-up says to people. Sourced by bash scripts.
# shellcheck shell=bash

# say TEXT...: one line of progress. Standard output belongs to what is asked for, e.g. with --json.
say() { printf 'setup: %s\n' "$*" >&2; }

# seconds_since START: e.g. "1.2", where START was $EPOCHREALTIME, e.g. 1795243663.123456.
seconds_since() {
    # In a locale with a decimal comma, EPOCHREALTIME has the comma.
    local now=${EPOCHREALTIME//[.,]/} start=${1//[.,]/}
    local tenths=$(((now - start) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# fail WHAT WHAT-TO-DO...: the cause in one line, each remedy in a line of its own, exit code 2.
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    if (($#)); then printf '       %s\n' "$@" >&2; fi
    exit 2
}

# wait_until SECONDS PREDICATE...: asks until the predicate is true; fails when the time is over.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# cause_in LOG: one line that says why a logged command failed, as far as the log tells.
cause_in() {
    # apt: "You don't have enough free space in /var/cache/apt/archives/."
    if grep -qiE 'no space left on device|enough free space' "$1"; then
        echo 'the disk is full'
    elif grep -qiE 'temporary failure resolving|could not resolve|failed to fetch|could not connect|unable to connect' "$1"; then
        echo 'the Debian mirror does not answer, or not with the packages it lists'
    elif grep -qiE 'NO_PUBKEY|is not signed|the key\(s\) in the keyring' "$1"; then
        echo "apt cannot verify the mirror's signature"
    elif grep -qi 'unable to locate package' "$1"; then
        grep -i 'unable to locate package' "$1" | head -n 1
    else
        # An error if the log names one, else its last words.
        { grep -E '^(E: |error|ERROR|failed)' "$1" || grep -v '^[[:space:]]*$' "$1" || echo "it ended without a word"; } | tail -n 1
    fi
}

# remedy_for CAUSE: what to do about a cause that cause_in found.
remedy_for() {
    case $1 in
        *'disk is full'*) echo "free 2 GB on $(docker_root) and in ${TMPDIR:-/tmp}, then run the same command again" ;;
        *mirror*) echo 'check the network and /etc/apt, or set LAB_DEBIAN_MIRROR to the URL of another Debian mirror' ;;
        *) echo 'read the log, mend what it says, then run the same command again' ;;
    esac
}

# docker_root: where the engine keeps images, e.g. /var/lib/docker.
docker_root() { docker info --format '{{.DockerRootDir}}' 2>/dev/null || echo /var/lib/docker; }

# give_up WHAT LOG: the cause in a line; the log has the rest.
give_up() {
    local cause
    cause=$(cause_in "$2")
    fail "$1 failed: $cause" "$(remedy_for "$cause")" "log: $2"
}
