# A browser for one test, which looks at the page of a load's result as a user would. Sourced by eng/setup, only with --for-tests.
# shellcheck shell=bash

# Read by the test: "installed", "none: REASON" where it may be left out, "failed: REASON" where it may not.
browser_state="$lab/browser"

browser_is_there() {
    local name
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" > /dev/null; then return; fi
    done
    return 1
}

# ensure_browser: no test run ends because there is none; the test says what is missing.
ensure_browser() {
    local start=$EPOCHREALTIME log="$logs/browser.log" reason
    if browser_is_there; then
        echo installed > "$browser_state"
    # Ubuntu's package of this name is a snap, which needs systemd and cannot read folders of /tmp.
    elif ! is_debian_like || [[ -z $(debian_mirror) ]] || ! has_package chromium; then
        no_browser 'this distribution has no package chromium. Install a browser of that name'
    elif ! may_install; then
        no_browser 'set-up may not install one. sudo apt-get install --yes --no-install-recommends chromium'
    elif install_packages "$log" chromium && browser_is_there; then
        echo installed > "$browser_state"
        say "browser: installed chromium for a test in $(seconds_since "$start") s"
    else
        reason=$(cause_in "$log")
        echo "failed: installing chromium failed: $reason (log: $log)" > "$browser_state"
        say "browser: installing chromium failed: $reason. The test that needs it will fail. Log: $log"
    fi
}

no_browser() {
    echo "none: $1" > "$browser_state"
    say "browser: none, so the test that needs one is skipped: $1"
}
