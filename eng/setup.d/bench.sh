# What the benches need of the machine: wrk. Their nginx is the lab's image. Sourced by eng/setup, only with --for-bench.
# shellcheck shell=bash

bench_is_ready() { command -v wrk > /dev/null; }

ensure_bench() {
    local start=$EPOCHREALTIME log="$logs/bench.log"
    if bench_is_ready; then return; fi
    is_debian_like || fail 'the benches need wrk' 'install the package wrk of your distribution, or build it: github.com/wg/wrk'
    may_install || fail 'the benches need wrk, and set-up may not install it' 'run: sudo apt-get update && sudo apt-get install --yes --no-install-recommends wrk'
    install_packages "$log" wrk || give_up 'installing wrk' "$log"
    say "bench: installed wrk in $(seconds_since "$start") s"
}
