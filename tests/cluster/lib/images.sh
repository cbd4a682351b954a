# The images, made on the spot: no registry is asked. A layer is a tar file, an image a layer and a few words.
# shellcheck shell=bash

SHOP_TAGS=(
    shop-pay:1.8.2 shop-pay:1.8.3 shop-pay:1.8.4 shop-cart:3.2.0
    shop-catalog:2.1.0 shop-catalog:2.1.1 shop-catalog:2.2.0 shop-search:5.0.1 shop-search:5.1.0
    shop-web:7.4.2 shop-gateway:4.0.3 shop-sessions:1.1.0 shop-agent:0.9.1
)

# Sets IMAGES, the folder of image archives.
build_images() {
    IMAGES=$(part_folder images "$CLUSTER_DIR"/lib/images.sh "$CLUSTER_DIR"/shop/*.go "$CLUSTER_DIR"/pause/*.go \
        <(echo "$DEBIAN_ROOT $(module_folder prometheus)"))
    [[ ! -e $IMAGES/.complete ]] || return 0
    say "building the images"
    find_go
    rm -rf "$IMAGES"
    mkdir -p "$IMAGES"
    local root
    root=$(mktemp -d)

    build_static pause "$root/pause/pause"
    build_archive pause "$root/pause" '["/pause"]' pause:1

    build_static shop "$root/shop/usr/bin/shop"
    add_busybox "$root/shop"
    build_archive shop "$root/shop" '["/usr/bin/shop"]' "${SHOP_TAGS[@]}"

    add_busybox "$root/toolbox"
    build_archive toolbox "$root/toolbox" '["/bin/sh"]' toolbox:1

    mkdir -p "$root/prometheus/usr/bin"
    cp "$(module_folder prometheus)/bin/prometheus" "$root/prometheus/usr/bin/"
    add_busybox "$root/prometheus"
    build_archive prometheus "$root/prometheus" '["/usr/bin/prometheus"]' prometheus:3

    add_debian_binary "$root/alertmanager" prometheus-alertmanager
    mkdir -p "$root/alertmanager/usr/share/prometheus/alertmanager"
    cp "$DEBIAN_ROOT"/usr/share/prometheus/alertmanager/*.tmpl "$root/alertmanager/usr/share/prometheus/alertmanager/"
    add_busybox "$root/alertmanager"
    build_archive alertmanager "$root/alertmanager" '["/usr/bin/prometheus-alertmanager"]' alertmanager:0.25

    rm -r "$root"
    touch "$IMAGES/.complete"
}

build_static() { # build_static MODULE BINARY
    mkdir -p "${2%/*}"
    (cd "$CLUSTER_DIR/$1" && CGO_ENABLED=0 "$GO" build -buildvcs=false -trimpath -ldflags '-s -w' -o "$2" .) || fail "$1 could not be built"
}

add_busybox() { # add_busybox ROOT
    mkdir -p "$1/bin" "$1/tmp" "$1/etc"
    cp "$(command -v busybox)" "$1/bin/busybox"
    local applet
    for applet in $(busybox --list); do
        [[ $applet = busybox ]] || ln -sf busybox "$1/bin/$applet"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
}

# Debian's binaries are linked dynamically: their libraries come from this machine.
add_debian_binary() { # add_debian_binary ROOT NAME
    mkdir -p "$1/usr/bin"
    cp "$DEBIAN_ROOT/usr/bin/$2" "$1/usr/bin/"
    local library
    for library in $(ldd "$DEBIAN_ROOT/usr/bin/$2" | grep -o '/[^ ]*'); do
        mkdir -p "$1${library%/*}"
        cp -L "$library" "$1$library"
    done
}

# One archive as `docker save` writes it, with one image for each tag: the same layer, the tag's version told inside.
build_archive() { # build_archive NAME ROOT ENTRYPOINT TAG…
    local name=$1 root=$2 entrypoint=$3 archive=$2.archive tag digest
    shift 3
    mkdir -p "$archive"
    tar -C "$root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$archive/layer.tar" .
    digest=$(sha256sum "$archive/layer.tar" | cut -d' ' -f1)
    for tag in "$@"; do
        jq -n --arg version "${tag#*:}" --arg digest "sha256:$digest" --argjson entrypoint "$entrypoint" \
            --arg architecture "$(dpkg --print-architecture)" '{
                architecture: $architecture, os: "linux",
                config: {Entrypoint: $entrypoint, Env: ["PATH=/usr/bin:/bin", "APP_VERSION=" + $version], WorkingDir: "/"},
                rootfs: {type: "layers", diff_ids: [$digest]}
            }' >"$archive/${tag/:/-}.json"
    done
    jq -n '[$ARGS.positional[] | {Config: (sub(":"; "-") + ".json"), RepoTags: ["docker.io/local/" + .], Layers: ["layer.tar"]}]' \
        --args "$@" >"$archive/manifest.json"
    tar -C "$archive" -cf "$IMAGES/$name.tar" .
}

import_images() {
    local archive
    for archive in "$IMAGES"/*.tar; do
        ctr images import --local "$archive" >>"$STATE/log/images.log" 2>&1 ||
            fail "the image archive $archive could not be imported" "$STATE/log/images.log"
    done
}
