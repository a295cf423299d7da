# What ./lab test shows while it runs and at its end, from a file of events that its parts write. Sourced by bash scripts.
# shellcheck shell=bash
#
# An event is a line of fields between tabs; Lab.Tests/ToldTests.cs and run.sh write them:
#   planned<TAB>N                            that many cases are to come
#   begun<TAB>NAME                           under way from now on
#   ended<TAB>NAME                           not any more
#   passed|failed|skipped<TAB>NAME<TAB>HOW   a result, and the command that runs it alone
#   end                                      nothing more will come

# tell EVENT FIELD...: writes an event to the file $EVENTS.
tell() {
    local IFS=$'\t'
    printf '%s\n' "$*" >> "$EVENTS"
}

# take_event FIELD...: into passed, failed, skipped, planned and the arrays under_way and failures ("NAME<TAB>HOW").
take_event() {
    case ${1:-} in
        planned) ((planned += $2)) ;;
        begun) under_way+=("$2") ;;
        ended)
            local i
            for i in "${!under_way[@]}"; do
                if [[ ${under_way[i]} == "$2" ]]; then
                    unset 'under_way[i]'
                    break
                fi
            done
            ;;
        passed) ((passed += 1)) ;;
        skipped) ((skipped += 1)) ;;
        failed)
            ((failed += 1))
            failures+=("$2"$'\t'"${3:-}")
            ;;
    esac
}

no_events() { passed=0 failed=0 skipped=0 planned=0 under_way=() failures=(); }

# progress ELAPSED: one line, e.g. "6:12  812 passed, 0 failed, 1 skipped; about 5 min to go; now: Cli.LabProgramTests.A_program_that_hangs and 2 more".
# The estimate is of the last run of the same kind: the array last_run has the second at which its first, second, ... result came.
progress() {
    local elapsed=$1 results=$((passed + failed + skipped)) left='' now=("${under_way[@]}") shown=''
    if ((${#last_run[@]} > 0)); then
        local at=$((results < ${#last_run[@]} ? results : ${#last_run[@]} - 1))
        left=$((last_run[-1] - last_run[at]))
    elif ((planned > 0 && results >= 20)); then
        left=$((elapsed * (planned - results) / results))
    fi
    if [[ -z $left ]]; then
        left='no estimate yet'
    elif ((left < 60)); then
        left='less than a minute to go'
    else
        left="about $(((left + 30) / 60)) min to go"
    fi
    if ((${#now[@]} > 0)); then
        shown="; now: ${now[0]#SynapseLab.Tests.}"
        ((${#now[@]} == 1)) || shown+=" and $((${#now[@]} - 1)) more"
    fi
    printf '%d:%02d  %d passed, %d failed, %d skipped; %s%s' $((elapsed / 60)) $((elapsed % 60)) "$passed" "$failed" "$skipped" "$left" "$shown"
}

# watch_tests EVENTS LAST NOW: shows progress until the event "end": a live line on a terminal, else a line every half minute, and each failure at once.
# LAST has the times of the last run of the same kind, which become NOW where this one comes to its end.
watch_tests() {
    trap '' INT
    local begun=$SECONDS shown=-30 line part='' fields event=''
    no_events
    last_run=()
    [[ ! -s $2 ]] || mapfile -t last_run < "$2"
    : > "$3"
    exec 7< "$1"
    while [[ $event != end ]]; do
        # A line that is not whole yet comes in two reads.
        while [[ $event != end ]]; do
            IFS= read -r -u 7 line || { part+=$line && break; }
            IFS=$'\t' read -r -a fields <<< "$part$line"
            part='' event=${fields[0]:-}
            take_event "${fields[@]}"
            case $event in
                passed | skipped) echo $((SECONDS - begun)) >> "$3" ;;
                failed)
                    echo $((SECONDS - begun)) >> "$3"
                    show "failed: ${fields[1]}"
                    ;;
            esac
        done
        if [[ -t 2 ]]; then
            line=$(progress $((SECONDS - begun)))
            printf '\r\033[K%s' "${line:0:$(($(tput cols 2> /dev/null || echo 80) - 1))}" >&2
        elif ((SECONDS - shown >= 30)); then
            show "$(progress $((SECONDS - begun)))"
            shown=$SECONDS
        fi
        # Waits for half a second: nobody writes to this pipe.
        [[ $event == end ]] || read -r -t 0.5 -u 8 8<> <(:) || true
    done
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# show TEXT: a line of its own, in the place of the live line.
show() {
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
    printf 'lab: %s\n' "$1" >&2
}

# conclude EVENTS [INTERRUPTED]: what failed and how to run that alone; the last line says it all. Returns 1 unless all passed.
conclude() {
    local fields failure
    no_events
    while IFS=$'\t' read -r -a fields; do take_event "${fields[@]}"; done < "$1"
    if [[ -z ${2:-} ]]; then
        for failure in "${under_way[@]}"; do take_event failed "$failure (did not end)"; done
    fi
    for failure in "${failures[@]}"; do
        printf 'failed: %s\n' "${failure%%$'\t'*}"
        [[ -z ${failure#*$'\t'} ]] || printf '        alone: %s\n' "${failure#*$'\t'}"
    done
    ((passed + failed + skipped > 0)) || echo 'no test was run'
    printf '%s%d passed, %d failed, %d skipped\n' "${2:+interrupted after }" "$passed" "$failed" "$skipped"
    [[ -z ${2:-} ]] && ((failed == 0 && passed > 0))
}
