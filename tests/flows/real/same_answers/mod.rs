//! The same requests to the cluster that is built in and to the real one. Where the answers differ, the built-in one is
//! wrong; only protobuf is not asked for, which it does not speak. Nothing is changed: writes are dry runs.

mod clusters;
mod outline;

use http::Method;
use serde_json::json;

use watchkeeper::demo::Role;

use clusters::{Ask, BuiltIn, Real};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/checkout/deployments/pay-api";
const PODS: &str = "/api/v1/namespaces/checkout/pods";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// Says all that differs, not the first alone.
async fn both_answer_alike(asks: Vec<Ask>) {
    let (built_in, real) = (BuiltIn::start().await, Real::start().await);
    let mut differing = String::new();
    for ask in asks {
        let (ours, theirs) = (built_in.ask(&ask).await, real.ask(&ask).await);
        if ours != theirs {
            differing +=
                &format!("{} {} as {}\n  ours   {ours}\n  theirs {theirs}\n", ask.method, ask.path, ask.person.name());
        }
    }
    assert!(differing.is_empty(), "\n{differing}");
}

fn gets(paths: &[&str]) -> Vec<Ask> {
    paths.iter().map(|path| Ask::get(path)).collect()
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_and_built_in_read_alike() {
    let mut asks = gets(&[
        PODS,
        DEPLOYMENT,
        &format!("{DEPLOYMENT}/scale"),
        &format!("{DEPLOYMENT}/status"),
        &format!("{PODS}/POD"),
        &format!("{PODS}/none"),
        "/api/v1/pods?limit=1",
        "/api/v1/pods?limit=1&resourceVersion=0",
        "/api/v1/pods?limit=1&continue=rubbish",
        "/api/v1/pods?limit=-1",
        "/api/v1/pods?limit=x",
        "/api/v1/pods?resourceVersion=x",
        "/api/v1/pods?resourceVersionMatch=Exact",
        "/api/v1/pods?resourceVersion=1&resourceVersionMatch=Other",
        &format!("{PODS}?labelSelector=a%20b%20c"),
        &format!("{PODS}?labelSelector=a%20in%20(b"),
        &format!("{PODS}?fieldSelector=status.phase%3DRunning"),
        &format!("{PODS}?fieldSelector=spec.nothing%3D1"),
        &format!("{PODS}?fieldSelector=rubbish"),
        "/api/v1/namespaces",
        "/api/v1/namespaces/checkout",
        "/api/v1/namespaces/none",
        "/api/v1/namespaces/none/pods",
        "/api/v1/nodes",
        "/api/v1/nodes/none",
        "/api/v1/things",
        "/apis/none.example/v1/things",
        "/apis/apps/v9/deployments",
        "/apis/apps/v1/namespaces/checkout/deployments/none",
        "/apis/apps/v1/replicasets?limit=1",
        "/apis/autoscaling/v2/horizontalpodautoscalers",
        "/api/v1/namespaces/checkout/configmaps/pay-config",
        "/api/v1/namespaces/checkout/services/pay-api",
        "/nothing",
    ]);
    let metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    asks.push(Ask::get(PODS).accept(metadata));
    asks.push(Ask::get(DEPLOYMENT).accept("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"));
    asks.push(Ask::get(PODS).accept("application/xml"));
    both_answer_alike(asks).await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_and_built_in_watch_alike() {
    let watch = |rest: &str| {
        format!("{PODS}?watch=true&timeoutSeconds=1&labelSelector=app.kubernetes.io%2Fname%3Dpay-api&{rest}")
    };
    let asks = gets(&[
        &watch("resourceVersion=0"),
        &watch(""),
        &watch("resourceVersion=1"),
        &watch("resourceVersion=x"),
        &watch("sendInitialEvents=true"),
        &watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"),
        &watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=a%3Db"),
        &watch("fieldSelector=spec.nothing%3D1"),
        &format!("{PODS}/POD?watch=true&timeoutSeconds=1&resourceVersion=0"),
        "/api/v1/things?watch=true",
    ]);
    both_answer_alike(asks).await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_and_built_in_refuse_alike() {
    let mut asks = Vec::new();
    for person in [Role::Oncall, Role::Developer, Role::Reader, Role::Nobody] {
        asks.extend(
            gets(&[
                PODS,
                "/api/v1/namespaces",
                "/api/v1/pods",
                "/api/v1/nodes",
                "/api/v1/namespaces/shop/pods",
                "/api/v1/namespaces/platform/pods",
                "/api/v1/namespaces/checkout/secrets",
                "/api/v1/namespaces/shop/secrets/none",
                &format!("{PODS}?watch=true&timeoutSeconds=1&resourceVersion=0"),
                &format!("{PODS}/POD/log?tailLines=1&container=none"),
                &format!("{PODS}/POD/exec?command=true"),
                "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/-/none",
                "/api/v1/namespaces/monitoring/services/other:80/proxy/",
                "/apis/apps/v1/namespaces/checkout/deployments/none",
                "/metrics",
                "/nothing",
            ])
            .into_iter()
            .chain([
                Ask::patch(&format!("{DEPLOYMENT}?dryRun=All"), MERGE, &json!({})),
                Ask::patch(&format!("{DEPLOYMENT}/scale?dryRun=All"), MERGE, &json!({"spec": {"replicas": 2}})),
                Ask { method: Method::DELETE, ..Ask::get(&format!("{PODS}/none?dryRun=All")) },
                Ask::post(
                    &format!("{PODS}/none/eviction?dryRun=All"),
                    &json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "none"}}),
                ),
            ])
            .chain(rights())
            .map(|ask| ask.by(person)),
        );
    }
    both_answer_alike(asks).await;
}

