# The cluster's own PID, mount, network and host name namespaces, its link to the machine, and its cgroups.
# One kill of the first process takes every process, mount and address with it.
# shellcheck shell=bash

NODE_NAME=node-1

# The link is a /30 of 10.199.0.0/16 chosen by the state directory; the next one if the machine already has it.
choose_addresses() {
    local slot=$((16#${ID:2:8} % 16384)) tries base
    for ((tries = 0; tries < 64; tries++)); do
        base=$((slot * 4))
        MACHINE_ADDRESS=10.199.$((base / 256)).$((base % 256 + 1))
        NODE_ADDRESS=10.199.$((base / 256)).$((base % 256 + 2))
        [[ -n $(ip -oneline address show to "$MACHINE_ADDRESS/30") ]] || return 0
        slot=$(((slot + 1) % 16384))
    done
    fail "no free /30 left in 10.199.0.0/16"
}

# The pid, as the machine sees it, of the first process of the namespaces; fails if there is none.
init_pid() {
    local parent pid
    parent=$(cat "$STATE/unshare.pid" 2>/dev/null) &&
        pid=$(tr -d ' ' 2>/dev/null <"/proc/$parent/task/$parent/children") &&
        [[ -n $pid ]] && is_init "$pid" && echo "$pid"
}

is_init() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF "lib/init $STATE "; }

# nsenter rather than `ip netns exec`, which would mount a new /sys over the cgroups.
inside() { nsenter --target "$(init_pid)" --net --pid --mount --uts -- "$@"; }

start_namespaces() {
    choose_addresses
    mkdir -p "$STATE"/{daemons,stopped,pid,log/var,var/lib}
    setsid env -i PATH="$PATH" HOME=/root unshare --net --pid --mount --uts --ipc --fork --kill-child=SIGKILL --mount-proc \
        bash "$CLUSTER_DIR/lib/init" "$STATE" "$NODE_NAME" </dev/null >"$STATE/log/init.log" 2>&1 9>&- &
    echo $! >"$STATE/unshare.pid"
    wait_for 10 "the cluster's namespaces" "$STATE/log/init.log" test -e "$STATE/pid/init"
    local pid
    pid=$(init_pid) || fail "the cluster's first process is gone" "$STATE/log/init.log"

    ip link add "${ID}m" type veth peer name eth0 netns "$pid"
    ip address add "$MACHINE_ADDRESS/30" dev "${ID}m"
    ip link set "${ID}m" up
    inside ip address add "$NODE_ADDRESS/30" dev eth0
    inside ip link set eth0 up
    # No default route: a pull of an image that is not here fails at once, and nothing leaves the machine.
}

signal_daemon() { inside kill "-$2" "$(cat "$STATE/pid/$1")" 2>/dev/null; } # signal_daemon NAME SIGNAL

# A daemon that is stopped stays so until it is started; one that ends by itself is started again at once.
stop_daemon() {
    touch "$STATE/stopped/$1"
    signal_daemon "$1" KILL || true
}

start_daemon() { rm -f "$STATE/stopped/$1"; }

stop_namespaces() {
    local pid
    if pid=$(init_pid); then
        kill -KILL "$pid"
        wait_for 30 "the end of the cluster's processes" "" process_gone "$pid"
    fi
    # The kernel takes the link away with its namespace, a moment later.
    ip link delete "${ID}m" 2>/dev/null || true
}

process_gone() {
    [[ ! -e /proc/$1 ]] || grep -q '^State:.Z' "/proc/$1/status"
}

cgroup_roots() { # one line for each hierarchy
    if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
        echo /sys/fs/cgroup
    else
        find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d
    fi
}

make_cgroups() {
    local root
    while read -r root; do
        mkdir -p "$root/$ID"
        if [[ -e $root/cgroup.controllers ]]; then
            sed 's/[^ ]*/+&/g' "$root/cgroup.controllers" >"$root/cgroup.subtree_control" 2>/dev/null || true
            sed 's/[^ ]*/+&/g' "$root/$ID/cgroup.controllers" >"$root/$ID/cgroup.subtree_control"
        fi
    done < <(cgroup_roots)
}

remove_cgroups() {
    local root
    while read -r root; do
        [[ ! -d $root/$ID ]] || find "$root/$ID" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done < <(cgroup_roots)
}

cgroups_left() {
    local root
    while read -r root; do [[ ! -d $root/$ID ]] || echo "$root/$ID"; done < <(cgroup_roots)
}

cgroups_removed() {
    remove_cgroups
    [[ -z $(cgroups_left) ]]
}

processes_left() {
    local process
    for process in /proc/[0-9]*; do
        ! is_init "${process#/proc/}" || echo "process ${process#/proc/}"
    done
}

prove_nothing_left() {
    local left=()
    mapfile -t left < <(
        cgroups_left
        ip -oneline link show | grep -F "${ID}m" || true
        grep -F " $STATE/" /proc/self/mountinfo || true
        # All processes are in a PID namespace that lives no longer than its first one.
        processes_left
    )
    ((${#left[@]} == 0)) || fail "left behind: ${left[*]}"
}
