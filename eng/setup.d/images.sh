# The images: found here, pulled, or built from Debian packages; .lab/images.json says which. Sourced by eng/setup.
# shellcheck shell=bash

IMAGE_NAMES=(synapse postgres redis nginx haproxy)

# wanted_reference NAME: from eng/images.env.
wanted_reference() {
    local variable="LAB_IMAGE_${1^^}"
    echo "${!variable}"
}

# What inspect_images prints for an image: ID|ORIGIN|RECIPE|VERSION|PYTHON|ENVIRONMENT, where the labels in the middle are
# set by images/build alone, but for the version, which most official images tell in their environment.
IMAGE_FORMAT='{{.Id}}|{{index .Config.Labels "lab.origin"}}|{{index .Config.Labels "lab.recipe"}}|'
IMAGE_FORMAT+='{{index .Config.Labels "org.opencontainers.image.version"}}|{{index .Config.Labels "lab.python"}}|{{range .Config.Env}}{{.}} {{end}}'

# inspect_images REFERENCE...: a line for each; fails where one is missing.
inspect_images() {
    local lines
    lines=$(docker image inspect --format "$IMAGE_FORMAT" "$@" 2> /dev/null) || return
    # How newer engines print a label that is not there.
    printf '%s\n' "${lines//<no value>/}"
}