/// May I? In the words of a review.
fn rights() -> Vec<Ask> {
    let may = |verb: &str, group: &str, resource: &str, subresource: &str, namespace: &str| {
        let attributes = json!({"verb": verb, "group": group, "resource": resource, "subresource": subresource, "namespace": namespace});
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}});
        Ask::post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review)
    };
    let mut asks = Vec::new();
    for namespace in ["", "checkout", "shop", "platform"] {
        asks.extend([
            may("list", "", "pods", "", namespace),
            may("watch", "", "pods", "", namespace),
            may("get", "", "pods", "log", namespace),
            may("create", "", "pods", "exec", namespace),
            may("delete", "", "pods", "", namespace),
            may("get", "", "secrets", "", namespace),
            may("list", "", "configmaps", "", namespace),
            may("list", "", "nodes", "", namespace),
            may("patch", "apps", "deployments", "", namespace),
            may("patch", "apps", "deployments", "scale", namespace),
            may("list", "autoscaling", "horizontalpodautoscalers", "", namespace),
            may("patch", "", "none", "", namespace),
        ]);
    }
    asks
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_and_built_in_take_writes_alike() {
    let dry = format!("{DEPLOYMENT}?dryRun=All");
    let template =
        |image: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}});
    let asks = vec![
        Ask::patch(&dry, MERGE, &json!({"metadata": {"annotations": {"a": "b"}}})),
        Ask::patch(&dry, STRATEGIC, &template("x:1")),
        Ask::patch(&dry, MERGE, &json!({"metadata": {"resourceVersion": "1"}})),
        Ask::patch(&dry, MERGE, &json!({"metadata": {"resourceVersion": "x"}})),
        Ask::patch(&dry, MERGE, &json!({"metadata": {"uid": "00000000-0000-0000-0000-000000000000"}})),
        Ask::patch(&dry, MERGE, &json!({"metadata": {"name": "other"}})),
        Ask::patch(&dry, MERGE, &json!({"spec": {"replicas": -1}})),
        Ask::patch(&dry, MERGE, &json!({"spec": {"replicas": "many"}})),
        Ask::patch(
            &dry,
            MERGE,
            &json!({"spec": {"selector": {"matchLabels": null, "matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "Exists"}]}}}),
        ),
        Ask::patch(&dry, MERGE, &json!([])),
        Ask::patch(&dry, JSON_PATCH, &json!([{"op": "test", "path": "/spec/replicas", "value": 99}])),
        Ask::patch(&dry, JSON_PATCH, &json!([{"op": "replace", "path": "/spec/none/deep", "value": 1}])),
        Ask::patch(&dry, JSON_PATCH, &json!([{"op": "replace", "path": "/spec/paused", "value": true}])),
        Ask::patch(&dry, JSON_PATCH, &json!({})),
        Ask::patch(&dry, "text/plain", &json!({})),
        Ask { body: Some((MERGE, b"{".to_vec())), ..Ask::patch(&dry, MERGE, &json!({})) },
        Ask::patch(&format!("{DEPLOYMENT}?dryRun=Some"), MERGE, &json!({})),
        Ask::patch("/apis/apps/v1/namespaces/checkout/deployments/none?dryRun=All", MERGE, &json!({})),
        Ask::patch(&format!("{DEPLOYMENT}/scale?dryRun=All"), MERGE, &json!({"spec": {"replicas": 2}})),
        Ask::patch(&format!("{DEPLOYMENT}/scale?dryRun=All"), MERGE, &json!({"spec": {"replicas": -2}})),
        Ask::patch(
            &format!("{DEPLOYMENT}/scale?dryRun=All"),
            MERGE,
            &json!({"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 2}}),
        ),
        Ask::write(
            Method::PUT,
            &dry,
            "application/json",
            &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "other", "namespace": "checkout"}}),
        ),
        Ask::write(
            Method::PUT,
            &dry,
            "application/json",
            &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pay-api"}}),
        ),
        Ask { method: Method::DELETE, ..Ask::get(&format!("{PODS}/POD?dryRun=All")) },
        Ask { method: Method::DELETE, ..Ask::get(&format!("{PODS}/none?dryRun=All")) },
        Ask::write(
            Method::DELETE,
            &format!("{PODS}/POD?dryRun=All"),
            "application/json",
            &json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": "1"}}),
        ),
        Ask::post(
            &format!("{PODS}/POD/eviction?dryRun=All"),
            &json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "POD"}}),
        ),
        Ask::post(
            &format!("{PODS}/none/eviction?dryRun=All"),
            &json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "none"}}),
        ),
        Ask::post(&format!("{PODS}/POD"), &json!({})),
        Ask::post(
            "/api/v1/namespaces/checkout/configmaps?dryRun=All",
            &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pay-config"}}),
        ),
        Ask::post(
            "/api/v1/namespaces/checkout/configmaps?dryRun=All",
            &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "Not Good"}}),
        ),
        Ask::post(
            "/api/v1/namespaces/checkout/configmaps?dryRun=All",
            &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}}),
        ),
    ];
    both_answer_alike(asks).await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_and_built_in_answer_for_pods_alike() {
    let log = |rest: &str| format!("{PODS}/POD/log?{rest}");
    let asks = gets(&[
        &log("container=none"),
        &log("previous=true"),
        &log("tailLines=-1"),
        &log("tailLines=0"),
        &log("tailLines=x"),
        &log("sinceSeconds=0"),
        &log("sinceTime=yesterday"),
        &log("sinceTime=2026-01-01T00:00:00Z&sinceSeconds=5"),
        &log("limitBytes=0"),
        &format!("{PODS}/none/log"),
        &format!("{PODS}/POD/exec?command=true&stdout=true"),
        &format!("{PODS}/POD/exec?stdout=true"),
        &format!("{PODS}/none/exec?command=true&stdout=true"),
        "/api/v1/namespaces/checkout/services/none/proxy/",
    ]);
    both_answer_alike(asks).await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_and_built_in_declare_their_kinds_alike() {
    // The real one serves more; what ours serves must stand there in the same words.
    let (built_in, real) = (BuiltIn::start().await, Real::start().await);
    let mut differing = String::new();
    for path in ["/api/v1", "/apis/apps/v1", "/apis/autoscaling/v2", "/apis/policy/v1", "/apis/networking.k8s.io/v1"] {
        let (ours, theirs) = (built_in.ask(&Ask::get(path)).await.body, real.ask(&Ask::get(path)).await.body);
        let theirs = theirs["resources"].as_array().unwrap_or_else(|| panic!("theirs {path}: {theirs}"));
        for resource in ours["resources"].as_array().unwrap_or_else(|| panic!("ours {path}: {ours}")) {
            let same_name = theirs.iter().find(|other| other["name"] == resource["name"]);
            for part in ["singularName", "namespaced", "kind", "verbs", "shortNames"] {
                let (ours, theirs) = (&resource[part], same_name.map(|other| &other[part]));
                if Some(ours) != theirs {
                    differing += &format!("{path} {}: {part}: ours {ours}, theirs {theirs:?}\n", resource["name"]);
                }
            }
        }
    }
    assert!(differing.is_empty(), "\n{differing}");
}
