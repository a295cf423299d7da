# A file that keeps the images between runs of a CI job, whose machine is new each time. Sourced by eng/setup.
# shellcheck shell=bash

# load_images FILE: brings its images in where one is missing here. A file that is not there or can't be read is no failure: the images are had another way.
load_images() {
    local file=$1 start=$EPOCHREALTIME
    find_images
    ((${#MISSING[@]})) && [[ -f $file ]] || return 0
    if docker load --quiet --input "$file" > "$logs/load.log" 2>&1; then
        say "images: loaded from $file in $(seconds_since "$start") s"
    else
        say "images: $file can't be loaded ($(tail -n 1 "$logs/load.log" | cut -c1-200))"
    fi
}

# save_images FILE: writes the images in use where it does not have just these. FILE.ids says which it has, a line each.
save_images() {
    local file=$1 start=$EPOCHREALTIME ids name
    ids=$(for name in "${IMAGE_NAMES[@]}"; do echo "${REFERENCE[$name]} ${FACTS[$name]%%|*}"; done)
    [[ ! -f $file || ! -f $file.ids || $(< "$file.ids") != "$ids" ]] || return 0
    mkdir -p "$(dirname "$file")"
    rm -f "$file.ids"
    if ! { docker save --output "$file.new" "${REFERENCE[@]}" && mv "$file.new" "$file" && printf '%s\n' "$ids" > "$file.ids"; } 2> "$logs/save.log"; then
        rm -f "$file.new"
        fail "the images can't be saved to $file: $(tail -n 1 "$logs/save.log" | cut -c1-200)" 'free some space, or leave --cache out'
    fi
    say "images: saved to $file in $(seconds_since "$start") s"
}
