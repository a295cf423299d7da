# ./lab test: everything that has to hold, in the order in which it is cheap to find out. Sourced by lab, whose functions it uses.
# shellcheck shell=bash
. "$root/eng/tests/progress.sh"
. "$root/eng/setup.d/endpoint.sh"

usage='usage: ./lab test [--unit] [options of dotnet test]
  --unit  only what needs neither labs nor containers
With options of dotnet test, only the tests that they choose: ./lab test --filter FullyQualifiedName~WaiterTests'

# step NAME COMMAND...: what comes before the tests. Its failure is the end.
step() {
    local name=$1
    shift
    tell begun "$name"
    if ! ("$@"); then
        tell ended "$name"
        tell failed "$name" "$*"
        exit 1
    fi
    tell ended "$name"
}

# White space alone: the rules of style are errors of the build (.editorconfig), and asking for them again costs a minute.
check_format() {
    dotnet format whitespace Lab.sln --no-restore --verify-no-changes > artifacts/format.log 2>&1 || {
        head -n 20 artifacts/format.log >&2
        printf 'lab: not formatted; run dotnet format\n' >&2
        return 1
    }
}

# run_scripts SCRIPT...: tests that print "  ok      SENTENCE", "  FAILED  SENTENCE" or "  skipped: REASON", a line each, or nothing of the kind.
run_scripts() {
    local script line code results
    for script in "$@"; do
        [[ -x $script ]] || continue
        tell begun "$script"
        printf '%s\n' "$script"
        results=0
        while IFS= read -r line; do
            case $line in
                'exit code '*) code=${line#exit code } ;;
                '  ok      '*) tell passed "$script: ${line:10}" "$script" ;;
                '  FAILED  '*) tell failed "$script: ${line:10}" "$script" ;;
                '  skipped: '*) tell skipped "$script: ${line:11}" "$script" ;;
                *)
                    printf '%s\n' "$line"
                    continue
                    ;;
            esac
            [[ $line == 'exit code '* ]] || { results=$((results + 1)) && printf '%s\n' "$line"; }
            [[ $line != '  FAILED  '* ]] || results=$((results + 1000))
        done < <("./$script" 2>&1 && echo 'exit code 0' || echo "exit code $?")
        if [[ $code != 0 ]] && ((results < 1000)); then
            tell failed "$script (exit code $code)" "$script"
        elif ((results == 0)); then
            tell passed "$script" "$script"
        fi
        tell ended "$script"
    done
}

# Starts the tests of scripts as job $!, in a process group of its own. Those of images start containers and those of eng change what set-up remembers,
# so the two go side by side, but no two of eng.
start_script_tests() {
    set -m
    (
        set +m
        run_scripts images/*/test images/*/*/test > artifacts/test-images.log 2>&1 &
        run_scripts eng/test-* > artifacts/test-eng.log 2>&1
        wait $!
    ) &
    set +m
}

# dotnet_tests LOG OPTION...
dotnet_tests() {
    local log=artifacts/$1 failures_before
    shift
    failures_before=$(grep -c '^failed' "$EVENTS" || true)
    LAB_TEST_EVENTS=$EVENTS "${nice[@]}" dotnet test Lab.Tests -c Release --no-build --nologo "$@" > "$log" 2>&1 && return
    # The events know the tests that failed, not that there could be none.
    [[ $(grep -c '^failed' "$EVENTS") != "$failures_before" ]] || tell failed "dotnet test $* ended with an error, see $log"
    return 1
}

# What tests start has a label of this checkout, labs have its folder. A volume without a name has no label: whose container it was made for is known from
# what the engine tells meanwhile, e.g. "... container create 4f2a... (image=redis:8, synapse-lab.tests=/checkout, ...)" and
# "... volume mount 0c1d... (container=4f2a..., destination=/data, ...)".
listen_to_engine() {
    (find_engine && exec docker events --filter type=container --filter type=volume --filter event=create --filter event=mount > artifacts/test-engine.log 2> /dev/null) &
}