# find_images: fills the maps REFERENCE and FACTS for the images that are here and will do, the array MISSING with the rest.
find_images() {
    declare -gA REFERENCE=() FACTS=() RECIPE=()
    MISSING=()
    local name wanted=() lines recipes
    mapfile -t recipes < <("$root/images/recipe" "${IMAGE_NAMES[@]}")
    for name in "${IMAGE_NAMES[@]}"; do
        RECIPE[$name]=${recipes[${#wanted[@]}]}
        wanted+=("$(wanted_reference "$name")")
    done
    # One call where all are here.
    if lines=$(inspect_images "${wanted[@]}"); then
        mapfile -t lines <<< "$lines"
    else
        lines=()
    fi
    local i
    for i in "${!IMAGE_NAMES[@]}"; do
        find_image "${IMAGE_NAMES[i]}" "${wanted[i]}" "${lines[i]:-}" || MISSING+=("${IMAGE_NAMES[i]}")
    done
}

# find_image NAME WANTED [FACTS]
find_image() {
    local name=$1 reference=$2 facts=${3:-}
    [[ -n $facts ]] || facts=$(inspect_images "$reference") || facts=''
    if [[ -n $facts ]] && will_do "$name" "$facts"; then
        REFERENCE[$name]=$reference FACTS[$name]=$facts
        return
    fi
    # Debian unstable has moved on: an image built here has the tag of the version that it got.
    [[ $LAB_IMAGES != registry && -z ${ASKED_FOR[$name]:-} ]] || return 1
    reference=$(docker image ls --filter "label=lab.image=$name" --filter "label=lab.recipe=${RECIPE[$name]}" --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | head -n 1)
    [[ -n $reference ]] || return 1
    REFERENCE[$name]=$reference FACTS[$name]=$(inspect_images "$reference")
}

# will_do NAME FACTS: whether an image is of a source that LAB_IMAGES allows, and up to date if it was built here.
will_do() {
    local id origin recipe rest
    IFS='|' read -r id origin recipe rest <<< "$2"
    if [[ $origin == debian ]]; then
        [[ $LAB_IMAGES != registry && $recipe == "${RECIPE[$1]}" ]]
    else
        [[ $LAB_IMAGES != debian ]]
    fi
}

ensure_images() {
    local name
    find_images
    ((${#MISSING[@]})) || return 0
    if [[ $LAB_IMAGES != debian ]]; then
        pull_images "${MISSING[@]}"
        find_images
    fi
    if ((${#MISSING[@]})) && [[ $LAB_IMAGES != registry ]]; then
        for name in "${MISSING[@]}"; do
            [[ -z ${ASKED_FOR[$name]:-} ]] || fail "$(wanted_reference "$name") is not here and cannot be pulled" \
                "unset LAB_IMAGE_${name^^} to build the version that Debian unstable has"
        done
        build_images "${MISSING[@]}"
        find_images
    fi
    ((${#MISSING[@]} == 0)) || fail "no image for: ${MISSING[*]}" "logs: $logs"
}

# pull_images NAME...: the first alone, which shows whether a registry answers; the rest at once.
pull_images() {
    local first=$1 start=$EPOCHREALTIME name pids=()
    shift
    if ! pull_image "$first"; then
        local cause
        cause=$(tail -n 1 "$logs/pull-$first.log" | cut -c1-200)
        cause="$(wanted_reference "$first") cannot be pulled: ${cause:-no answer within ${LAB_REGISTRY_DEADLINE:-10} s}"
        [[ $LAB_IMAGES == auto ]] || fail "$cause" 'check the network, or let the images be built from Debian packages: LAB_IMAGES=auto'
        say "registry: $cause ($(seconds_since "$start") s)"
        return
    fi
    for name in "$@"; do pull_image "$name" & pids+=($!); done
    for name in "${pids[@]}"; do wait "$name" || true; done
}

# pull_image NAME: a registry that does not answer is given up soon, one that does has all the time it needs.
pull_image() {
    local name=$1 start=$EPOCHREALTIME log="$logs/pull-$1.log" reference pid
    reference=$(wanted_reference "$name")
    docker pull "$reference" > "$log" 2>&1 &
    pid=$!
    wait_until "${LAB_REGISTRY_DEADLINE:-10}" registry_answered_or_pull_ended "$log" "$pid" || kill "$pid" 2> /dev/null || true
    wait "$pid" || return 1
    say "image $reference: pulled in $(seconds_since "$start") s"
}

# The first thing that docker prints after the registry's answer, e.g. "18: Pulling from library/postgres".
registry_answered_or_pull_ended() { grep -q 'Pulling from' "$1" || ! kill -0 "$2" 2> /dev/null; }

# build_images NAME...
build_images() {
    local start=$EPOCHREALTIME
    check_disk
    say "building $# images from Debian packages, one to three minutes; logs in ${logs#"$PWD/"}"
    "$root/images/build" "$@" > /dev/null || exit
    say "images: all built in $(seconds_since "$start") s"
}

# An engine whose disk is full fails in many ways, some of them late; 2 GB are enough for base, images and what apt needs.
check_disk() {
    local folder free
    for folder in "$(docker_root)" "${TMPDIR:-/tmp}"; do
        free=$(df --output=avail --block-size=1M "$folder" 2> /dev/null | tail -n 1) || continue
        ((free >= 2000)) || fail "the disk is full: $folder has $((free)) MB free, building the images takes 2000 MB" \
            'free some space, then run the same command again'
    done
}

# write_images_json: what the lab starts containers from; see images/README.md. Written anew only where it changes.
write_images_json() {
    local name id origin recipe version python environment json='{' separator=$'\n'
    for name in "${IMAGE_NAMES[@]}"; do
        IFS='|' read -r id origin recipe version python environment <<< "${FACTS[$name]}"
        # The official images: PG_VERSION=18.1-1.pgdg13+2, REDIS_VERSION=8.0.6, NGINX_VERSION=..., HAPROXY_VERSION=..., PYTHON_VERSION=...
        version=${version:-$(sed -nE 's/.*\b(PG|REDIS|NGINX|HAPROXY)_VERSION=([0-9.]+).*/\2/p' <<< "$environment")}
        # Synapse's only tell it in the tag.
        version=${version:-$(sed -E 's/.*:v?//' <<< "${REFERENCE[$name]}")}
        json+="$separator  \"$name\": {\"image\": \"${REFERENCE[$name]}\", \"origin\": \"${origin:-registry}\", \"version\": \"${version#v}\""
        if [[ $name == synapse ]]; then
            python=${python:-$(sed -nE 's/.*\bPYTHON_VERSION=([0-9.]+).*/\1/p' <<< "$environment")}
            json+=", \"python\": \"$python\""
        fi
        json+=", \"id\": \"$id\"}"
        separator=$',\n'
    done
    IMAGES_JSON="$json"$'\n}'
    if [[ ! -f $lab/images.json || $(< "$lab/images.json") != "$IMAGES_JSON" ]]; then
        [[ ${1:-} == --no-write ]] || { printf '%s\n' "$IMAGES_JSON" > "$lab/images.json.new" && mv "$lab/images.json.new" "$lab/images.json"; }
    fi
}
