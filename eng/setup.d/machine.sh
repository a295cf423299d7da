# What this machine is and may do: distribution, rights, apt and its mirrors. Sourced by bash scripts.
# shellcheck shell=bash

# is_debian_like: whether apt and Debian's package names can be expected.
is_debian_like() {
    local ID='' ID_LIKE=''
    # shellcheck disable=SC1091
    [[ -r /etc/os-release ]] && . /etc/os-release
    [[ " $ID $ID_LIKE " == *' debian '* ]] && command -v apt-get > /dev/null
}

# may_install: whether packages can be installed without asking anybody. LAB_INSTALL=no forbids it.
may_install() {
    [[ ${LAB_INSTALL:-yes} != no ]] && { ((EUID == 0)) || sudo -n true 2> /dev/null; }
}

# need_writable CHECKOUT FOLDER...: ends where this user may not write the checkout, or one of those folders that are in it already.
need_writable() {
    local folder
    for folder in "$@"; do
        [[ ! -e $folder || -w $folder ]] || fail "$(id -un) may not write $folder: builds, labs and logs are kept in the checkout" \
            "Take a checkout of your own: git clone ${1@Q}, or have this one given to you: sudo chown -R $(id -un) ${1@Q}"
    done
}

# as_root COMMAND...: for those that may.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n -- "$@"; fi
}

# install_packages LOG PACKAGE...: with apt. The package lists are fetched anew only where the old ones don't do.
install_packages() {
    local log=$1
    shift
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120
        install --yes --no-install-recommends "$@")
    as_root "${install[@]}" > "$log" 2>&1 && return
    as_root apt-get -qq update >> "$log" 2>&1 || true
    as_root "${install[@]}" >> "$log" 2>&1
}

# has_package NAME: whether apt could install it.
has_package() { [[ -n $(apt-cache --no-all-versions show "$1" 2> /dev/null) ]]; }

# debian_mirror: the URL of the Debian mirror that this machine's apt is set up with.
# apt itself is asked, since it may be configured in any of several files and formats.
debian_mirror() {
    if [[ -n ${LAB_DEBIAN_MIRROR:-} ]]; then
        echo "${LAB_DEBIAN_MIRROR%/}"
        return
    fi
    local uri
    # Label: security updates are published as "Debian-Security".
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2> /dev/null | head -n 1)
    if [[ $uri == mirror+file:* ]]; then
        # Debian's cloud images list their mirrors in a file: mirror+file:/etc/apt/mirrors/debian.list
        uri=$(grep -m 1 -oE '^[a-z]+://[^[:space:]]+' "/${uri#mirror+file:*(/)}")
    fi
    [[ -n $uri ]] && echo "${uri%/}"
}
