# The Compose plugin, version 2 or newer. Sourced by eng/setup.
# shellcheck shell=bash

# compose_state: sets COMPOSE_VERSION, empty where there is none.
compose_state() { COMPOSE_VERSION=$(docker compose version --short 2> /dev/null) || COMPOSE_VERSION=''; }

ensure_compose() {
    local start=$EPOCHREALTIME log="$logs/compose.log" package
    compose_state
    [[ -z $COMPOSE_VERSION ]] || return 0
    if is_debian_like; then
        package=$(compose_package)
        if [[ -n $package ]] && may_install; then
            install_packages "$log" "$package" || give_up "installing $package" "$log"
        elif [[ -n $package ]]; then
            fail 'docker has no Compose plugin' "sudo apt-get install --yes $package"
        else
            compose_from_newer_debian "$log"
        fi
        compose_state
    fi
    [[ -n $COMPOSE_VERSION ]] || fail 'docker has no Compose plugin' \
        'install it with the package of your distribution (docker-compose-v2, docker-compose-plugin or docker-compose), version 2 or newer'
    say "compose: installed $COMPOSE_VERSION in $(seconds_since "$start") s"
}

# compose_package: the name under which this distribution has Compose 2, if it has. Debian 12's docker-compose is 1.29.
compose_package() {
    local name version
    for name in docker-compose-v2 docker-compose-plugin docker-compose; do
        version=$(apt-cache policy "$name" 2> /dev/null | sed -nE 's/^ *Candidate: ([0-9]+:)?([0-9]+).*/\2/p')
        if ((${version:-0} >= 2)); then
            echo "$name"
            return
        fi
    done
}

# Debian 13's plugin needs nothing but libc6 2.34, so Debian 12 and Ubuntu 22.04 can run it. Only the one file is taken:
# the package as a whole would replace Debian 12's docker-compose 1.29. apt fetches it, and so verifies it,
# with a configuration of its own, so that the machine's apt knows nothing of Debian 13.
compose_from_newer_debian() {
    local log=$1 mirror apt="$lab/setup/apt" plugins
    mirror=$(debian_mirror) || fail 'docker has no Compose plugin, this distribution has no Compose 2, and apt knows no Debian mirror to take it from' \
        'set LAB_DEBIAN_MIRROR to the URL of a Debian mirror, or install the package docker-compose-plugin from the repository of Docker itself'
    rm -rf "$apt"
    mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$apt/sources.list"
    cat > "$apt/apt.conf" << END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "";
END
    (
        cd "$apt"
        export APT_CONFIG="$apt/apt.conf"
        apt-get --quiet update
        apt-get --quiet download docker-compose
        dpkg-deb --extract docker-compose_*.deb extracted
    ) > "$log" 2>&1 || give_up 'fetching Compose' "$log"
    if ((EUID == 0)); then plugins=/usr/local/lib/docker/cli-plugins; else plugins=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins; fi
    install -D "$apt"/extracted/usr/libexec/docker/cli-plugins/docker-compose "$plugins/docker-compose"
    rm -rf "$apt"
}
