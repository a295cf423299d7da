# The container engine: is there one, may we use it, else install or start it. Sourced by eng/setup.
# shellcheck shell=bash

# engine_state: sets ENGINE_STATE to running (and ENGINE_VERSION), forbidden, stopped, elsewhere (one runs as process ENGINE_PID, with another socket),
# absent; unreachable and refused where the user has chosen one (endpoint.sh): set-up starts and installs nothing in its place.
engine_state() {
    ENGINE_VERSION=''
    local answer
    if ! find_engine; then
        ENGINE_STATE=refused
    elif ! command -v docker > /dev/null; then
        ENGINE_STATE=absent
    elif answer=$(docker version --format '{{.Server.Version}}' 2>&1); then
        ENGINE_STATE=running
        ENGINE_VERSION=$answer
    elif [[ $answer == *'permission denied'* ]]; then
        ENGINE_STATE=forbidden
    elif [[ $ENGINE_ORIGIN != System ]]; then
        ENGINE_STATE=unreachable
    elif ENGINE_PID=$(running_engine) && [[ -n $ENGINE_PID ]]; then
        ENGINE_STATE=elsewhere
    elif [[ -n $(dockerd_path) ]]; then
        ENGINE_STATE=stopped
    else
        ENGINE_STATE=absent
    fi
}

# running_engine: the process of an engine of this user's or root's, from "Name:\tdockerd", "State:\tS (sleeping)" and "Uid:\t0\t0\t0\t0" (proc(5)).
running_engine() {
    local status facts
    while read -r status; do
        facts=$(sed -nE 's/^State:\t(.).*/\1/p; s/^Uid:\t[0-9]+\t([0-9]+).*/\1/p' "$status" 2> /dev/null | paste -sd' ') || continue
        [[ $facts != Z* && ($facts == *' 0' || $facts == *" $EUID") ]] || continue
        status=${status#/proc/}
        echo "${status%/status}"
        return
    done < <(grep -ls $'^Name:\tdockerd$' /proc/[0-9]*/status)
}

# dockerd_path: the engine's program; /usr/sbin is not on everybody's PATH.
dockerd_path() { PATH="$PATH:/usr/local/sbin:/usr/sbin" command -v dockerd || true; }

has_systemd() { [[ -d /run/systemd/system ]]; }

ensure_engine() {
    ask_for_engine
    if [[ $ENGINE_STATE == absent ]]; then install_engine; fi
    # One that another set-up has just started has no socket yet.
    if [[ $ENGINE_STATE == elsewhere ]]; then wait_until 10 engine_started_or_ended '' || true; fi
    if [[ $ENGINE_STATE == stopped ]]; then start_engine; fi
    if [[ $ENGINE_STATE != running ]]; then fail "${ENGINE_FAILURE[@]}"; fi
}

# ask_for_engine: engine_state, and in the array ENGINE_FAILURE what is wrong and what to do, where nothing that set-up does can mend it.
# The same words as in Lab/Runtimes/Engine/EngineSocket.cs.
ask_for_engine() {
    engine_state
    local start='Start it' where="$ENGINE_HOST ($ENGINE_REASON)"
    case $ENGINE_STATE in
        refused) ENGINE_FAILURE=("$ENGINE_PROBLEM" "$ENGINE_FIX") ;;
        forbidden)
            ENGINE_FAILURE=("$(id -un) may not use the container engine: no rights to its socket" "sudo usermod -aG docker $(id -un), then log in again (or: newgrp docker)")
            [[ $ENGINE_ORIGIN == System ]] || ENGINE_FAILURE=("$where: no rights to the container engine" "Become its owner, or $(other_engine)")
            ;;
        unreachable)
            [[ $ENGINE_ORIGIN != Rootless ]] || start='Start it: systemctl --user start docker'
            ENGINE_FAILURE=("$where: no container engine answers" "$start, or $(other_engine)")
            ;;
        elsewhere)
            ENGINE_FAILURE=("$where: no container engine answers here, though one runs as process $ENGINE_PID"
                'Set DOCKER_HOST to its socket, or make a Docker context of it the current one')
            ;;
        absent) ENGINE_FAILURE=("the docker command is not on PATH, and the engine is not the system's: $where" "Put it on PATH, or $(other_engine)") ;;
        *) ENGINE_FAILURE=('no container engine answers') ;;
    esac
}

