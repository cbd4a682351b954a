# The parts of a cluster: built from pinned Go modules, or taken from Debian. Each is made only if it is missing and
# kept outside the repository, keyed by its pins.
# shellcheck shell=bash

# Commands of the machine itself, by the Debian package that brings them. None of these packages starts a service.
MACHINE_PACKAGES=(
    ip:iproute2 openssl:openssl runc:runc busybox:busybox-static nsenter:util-linux flock:util-linux
    curl:curl jq:jq
)
# Extracted into the cache and never installed: their packages would start services on the machine.
EXTRACTED_PACKAGES=(prometheus-alertmanager containernetworking-plugins)
GO_TOOLCHAIN=go1.26.8

apt_updated=
apt_update() {
    [[ -n $apt_updated ]] || apt-get -qq update || fail "apt-get update failed"
    apt_updated=yes
}

install_machine_packages() {
    local pair missing=()
    for pair in "${MACHINE_PACKAGES[@]}"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    apt_update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install ${missing[*]}"
}

# Debian's Go is too old to build these parts, but not to fetch a newer one as the module it is published as.
find_go() {
    if command -v go >/dev/null && go version 2>/dev/null | grep -qE 'go1\.(2[1-9]|[3-9][0-9])'; then
        GO=go
        return
    fi
    GO=$CACHE/$GO_TOOLCHAIN/bin/go
    [[ ! -x $GO ]] || return 0
    say "fetching $GO_TOOLCHAIN"
    command -v go >/dev/null || { apt_update && apt-get -qq install --yes --no-install-recommends golang-go ca-certificates >/dev/null; }
    local arch module
    arch=$(dpkg --print-architecture)
    module=$(cd / && go mod download -json "golang.org/toolchain@v0.0.1-$GO_TOOLCHAIN.linux-$arch" |
        sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    [[ -d $module ]] || fail "$GO_TOOLCHAIN could not be fetched; install Go 1.26 or newer"
    mkdir -p "$CACHE"
    rm -rf "${CACHE:?}/$GO_TOOLCHAIN"
    cp -r "$module" "$CACHE/$GO_TOOLCHAIN"
    # A module's archive keeps no executable bits.
    chmod -R u+w "$CACHE/$GO_TOOLCHAIN"
    find "$CACHE/$GO_TOOLCHAIN/bin" "$CACHE/$GO_TOOLCHAIN/pkg/tool" -type f -exec chmod +x {} +
}

# The folder that holds one part, named by what decides its content.
part_folder() { # part_folder NAME FILE…
    local name=$1
    shift
    echo "$CACHE/$name-$(cat "$@" | sha256sum | cut -c1-16)"
}

# A module's folder holds its go.mod and go.sum, and, where it needs them, its build tags and linker flags.
module_folder() { part_folder "$1" "$CLUSTER_DIR/build/$1"/*; }

build_module() { # build_module NAME PACKAGE[=BINARY]…
    local module=$CLUSTER_DIR/build/$1 folder package binary log
    folder=$(module_folder "$1")
    shift
    mkdir -p "$folder/bin"
    for package in "$@"; do
        binary=${package##*=}
        binary=${binary##*/}
        package=${package%%=*}
        [[ ! -x $folder/bin/$binary ]] || continue
        say "building $binary"
        log=$folder/$binary.log
        (cd "$module" && CGO_ENABLED=0 GOFLAGS=-mod=readonly nice -n 10 "$GO" build -p 2 -trimpath \
            -tags "$(cat tags 2>/dev/null)" -ldflags "-s -w $(cat ldflags 2>/dev/null)" \
            -o "$folder/bin/$binary.part" "$package") >"$log" 2>&1 || fail "$binary could not be built" "$log"
        mv "$folder/bin/$binary.part" "$folder/bin/$binary"
    done
}

build_parts() { # build_parts [scale]: everything, or only what the scale server needs
    find_go
    build_module etcd go.etcd.io/etcd/server/v3=etcd
    build_module kubernetes k8s.io/kubernetes/cmd/{kube-apiserver,kubectl}
    [[ ${1:-} != scale ]] || return 0
    build_module containerd github.com/containerd/containerd/v2/cmd/{containerd,containerd-shim-runc-v2,ctr}
    build_module helm helm.sh/helm/v4/cmd/helm
    build_module prometheus github.com/prometheus/prometheus/cmd/prometheus
    build_module promtool github.com/prometheus/prometheus/cmd/promtool
    build_module kubernetes k8s.io/kubernetes/cmd/{kube-controller-manager,kube-scheduler,kubelet}
}

# Sets DEBIAN_ROOT, where the extracted packages lie.
extract_packages() {
    DEBIAN_ROOT=$CACHE/debian-$(printf '%s\n' "${EXTRACTED_PACKAGES[@]}" | sha256sum | cut -c1-16)
    [[ ! -e $DEBIAN_ROOT/.complete ]] || return 0
    say "extracting ${EXTRACTED_PACKAGES[*]}"
    apt_update
    rm -rf "$DEBIAN_ROOT"
    mkdir -p "$DEBIAN_ROOT/.packages"
    (cd "$DEBIAN_ROOT/.packages" && apt-get -qq -o APT::Sandbox::User=root download "${EXTRACTED_PACKAGES[@]}") ||
        fail "apt-get could not download ${EXTRACTED_PACKAGES[*]}"
    local package
    for package in "$DEBIAN_ROOT"/.packages/*.deb; do dpkg -x "$package" "$DEBIAN_ROOT"; done
    rm -r "$DEBIAN_ROOT/.packages"
    touch "$DEBIAN_ROOT/.complete"
}
