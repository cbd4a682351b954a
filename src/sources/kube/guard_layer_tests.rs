use super::*;
use crate::sources::kube::test_permits::{self, DEPLOYMENT};

const EXEC: &str = "/api/v1/namespaces/checkout/pods/pay-api-1/exec";

fn rules(read_only: bool) -> GuardLayer {
    GuardLayer { generation: Generation(1), limits: Limits { read_only }, counters: Arc::default() }
}

fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

fn planned(request: Request<Body>, proof: PlannedCall) -> Request<Body> {
    let mut request = request;
    request.extensions_mut().insert(proof);
    request
}

fn permits(generation: u32) -> (Authorized<Mutation>, Authorized<ExecTarget>) {
    (test_permits::mutation(generation, vec![test_permits::patch(DEPLOYMENT)]), test_permits::exec(generation, &["sh"]))
}

fn call(permit: &Authorized<Mutation>) -> PlannedCall {
    PlannedCall::of_call(permit, &permit.value().calls[0]).unwrap()
}

#[test]
fn reads_and_reviews_pass_even_read_only() {
    for (method, path, passed) in [
        ("GET", "/api/v1/pods?limit=100", Passed::Read),
        ("GET", "/api/v1/pods?watch=1", Passed::Watch),
        ("GET", "/api/v1/namespaces/checkout/pods/a/log?follow=true", Passed::Read),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", Passed::Review),
        ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", Passed::Review),
    ] {
        assert_eq!(rules(true).judge(&request(method, path)), Ok(passed), "{path}");
    }
}

#[test]
fn every_other_method_needs_a_plan() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"] {
        assert!(rules(false).judge(&request(method, DEPLOYMENT)).is_err(), "{method}");
    }
    assert!(rules(false).judge(&request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews")).is_err());
}

#[test]
fn a_planned_call_passes_where_it_is_planned_and_nowhere_else() {
    let (permit, _) = permits(1);
    let judge = |method: &str, path: &str| rules(false).judge(&planned(request(method, path), call(&permit)));
    assert_eq!(judge("PATCH", DEPLOYMENT), Ok(Passed::Write));
    assert_eq!(judge("PATCH", &format!("{DEPLOYMENT}?dryRun=All")), Ok(Passed::DryRun));
    assert!(judge("DELETE", DEPLOYMENT).is_err());
    assert!(judge("PATCH", &format!("{DEPLOYMENT}/scale")).is_err());
    assert!(rules(true).judge(&planned(request("PATCH", DEPLOYMENT), call(&permit))).is_err());
    let dry = format!("{DEPLOYMENT}?dryRun=All");
    assert!(rules(true).judge(&planned(request("PATCH", &dry), call(&permit))).is_err());
}

#[test]
fn a_permit_of_another_connection_is_refused() {
    let (permit, exec) = permits(2);
    assert!(rules(false).judge(&planned(request("PATCH", DEPLOYMENT), call(&permit))).is_err());
    assert!(rules(false).judge(&planned(upgrade(EXEC), PlannedCall::of_exec(&exec))).is_err());
}

fn upgrade(path: &str) -> Request<Body> {
    Request::builder().uri(path).header("upgrade", "websocket").body(Body::empty()).unwrap()
}

#[test]
fn streams_into_containers_need_a_plan_though_they_are_reads() {
    let (_, exec) = permits(1);
    assert!(rules(false).judge(&upgrade("/api/v1/pods?watch=1")).is_err());
    assert!(rules(false).judge(&request("GET", EXEC)).is_err());
    assert!(rules(false).judge(&upgrade(EXEC)).is_err());
    assert_eq!(rules(false).judge(&planned(upgrade(EXEC), PlannedCall::of_exec(&exec))), Ok(Passed::Upgrade));
    assert!(rules(true).judge(&planned(upgrade(EXEC), PlannedCall::of_exec(&exec))).is_err());
    let other = EXEC.replace("pay-api-1", "pay-api-2");
    assert!(rules(false).judge(&planned(upgrade(&other), PlannedCall::of_exec(&exec))).is_err());
}

#[test]
fn only_known_apis_are_read_through_a_proxy() {
    let service = "/api/v1/namespaces/monitoring/services/prometheus:web/proxy";
    for inner in [
        "api/v1/query?query=up",
        "prometheus/api/v1/query_range",
        "api/v2/alerts",
        "-/healthy",
        "api/v1/label/job/values",
    ] {
        assert!(rules(false).judge(&request("GET", &format!("{service}/{inner}"))).is_ok(), "{inner}");
    }
    for inner in [
        "",
        "api/v1/admin/tsdb/snapshot",
        "-/quit",
        "secrets",
        "a/b/api/v1/query",
        "api%2fv1/query",
        "../x/api/v1/query",
    ] {
        assert!(rules(false).judge(&request("GET", &format!("{service}/{inner}"))).is_err(), "{inner}");
    }
    for path in [
        "/api/v1/nodes/n1/proxy/api/v1/query",
        "/api/v1/nodes/n1/proxy/run/ns/pod/c",
        "/api/v1/proxy/namespaces/a/services/b",
        "/api/v1/namespaces/monitoring/services/prometheus:web/proxy",
        "/api/v1/namespaces/checkout/pods/a/proxy/debug",
    ] {
        assert!(rules(false).judge(&request("GET", path)).is_err(), "{path}");
    }
    assert!(rules(false).judge(&request("GET", "/api/v1/namespaces/a/pods/b/proxy/api/v1/query")).is_ok());
}

#[test]
fn a_path_that_could_be_read_in_two_ways_is_refused() {
    for path in ["/api/v1//pods", "/api/v1/namespaces/a/../b/pods", "/api/./v1/pods"] {
        assert!(rules(false).judge(&request("GET", path)).is_err(), "{path}");
    }
}

proptest::proptest! {
    /// No permit: whatever is sent, only reads and the three reviews pass.
    #[test]
    fn nothing_is_written_without_a_permit(
        method in proptest::sample::select(vec!["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]),
        path in "/(api/v1|apis/[a-z0-9.]{1,20}/v1)(/[a-z%.]{1,9}){0,7}(\\?[a-zA-Z=&]{0,12})?",
    ) {
        let judged = rules(false).judge(&request(method, &path));
        if let Ok(passed) = judged {
            let review = REVIEWS.contains(&path.split('?').next().unwrap_or_default());
            proptest::prop_assert!(matches!(method, "GET" | "HEAD") || review);
            proptest::prop_assert!(matches!(passed, Passed::Read | Passed::Watch | Passed::Review));
        }
    }
}
