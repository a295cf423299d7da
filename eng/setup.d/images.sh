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
# Official images may have no label at all.
label() { printf '{{with .Config.Labels}}{{index . "%s"}}{{end}}' "$1"; }
IMAGE_FORMAT="{{.Id}}|$(label lab.origin)|$(label lab.recipe)|$(label org.opencontainers.image.version)|$(label lab.python)|{{range .Config.Env}}{{.}} {{end}}"

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
    # Somebody's registry may have what was built here or elsewhere, at any time.
    [[ -z ${ASKED_FOR[$1]:-} || $LAB_IMAGES == debian ]] || return 0
    if [[ $origin == debian ]]; then
        [[ $LAB_IMAGES != registry && $recipe == "${RECIPE[$1]}" ]]
    else
        [[ $LAB_IMAGES != debian ]]
    fi
}

ensure_images() {
    local name
    declare -A NOT_PULLED=()
    find_images
    ((${#MISSING[@]})) || return 0
    if [[ $LAB_IMAGES != debian ]]; then
        pull_images "${MISSING[@]}"
        find_images
    fi
    if ((${#MISSING[@]})) && [[ $LAB_IMAGES != registry ]]; then
        for name in "${MISSING[@]}"; do
            [[ -z ${ASKED_FOR[$name]:-} ]] || not_pulled "$name" "unset LAB_IMAGE_${name^^} to take the lab's own choice"
        done
        say_why_not_pulled
        build_images "${MISSING[@]}"
        find_images
    fi
    ((${#MISSING[@]} == 0)) || not_pulled "${MISSING[0]}" 'let the images be built from Debian packages: LAB_IMAGES=auto'
}

# pull_images NAME...: all at once. Those that cannot be had are in the map NOT_PULLED, as "CAUSE<TAB>REMEDY".
pull_images() {
    local name references=() reference reason line
    for name in "$@"; do references+=("$(wanted_reference "$name")"); done
    # In the foreground: what a script has in its background does not hear Ctrl-C.
    { "$root/eng/pull" "${references[@]}" > "$logs/not-pulled" || true; } 2>&1 | while IFS= read -r line; do say "$line"; done
    while IFS=$'\t' read -r reference reason; do
        for name in "$@"; do
            [[ $(wanted_reference "$name") != "$reference" ]] || NOT_PULLED[$name]=$reason
        done
    done < "$logs/not-pulled"
}

# not_pulled NAME REMEDY: ends with why, and what to do; REMEDY is another way. Of others that are missing, too, a line each.
not_pulled() {
    local name cause remedy
    for name in "${MISSING[@]}"; do
        [[ $name == "$1" || -z ${NOT_PULLED[$name]:-} ]] || say "image $(wanted_reference "$name") cannot be pulled: ${NOT_PULLED[$name]%%$'\t'*}"
    done
    IFS=$'\t' read -r cause remedy <<< "${NOT_PULLED[$1]:-"it was pulled, but LAB_IMAGES=$LAB_IMAGES does not allow its origin"$'\t'"name it: LAB_IMAGE_${1^^}=$(wanted_reference "$1")"}"
    fail "image $(wanted_reference "$1") cannot be pulled: $cause" "$remedy" "or $2"
}

# say_why_not_pulled: a line for each cause.
say_why_not_pulled() {
    local line
    ((${#NOT_PULLED[@]} == 0)) || printf '%s\n' "${NOT_PULLED[@]%%$'\t'*}" | sort -u | while IFS= read -r line; do say "registry: $line"; done
}

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
        # Synapse's only tell it in the tag: 127.0.0.1:5000/matrixdotorg/synapse:v1.160.0@sha256:... Without one it is not known.
        version=${version:-$(sed -nE 's/@.*//; s/^[^:]*:v?//p' <<< "${REFERENCE[$name]##*/}")}
        version=${version:-unknown}
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
