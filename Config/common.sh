# shellcheck shell=bash
# What quickstart, install, Tests/run and Tests/bench have in common. Sourced, never run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# The status is EX_* of sysexits.h where one fits: 69 is "unavailable".
fail() {
    printf '\n%s: %s\n' "$(basename "$0")" "$1" >&2
    exit "${2:-1}"
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root: as it is if we are root, through sudo if there is one.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "this needs root: $*" 77
    fi
}

package_is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages NAME...: installs those that are missing, and says which.
install_packages() {
    local missing=() name
    if ! have dpkg-query; then
        note "this is no Debian; what its packages $* hold must be there already"
        return 0
    fi
    for name in "$@"; do
        package_is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    note "installing ${missing[*]}"
    # Lists that are there may be good enough, and then nothing need be fetched twice.
    if ! apt_install "${missing[@]}" >/dev/null 2>&1; then
        as_root apt-get update -q || fail "apt-get update failed, so these packages are missing: ${missing[*]}" 69
        apt_install "${missing[@]}" || fail "these packages could not be installed: ${missing[*]}" 69
    fi
}

apt_install() {
    # The lock's holder may be another installation that ends soon.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@"
}

# shellcheck disable=SC2034 # used by those who source this
# What it takes to build the two executables, beside the Swift toolchain:
build_packages=(
    libcurl4-openssl-dev # all HTTP that we send
    libjemalloc-dev      # the control plane's memory
    libmicrohttpd-dev    # the HTTP server
    libsqlite3-dev       # the embedded store, and the agent's journal
    libssl-dev           # HMAC and SHA-256 for AWS signatures
    pkg-config           # how the Swift package finds the others
)

# shellcheck disable=SC2034 # used by those who source this
# For tasks in network mode awsvpc; an agent without them runs all others.
awsvpc_packages=(
    containernetworking-plugins # the CNI plugins that make interfaces
    iproute2                    # ip: routes to the tasks of other hosts
    iptables                    # lets the host forward what is theirs
)

# shellcheck disable=SC2034 # used by those who source this
# A container engine, for a host that has none.
engine_packages=(
    docker.io
    apparmor # its parser: without it docker starts no container where the kernel has AppArmor switched on, as Debian's
)

# What the Swift toolchain needs of Debian to run and to link; looked at only where it does not run.
swift_packages=(
    g++         # libgcc, the start files of the C library, and libstdc++
    libedit2
    libncurses6
    libxml2
    tzdata
)

find_swift() {
    local directory
    for directory in /opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
        if ! have swift && [ -x "$directory/swift" ]; then PATH="$directory:$PATH"; fi
    done
    have swift || fail "there is no swift in PATH. Install Swift 6.2 or newer for Debian 12 as https://www.swift.org/install/linux/ says, and run this again." 69
    local said version
    if ! swift --version >/dev/null 2>&1; then install_packages "${swift_packages[@]}"; fi
    said=$(swift --version 2>&1) || fail "$(command -v swift) does not run ($(head -n 1 <<<"$said")). It needs Debian packages of its own, which https://www.swift.org/install/linux/ names." 69
    version=$(sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' <<<"$said" | head -n 1)
    case "$version" in
    [0-5].* | 6.[01] | "") fail "$(command -v swift) is Swift ${version:-(unknown)}; this needs 6.2 or newer: https://www.swift.org/install/linux/" 69 ;;
    esac
}

# Builds both executables for release, and sets $binaries to the folder they are in.
build_release() {
    find_swift
    local started=$SECONDS
    build_release_product stevedore-controlplane
    build_release_product stevedore-agent
    binaries=$(swift build "${release_arguments[@]}" --show-bin-path)
    note "built in $((SECONDS - started)) s: $binaries"
}

release_arguments=(-c release --static-swift-stdlib --package-path "$repository")

build_release_product() {
    find_swift
    note "swift build -c release --static-swift-stdlib --product $1"
    swift build "${release_arguments[@]}" --product "$1" || fail "swift build failed for $1"
}

# wait_for SECONDS COMMAND...: until the command succeeds; 1 if it did not in time.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -ge $deadline ] && return 1
        sleep 0.2
    done
}

# A process is named by its id and the tick it started at: an id alone may be another's by now.
start_tick() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The program's name, in parentheses, may contain spaces.
    stat=${stat##*) }
    local fields
    read -ra fields <<<"$stat"
    printf '%s\n' "${fields[19]}"
}

# record_process FILE PID
record_process() { printf '%s %s\n' "$2" "$(start_tick "$2")" >"$1"; }

# is_recorded FILE: whether the process recorded there still runs.
is_recorded() {
    local pid tick
    [ -r "$1" ] && read -r pid tick <"$1" || return 1
    [ -n "$tick" ] && [ "$(start_tick "$pid")" = "$tick" ]
}

# stop_recorded FILE SECONDS: SIGTERM, and SIGKILL after the seconds. Does nothing to a process that is not ours.
stop_recorded() {
    local pid rest
    if is_recorded "$1"; then
        read -r pid rest <"$1"
        : "$rest"
        kill -TERM "$pid" 2>/dev/null || true
        if ! wait_for "$2" is_gone "$1"; then
            note "process $pid did not stop within $2 s: SIGKILL"
            kill -KILL "$pid" 2>/dev/null || true
            wait_for 5 is_gone "$1" || true
        fi
    fi
    rm -f "$1"
}

# A zombie is gone for us: whoever started it collects it.
is_gone() {
    local pid rest
    is_recorded "$1" || return 0
    read -r pid rest <"$1"
    : "$rest"
    grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null
}
