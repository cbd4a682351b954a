# The node: containerd with its network, and the kubelet.
# shellcheck shell=bash

PAUSE_IMAGE=docker.io/local/pause:1

start_containerd() {
    local bin
    bin=$(module_folder containerd)/bin
    mkdir -p "$STATE/cni"
    cp "$CLUSTER_DIR/config/pods.conflist" "$STATE/cni/"
    sed -e "s|CNI_PLUGINS|$DEBIAN_ROOT/usr/lib/cni|; s|CNI_CONFIG|$STATE/cni|; s|PAUSE_IMAGE|$PAUSE_IMAGE|" \
        "$CLUSTER_DIR/config/containerd.toml" >"$STATE/containerd.toml"
    # It finds its shim on its PATH.
    daemon containerd env "PATH=$bin:$PATH" containerd --config "$STATE/containerd.toml"
}

ctr() { inside "$(module_folder containerd)/bin/ctr" --namespace k8s.io "$@"; }

start_kubelet() {
    sed -e "s|PKI|$PKI|; s|CGROUP_ROOT|/$ID|" "$CLUSTER_DIR/config/kubelet.yaml" >"$STATE/kubelet.yaml"
    daemon kubelet "$(module_folder kubernetes)/bin/kubelet" --config "$STATE/kubelet.yaml" \
        --kubeconfig "$PKI/kubelet.kubeconfig" --hostname-override "$NODE_NAME" --node-ip "$NODE_ADDRESS"
}

node_ready() {
    kube wait "node/$NODE_NAME" --for create --timeout 60s && kube wait "node/$NODE_NAME" --for condition=Ready --timeout 60s
}
