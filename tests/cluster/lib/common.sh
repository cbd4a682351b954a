# Where things are, how to say them, how to wait for them. Sourced by every script here; it starts nothing.
# shellcheck shell=bash

CLUSTER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
REPOSITORY=$(cd "$CLUSTER_DIR/../.." && pwd)
TARGET=${CARGO_TARGET_DIR:-target}
[[ $TARGET = /* ]] || TARGET=$REPOSITORY/$TARGET
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/watchkeeper-cluster

# A proxy is for the registries, not for the cluster.
export NO_PROXY=${NO_PROXY:+$NO_PROXY,}10.199.0.0/16

# Each cluster has a state directory; its path names everything the cluster makes on the machine, so that several
# checkouts, and the scale server beside the cluster, live on one machine without knowing each other.
use_state() { # use_state NAME
    STATE=$TARGET/$1
    ID=wk$(printf %s "$STATE" | sha256sum | cut -c1-8)
}

say() { printf '%s\n' "cluster: $*"; }

fail() { # fail MESSAGE [LOG]: ends the script, showing the end of the log that tells why
    printf '%s\n' "cluster: ✖ $1" >&2
    if [[ -n ${2:-} && -s $2 ]]; then
        printf '%s\n' "--- the end of $2" >&2
        tail -n 25 "$2" >&2
    fi
    exit 1
}

wait_for() { # wait_for SECONDS WHAT LOG COMMAND…: polls until COMMAND succeeds
    local deadline=$((SECONDS + $1)) what=$2 log=$3
    shift 3
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || fail "waited in vain for: $what" "$log"
        sleep 0.1
    done
}

must() { # must WHAT LOG COMMAND…: runs a command that itself waits, with a limit, for something
    local what=$1 log=$2
    shift 2
    "$@" >/dev/null 2>&1 || fail "waited in vain for: $what" "$log"
}

# What ends a script without a word of its own is named.
trap 'printf "%s\n" "cluster: ✖ ${BASH_SOURCE[0]} line $LINENO: $BASH_COMMAND" >&2' ERR
set -o errtrace

need_root() {
    [[ $(id -u) = 0 ]] || fail "this needs root (it makes namespaces, mounts and cgroups)"
}

# One `up` or `down` of a state directory at a time. Daemons must not inherit the lock: they are started with 9>&-.
take_lock() {
    mkdir -p "$TARGET"
    exec 9>"$STATE.lock"
    flock --wait 600 9 || fail "another up or down of $STATE has held its lock for ten minutes"
}