# what_is_left: containers, networks, volumes and labs of these tests that are still there, a line each.
what_is_left() (
    find_engine || return 0
    label="synapse-lab.tests=$root"
    docker ps --all --filter "label=$label" --format 'container {{.Names}}'
    docker network ls --filter "label=$label" --format 'network {{.Name}}'
    find .lab/labs -mindepth 1 -maxdepth 1 -name 'test-*' -printf 'lab %f\n' 2> /dev/null
    for volume in $(docker volume ls --quiet --filter dangling=true | grep -xE '[0-9a-f]{64}'); do
        container=$(sed -nE "s/.* volume mount $volume \(container=([0-9a-f]+).*/\1/p" artifacts/test-engine.log | head -n 1)
        [[ -z $container ]] || ! grep -F "container create $container " artifacts/test-engine.log | grep -qF "=$root" || echo "volume $volume"
    done
    return 0
)

# remove_what_is_left: Ctrl-C ends tests before they have taken down what they started.
remove_what_is_left() {
    local kind name
    while read -r kind name; do
        case $kind in
            lab) "$root/lab" down "$name" ;;
            container) docker rm --force --volumes "$name" ;;
            *) docker "$kind" rm "$name" ;;
        esac > /dev/null || true
    done
}

finish_tests() {
    local left status=0
    trap '' INT TERM
    # Each in a process group of its own. Without a name, wait would wait for the watcher too.
    local job
    for job in "${jobs[@]}"; do
        kill -- "-$job" 2> /dev/null || true
        wait "$job" 2> /dev/null || true
    done
    if [[ -n $listener ]]; then kill "$listener" 2> /dev/null || true; fi
    if [[ -n $listener && ${LAB_TESTS_KEEP:-} != 1 ]]; then
        left=$(what_is_left)
        if [[ -n $left ]]; then
            [[ -n $interrupted ]] || tell failed "these tests left $(paste -sd, <<< "$left" | sed 's/,/, /g')"
            (find_engine && remove_what_is_left <<< "$left")
        fi
    fi
    tell end
    wait "$watcher" || true
    [[ -n $interrupted || ! -s artifacts/test-times.new ]] || mv artifacts/test-times.new "artifacts/test-times-$kind"
    if grep -q '^failed' "$EVENTS"; then cat "${logs[@]}" 2> /dev/null || true; fi
    conclude "$EVENTS" "$interrupted" || status=1
    exit "$status"
}

run_tests() {
    local filter=() argument
    kind=whole containers=yes interrupted='' listener='' jobs=() logs=() nice=()
    for argument in "$@"; do
        case $argument in
            --unit) kind=unit containers='' ;;
            -h | --help)
                printf '%s\n' "$usage"
                exit
                ;;
            *) filter+=("$argument") ;;
        esac
    done
    need_dotnet
    need_writable "$root" "$root/artifacts" "$root/.lab"
    cd "$root" || exit
    mkdir -p artifacts
    ((${#filter[@]} == 0)) || kind=some
    EVENTS=$root/artifacts/test-events
    : > "$EVENTS"
    # Bash asks for a terminal's width where it has one.
    watch_tests "$EVENTS" "artifacts/test-times-$kind" artifacts/test-times.new &
    watcher=$!
    trap finish_tests EXIT
    trap 'interrupted=yes; exit 1' INT TERM
    if [[ -n $containers ]]; then
        step set-up eng/setup --for-tests
        listen_to_engine
        listener=$!
    fi
    if [[ $kind == whole ]]; then
        # The scripts' own tests need no build and mostly wait, the build never does: side by side.
        start_script_tests
        jobs+=($!)
        logs+=(artifacts/test-images.log artifacts/test-eng.log)
    fi
    step build build
    if [[ $kind != some ]]; then step format check_format; fi
    case $kind in
        some)
            logs+=(artifacts/test-some.log)
            dotnet_tests test-some.log "${filter[@]}" || true
            ;;
        unit)
            logs+=(artifacts/test-unit.log)
            dotnet_tests test-unit.log --filter 'Lab!=real&Lab!=engine' || true
            ;;
        whole)
            wait "${jobs[@]}" || true
            jobs=()
            # Tests on running labs (the trait Lab=real) go one after another and wait a good deal; the others, those with containers of their own
            # (Lab=engine) among them, fill that time and give way.
            logs+=(artifacts/test-labs.log artifacts/test-others.log)
            set -m
            { nice=(nice -n 19) && dotnet_tests test-others.log --filter 'Lab!=real'; } &
            set +m
            jobs+=($!)
            dotnet_tests test-labs.log --filter 'Lab=real' || true
            wait "${jobs[@]}" || true
            jobs=()
            ;;
    esac
    exit
}
