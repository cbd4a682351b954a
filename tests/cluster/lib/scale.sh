# The API server that is filled rather than used. What was loaded once is kept in the cache, as etcd's data.
# shellcheck shell=bash

scale_up() { # scale_up PODS
    if init_pid >/dev/null && [[ $(cat "$STATE/complete" 2>/dev/null) = "$1" ]] && api_server_ready; then
        say "already up with $1 pods; kubeconfig $STATE/kubeconfig/admin"
        return
    fi
    install_machine_packages
    scale_down
    build_parts scale
    local loaded audit began=$SECONDS
    loaded=$(part_folder "scale-$1" "$CLUSTER_DIR"/load/*.go "$CLUSTER_DIR"/build/{etcd,kubernetes}/go.mod)

    say "starting"
    trap scale_down EXIT
    mkdir -p "$STATE"
    [[ ! -d $loaded ]] || cp -r "$loaded" "$STATE/etcd"
    start_namespaces
    make_authority
    make_daemon_identities
    make_people
    start_etcd
    # A pod's account would have to exist, and no controller makes one. The audit log counts a reader's requests.
    mapfile -t audit < <(audit_flags)
    start_api_server --disable-admission-plugins=ServiceAccount "${audit[@]}"
    wait_for 120 "the API server" "$STATE/log/kube-apiserver.log" api_server_ready
    if [[ ! -d $loaded ]]; then
        fill "$1"
        keep_loaded "$loaded"
    fi
    trap - EXIT
    echo "$1" >"$STATE/complete"
    say "up with $1 pods after $((SECONDS - began)) s; kubeconfig $STATE/kubeconfig/admin"
}

fill() { # fill PODS
    find_go
    (cd "$CLUSTER_DIR/load" && CGO_ENABLED=0 "$GO" build -buildvcs=false -trimpath -o "$STATE/fill" .) || fail "load could not be built"
    say "writing $1 pods"
    "$STATE/fill" -server "https://$NODE_ADDRESS:6443" -ca "$PKI/ca.crt" -cert "$PKI/admin.crt" -key "$PKI/admin.key" \
        -pods "$1" || fail "the pods could not be written" "$STATE/log/kube-apiserver.log"
}

# The store is copied while it stands still; the API server waits for it meanwhile.
keep_loaded() { # keep_loaded FOLDER
    stop_daemon etcd
    cp -r "$STATE/etcd" "$1.part"
    mv "$1.part" "$1"
    start_daemon etcd
    wait_for 60 "the API server after its store" "$STATE/log/kube-apiserver.log" api_server_ready
}

scale_down() {
    stop_namespaces
    rm -rf "$STATE"
    prove_nothing_left
}
