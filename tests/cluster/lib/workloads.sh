# What runs on the cluster: the people and their rights, the shop, and what watches it.
# shellcheck shell=bash
source "$CLUSTER_DIR/lib/release.sh"

apply() { kube apply --server-side --field-manager ci-bot --filename "$@" >>"$STATE/log/deploy.log" 2>&1 || fail "could not apply $1" "$STATE/log/deploy.log"; }

deploy_people() { apply "$CLUSTER_DIR/manifests/people.yaml"; }

deploy_workloads() {
    # A bare pod is refused until the controllers have made its account.
    must "the service account of platform" "$STATE/log/kube-controller-manager.log" \
        kube wait serviceaccount/default --namespace platform --for create --timeout 60s
    deploy_monitoring
    apply "$CLUSTER_DIR/manifests/pay-api.yaml"
    apply "$CLUSTER_DIR/manifests/workloads.yaml"
    deploy_releases
    rolled_out checkout deployment/pay-api
    release_pay_api 1.8.3 >>"$STATE/log/deploy.log"
}

deploy_monitoring() {
    local folder=$STATE/monitoring
    mkdir -p "$folder"
    sed "s|NODE_ADDRESS|$NODE_ADDRESS|" "$CLUSTER_DIR/config/prometheus.yml" >"$folder/prometheus.yml"
    kube create configmap prometheus --namespace monitoring --dry-run=client --output yaml \
        --from-file "$folder/prometheus.yml" --from-file "$CLUSTER_DIR/config/alerts.yml" >"$folder/prometheus.yaml"
    kube create configmap alertmanager --namespace monitoring --dry-run=client --output yaml \
        --from-file "$CLUSTER_DIR/config/alertmanager.yml" >"$folder/alertmanager.yaml"
    apply "$folder/prometheus.yaml" --filename "$folder/alertmanager.yaml" --filename "$CLUSTER_DIR/manifests/monitoring.yaml"
}

helm() {
    HELM_CACHE_HOME=$STATE/helm/cache HELM_CONFIG_HOME=$STATE/helm/config HELM_DATA_HOME=$STATE/helm/data \
        KUBECACHEDIR=$STATE/kubectl KUBECONFIG=$STATE/kubeconfig/admin \
        "$(module_folder helm)/bin/helm" "$@" >>"$STATE/log/helm.log" 2>&1 || fail "helm $1 $2 failed" "$STATE/log/helm.log"
}

# Two services by Helm: catalog with three revisions, search with one that was rolled back.
deploy_releases() {
    local chart=$CLUSTER_DIR/charts/service image=docker.io/local
    helm install catalog "$chart" --namespace shop --set image=$image/shop-catalog:2.1.0,route=/v1/items
    helm upgrade catalog "$chart" --namespace shop --reuse-values --set image=$image/shop-catalog:2.1.1
    helm upgrade catalog "$chart" --namespace shop --reuse-values --set image=$image/shop-catalog:2.2.0,replicas=2,cacheTtlSeconds=60
    helm install search "$chart" --namespace shop --set image=$image/shop-search:5.0.1,route=/v1/search
    helm upgrade search "$chart" --namespace shop --reuse-values --set image=$image/shop-search:5.1.0
    helm rollback search 1 --namespace shop
}

rolled_out() { # rolled_out NAMESPACE KIND/NAME
    must "$2 in $1" "$STATE/log/kubelet.log" kube rollout status "$2" --namespace "$1" --timeout 120s
}

# Everything that can be ready is ready, and Prometheus has scraped the pods that run now.
wait_for_workloads() {
    local workload log=$STATE/log/kubelet.log
    for workload in monitoring/deployment/prometheus monitoring/deployment/alertmanager checkout/deployment/pay-api \
        shop/deployment/web shop/deployment/catalog shop/deployment/search \
        platform/deployment/gateway platform/statefulset/sessions platform/daemonset/node-agent; do
        rolled_out "${workload%%/*}" "${workload#*/}"
    done
    wait_for 60 "Prometheus to scrape pay-api and the kubelet" "$log" scraping
    wait_for 60 "Alertmanager to receive the Watchdog" "$log" routing
}

query() { kube get --raw "/api/v1/namespaces/monitoring/services/prometheus:web/proxy/api/v1/query?query=$1"; }

scraping() {
    query 'up%7Bservice=%22pay-api%22%7D==1' | jq -e '.data.result | length >= 4' &&
        query 'container_memory_working_set_bytes%7Bnamespace=%22checkout%22%7D' | jq -e '.data.result | length > 0'
}

routing() {
    kube get --raw /api/v1/namespaces/monitoring/services/alertmanager:web/proxy/api/v2/alerts |
        jq -e 'any(.labels.alertname == "Watchdog")'
}
