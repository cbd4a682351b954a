# The control plane: etcd, the API server, and the two that act on what it stores.
# shellcheck shell=bash

SERVICE_RANGE=10.96.0.0/16
FIRST_SERVICE_ADDRESS=10.96.0.1

daemon() { # daemon NAME COMMAND…: from now on the cluster's first process keeps it running
    local name=$1
    shift
    printf 'exec %s\n' "${*@Q}" >"$STATE/daemons/.$name"
    mv "$STATE/daemons/.$name" "$STATE/daemons/$name"
}

start_etcd() {
    # Data that lives as long as the cluster needs no fsync.
    daemon etcd "$(module_folder etcd)/bin/etcd" --name node-1 --data-dir "$STATE/etcd" --unsafe-no-fsync \
        --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
        --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
        --initial-cluster node-1=http://127.0.0.1:2380 --logger zap --log-level warn --quota-backend-bytes 8589934592
}

start_api_server() { # start_api_server FLAG…
    daemon kube-apiserver "$(module_folder kubernetes)/bin/kube-apiserver" \
        --etcd-servers=http://127.0.0.1:2379 \
        --advertise-address="$NODE_ADDRESS" --secure-port=6443 \
        --tls-cert-file="$PKI/kube-apiserver.crt" --tls-private-key-file="$PKI/kube-apiserver.key" \
        --client-ca-file="$PKI/ca.crt" --token-auth-file="$PKI/tokens.csv" --authorization-mode=Node,RBAC \
        --service-cluster-ip-range="$SERVICE_RANGE" --service-account-issuer=https://kubernetes.default.svc \
        --service-account-key-file="$PKI/service-accounts.pub" \
        --service-account-signing-key-file="$PKI/service-accounts.key" \
        --kubelet-client-certificate="$PKI/kubelet-client.crt" --kubelet-client-key="$PKI/kubelet-client.key" \
        --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
        --enable-admission-plugins=NodeRestriction --allow-privileged=true --profiling=false "$@"
}

# Blocking: what was answered is in the file when the answer arrives.
audit_flags() {
    printf '%s\n' --audit-policy-file="$CLUSTER_DIR/config/audit-policy.yaml" \
        --audit-log-path="$STATE/audit.log" --audit-log-mode=blocking
}

start_controllers() {
    local bin
    bin=$(module_folder kubernetes)/bin
    daemon kube-controller-manager "$bin/kube-controller-manager" --kubeconfig="$PKI/kube-controller-manager.kubeconfig" \
        --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
        --root-ca-file="$PKI/ca.crt" --service-account-private-key-file="$PKI/service-accounts.key"
    daemon kube-scheduler "$bin/kube-scheduler" --kubeconfig="$PKI/kube-scheduler.kubeconfig" \
        --bind-address=127.0.0.1 --leader-elect=false
}

kube() { KUBECACHEDIR=$STATE/kubectl "$(module_folder kubernetes)/bin/kubectl" --kubeconfig "$STATE/kubeconfig/admin" "$@"; }

api_server_ready() { [[ $(kube get --raw /readyz) = ok ]]; }