install_engine() {
    local start=$EPOCHREALTIME log="$logs/engine.log"
    # Debian's package starts an engine.
    [[ $ENGINE_ORIGIN == System ]] || fail "${ENGINE_FAILURE[@]}"
    is_debian_like || fail 'no container engine is installed' \
        'install the Docker engine (20.10 or newer) and its Compose plugin (2 or newer) with the packages of your distribution,' \
        'e.g. Fedora: moby-engine docker-compose; Arch: docker docker-compose; openSUSE: docker docker-compose; Alpine: docker docker-cli-compose'
    may_install || fail 'no container engine is installed, and set-up may not install one' \
        'run: sudo apt-get update && sudo apt-get install --yes --no-install-recommends docker.io iptables' \
        "run: sudo usermod -aG docker $(id -un), then log in again (or: newgrp docker)"
    # iptables is only recommended by docker.io, but no container has a network without it.
    install_packages "$log" docker.io iptables || give_up 'installing docker.io' "$log"
    say "engine: installed docker.io in $(seconds_since "$start") s"
    hash -r
    ask_for_engine
}

start_engine() {
    local start=$EPOCHREALTIME log="$lab/engine/dockerd.log" dockerd
    if ((EUID != 0)) && ! may_install; then
        if has_systemd; then fail 'the container engine is not running' 'sudo systemctl start docker'; fi
        fail 'the container engine is not running' 'sudo setsid nohup dockerd > dockerd.log 2>&1 < /dev/null &'
    fi
    mkdir -p "$lab/engine"
    if has_systemd; then
        as_root systemctl start docker > "$log" 2>&1 || true
        wait_for_engine '' || fail_start "$log" 'see also: systemctl status docker'
    else
        dockerd=$(dockerd_path)
        remove_stale_pid_files
        # In a session of its own: the engine dies with the terminal or the process group otherwise.
        # It finds containerd and iptables on PATH, so it is given root's. Descriptor 9 is the lock of this set-up.
        as_root setsid nohup env PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" "$dockerd" > "$log" 2>&1 < /dev/null 9>&- &
        wait_for_engine $! || fail_start "$log"
    fi
    say "engine: started docker $ENGINE_VERSION in $(seconds_since "$start") s"
}

# An engine that was killed leaves its process ids and its containerd's. It refuses to start, or waits for ever, once such an
# id belongs to any other process, or to one that is dead and not yet buried.
remove_stale_pid_files() {
    local file program pid name state
    for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
        [[ $file == */containerd.pid ]] && program=containerd || program=dockerd
        pid=$(as_root cat "$file" 2> /dev/null) || continue
        # e.g. "Name:\tdockerd" and "State:\tZ (zombie)"
        name=$(sed -n 's/^Name:\t//p' "/proc/$pid/status" 2> /dev/null) || name=''
        state=$(sed -nE 's/^State:\t(.).*/\1/p' "/proc/$pid/status" 2> /dev/null) || state=''
        [[ $name == "$program" && $state != Z ]] || as_root rm -f "$file"
    done
}

# wait_for_engine PID: until the engine answers; gives up after 60 s, or at once when the process PID has ended.
wait_for_engine() {
    wait_until 60 engine_started_or_ended "$1" && [[ $ENGINE_STATE == running || $ENGINE_STATE == forbidden ]]
}

engine_started_or_ended() {
    ask_for_engine
    [[ $ENGINE_STATE == running || $ENGINE_STATE == forbidden ]] || { [[ -n $1 ]] && ! kill -0 "$1" 2> /dev/null; }
}

# fail_start LOG REMEDY...
fail_start() {
    local log=$1
    shift
    fail "the container engine does not start: $(grep -E 'level=(fatal|error)|failed to start' "$log" | tail -n 1 | cut -c1-300)" "log: $log" "$@"
}
