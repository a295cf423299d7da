# Which container engine: DOCKER_HOST, else the active Docker context, else the socket of a rootless engine, else the system's.
# Lab/Runtimes/Engine/EngineLookup.cs does the same in the same words, and a test holds the two equal. Sourced by bash scripts.
# shellcheck shell=bash

# find_engine: sets ENGINE_HOST, e.g. unix:///var/run/docker.sock, ENGINE_ORIGIN (DockerHost, ContextVariable, CurrentContext, Rootless, System) and
# ENGINE_REASON, and exports DOCKER_HOST, so that docker and Compose talk to that one. Returns 1 where the lab cannot take what was chosen; ENGINE_PROBLEM
# and ENGINE_FIX say why and what to do. The first answer stays: DOCKER_HOST is the script's own from then on.
ENGINE_ORIGIN=''
find_engine() {
    if [[ -n $ENGINE_ORIGIN ]]; then
        [[ -z $ENGINE_PROBLEM ]]
        return
    fi
    local system=unix:///var/run/docker.sock config=${DOCKER_CONFIG:-${HOME:-}/.docker} context
    ENGINE_PROBLEM='' ENGINE_FIX=''
    if [[ -n ${DOCKER_HOST:-} ]]; then
        ENGINE_HOST=$DOCKER_HOST ENGINE_ORIGIN=DockerHost ENGINE_REASON=DOCKER_HOST
    elif [[ -n ${DOCKER_CONTEXT:-} ]]; then
        ENGINE_ORIGIN=ContextVariable ENGINE_REASON="Docker context '$DOCKER_CONTEXT', from DOCKER_CONTEXT"
        host_of_context "$DOCKER_CONTEXT" || return
    elif context=$(current_context "$config/config.json") && [[ -n $context ]]; then
        ENGINE_ORIGIN=CurrentContext ENGINE_REASON="Docker context '$context', the current one of $config/config.json"
        host_of_context "$context" || return
    elif [[ -n ${XDG_RUNTIME_DIR:-} && -S $XDG_RUNTIME_DIR/docker.sock ]]; then
        ENGINE_HOST=unix://$XDG_RUNTIME_DIR/docker.sock ENGINE_ORIGIN=Rootless ENGINE_REASON="a rootless engine's, in XDG_RUNTIME_DIR"
    else
        ENGINE_HOST=$system ENGINE_ORIGIN=System
        ENGINE_REASON="the system's, since there is no DOCKER_HOST, no Docker context and no socket of a rootless engine"
    fi
    if [[ $ENGINE_HOST != unix:///* ]]; then
        ENGINE_PROBLEM="$ENGINE_HOST ($ENGINE_REASON): the lab needs an engine on this machine, reached over its unix socket (unix:///path/of/docker.sock), because it mounts folders and publishes on loopback"
        ENGINE_FIX="Name one, or $(other_engine)"
        return 1
    fi
    export DOCKER_HOST=$ENGINE_HOST
}

# other_engine: what to do to have another than the one that was found.
other_engine() {
    case $ENGINE_ORIGIN in
        DockerHost) echo 'unset DOCKER_HOST to take the engine of this machine' ;;
        ContextVariable) echo 'unset DOCKER_CONTEXT to take the engine of this machine' ;;
        CurrentContext) echo 'take the engine of this machine: docker context use default' ;;
        Rootless) echo 'take the system'\''s: DOCKER_HOST=unix:///var/run/docker.sock' ;;
        System) echo 'set DOCKER_HOST to the socket of another' ;;
    esac
}

# current_context FILE: of the docker command's configuration, e.g. {"auths": {...}, "currentContext": "rootless"}
current_context() { sed -nE 's/.*"currentContext"[[:space:]]*:[[:space:]]*"([^"]*)".*/\1/p' "$1" 2> /dev/null || true; }

# host_of_context NAME: sets ENGINE_HOST from contexts/meta/<SHA-256 of the name>/meta.json,
# e.g. {"Name": "rootless", "Metadata": {}, "Endpoints": {"docker": {"Host": "unix:///run/user/1000/docker.sock", "SkipTLSVerify": false}}}
host_of_context() {
    local name
    # The context of that name has no file: it is the docker command's word for the system's engine.
    if [[ $1 == default ]]; then
        ENGINE_HOST=$system
        return
    fi
    name=$(printf %s "$1" | sha256sum)
    ENGINE_HOST=$(tr -d '\n' 2> /dev/null < "$config/contexts/meta/${name%% *}/meta.json" |
        sed -nE 's/.*"docker"[[:space:]]*:[[:space:]]*\{[^{}]*"Host"[[:space:]]*:[[:space:]]*"([^"]*)".*/\1/p') 2> /dev/null || ENGINE_HOST=''
    [[ -z $ENGINE_HOST ]] || return 0
    ENGINE_PROBLEM="$ENGINE_REASON: there is no such context"
    ENGINE_FIX="docker context ls shows those there are. Choose one of them, or $(other_engine)"
    return 1
}
