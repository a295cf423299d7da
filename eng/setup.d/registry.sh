# An image registry, which tests of pulling run on loopback. Sourced by eng/setup, only with --for-tests.
# shellcheck shell=bash

# Read by the tests: "program: PATH", "none: REASON" where they may be left out, "failed: REASON" where they may not.
registry_state="$lab/registry.state"

registry_is_there() { [[ -r $registry_state && $(< "$registry_state") == 'program: '* && -x $(sed 's/^program: //' "$registry_state") ]]; }

# ensure_registry: no test run ends because there is none; the tests say what is missing.
ensure_registry() {
    local start=$EPOCHREALTIME log="$logs/registry.log" folder="$lab/registry" reason
    if registry_is_there; then return; fi
    if ! is_debian_like || ! has_docker_registry; then
        reason='this distribution has no package docker-registry'
        echo "none: $reason" > "$registry_state"
        say "registry: none, so the tests of pulling are skipped: $reason"
    # Unpacked, not installed: Debian's package starts a registry on port 5000.
    elif rm -rf "$folder" && mkdir -p "$folder" && unpack_docker_registry "$folder" > "$log" 2>&1; then
        echo "program: $folder/usr/bin/docker-registry" > "$registry_state"
        say "registry: unpacked docker-registry for tests in $(seconds_since "$start") s"
    else
        reason=$(cause_in "$log")
        echo "failed: unpacking docker-registry failed: $reason (log: $log)" > "$registry_state"
        say "registry: unpacking docker-registry failed: $reason. The tests that need it will fail. Log: $log"
    fi
}

# Where apt has no package lists at all, they are fetched first.
has_docker_registry() { has_package docker-registry || { may_install && as_root apt-get -qq update > "$logs/registry.log" 2>&1 && has_package docker-registry; }; }

unpack_docker_registry() (
    cd "$1" || exit
    fetch=(apt-get -qq -o APT::Sandbox::User= download docker-registry)
    "${fetch[@]}" || { may_install && as_root apt-get -qq update && "${fetch[@]}"; } || exit
    dpkg-deb --extract docker-registry_*.deb . && rm docker-registry_*.deb && [[ -x usr/bin/docker-registry ]]
)
