use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use super::test_server::{TestServer, answer, json as reply, refusal};
use crate::domain::access::{Access, Grant};
use crate::domain::policy::Limits;
use crate::domain::problem::Cause;

#[tokio::test]
async fn whoami_tells_user_groups_and_version_over_one_connection() {
    let server = TestServer::new(|request| async move {
        assert_eq!(request.headers()["authorization"], "Bearer t0ken");
        assert!(request.headers()["user-agent"].to_str().unwrap().starts_with("watchkeeper/"));
        assert_eq!(request.version(), http::Version::HTTP_2);
        match request.uri().path() {
            "/version" => reply(200, &json!({"gitVersion": "v1.36.3"})),
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => {
                reply(201, &json!({"status": {"userInfo": {"username": "ada", "groups": ["oncall"]}}}))
            }
            path => refusal(404, "NotFound", path),
        }
    });
    let connection = server.connect();
    let identity = connection.whoami().await.unwrap();
    assert_eq!(identity.server_version, "v1.36.3");
    assert_eq!(identity.user, "ada");
    assert_eq!(identity.groups, ["oncall"]);
    assert_eq!(server.connections(), 1);
    assert_eq!(connection.counters().tally().reviews, 1);
}

#[tokio::test]
async fn reviews_keep_three_answers_apart() {
    let server = TestServer::new(|request| async move {
        use http_body_util::BodyExt;
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let review: serde_json::Value = serde_json::from_slice(&body).unwrap();
        match review["spec"]["resourceAttributes"]["verb"].as_str().unwrap() {
            "get" => reply(201, &json!({"status": {"allowed": true}})),
            "patch" => reply(201, &json!({"status": {"allowed": false, "reason": "no rule"}})),
            "list" => reply(201, &json!({"status": {"allowed": false, "evaluationError": "webhook down"}})),
            _ => refusal(500, "InternalError", "oops"),
        }
    });
    let needs =
        ["get", "patch", "list", "watch"].map(|verb| Access::new(verb, "apps", "deployments/scale", "checkout"));
    let grants = server.connect().access_review(&needs).await;
    let grants: Vec<Grant> = grants.into_iter().map(|(_, grant)| grant).collect();
    assert_eq!(grants, [Grant::Allowed, Grant::Denied("no rule".into()), Grant::Unknown, Grant::Unknown]);
}

#[tokio::test]
async fn listed_rules_allow_and_never_deny() {
    let server = TestServer::new(|_| async move {
        reply(
            201,
            &json!({"status": {"incomplete": true, "resourceRules": [
                {"verbs": ["get", "list"], "apiGroups": ["apps"], "resources": ["deployments", "*/scale"]},
                {"verbs": ["*"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["pay-config"]},
            ]}}),
        )
    });
    let rules = server.connect().rules_review("checkout").await.unwrap();
    assert!(rules.incomplete);
    let grant = |verb: &str, group: &str, resource: &str| rules.grant(&Access::new(verb, group, resource, "checkout"));
    assert_eq!(grant("get", "apps", "deployments"), Grant::Allowed);
    assert_eq!(grant("get", "apps", "statefulsets/scale"), Grant::Allowed);
    assert_eq!(grant("patch", "apps", "deployments"), Grant::Unknown);
    assert_eq!(grant("list", "", "configmaps"), Grant::Unknown);
    let named = Access::new("delete", "", "configmaps", "checkout").named("pay-config");
    assert_eq!(rules.grant(&named), Grant::Allowed);
}

#[tokio::test]
async fn refusals_name_the_right_and_the_cause() {
    let server = TestServer::new(|request| async move {
        match request.uri().path() {
            "/api/v1/namespaces/checkout/pods" => refusal(403, "Forbidden", "pods is forbidden"),
            "/api/v1/namespaces/checkout/pods/gone" => refusal(404, "NotFound", "pods \"gone\" not found"),
            "/broken" => answer(200, "<html>"),
            _ => refusal(503, "ServiceUnavailable", "etcd is away"),
        }
    });
    let connection = server.connect();
    let cause = async |path: &str| connection.get_json(path).await.unwrap_err();
    let denied = cause("/api/v1/namespaces/checkout/pods").await;
    assert_eq!(denied.cause, Cause::Denied(Access::new("list", "", "pods", "checkout")));
    assert_eq!(denied.what, "needs list pods in checkout");
    assert_eq!(cause("/api/v1/namespaces/checkout/pods/gone").await.cause, Cause::NotFound);
    assert_eq!(cause("/broken").await.cause, Cause::Malformed);
    assert_eq!(cause("/api/v1/nodes").await.why, "etcd is away");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_read_waits_visibly_and_not_for_ever() {
    let server = TestServer::new(|request| {
        let asked = ASKED.fetch_add(1, Ordering::SeqCst);
        async move {
            if request.uri().path() == "/for-ever" || asked == 0 {
                let mut answer = refusal(429, "TooManyRequests", "slow down");
                answer.headers_mut().insert("retry-after", "2".parse().unwrap());
                return answer;
            }
            reply(200, &json!({}))
        }
    });
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let connection = server.connect();
    let mut throttle = connection.throttle();
    let began = tokio::time::Instant::now();
    let waiting = connection.clone();
    let (answer, seen) = tokio::join!(waiting.get_json("/once"), async {
        throttle.wait_for(|throttle| throttle.wait() == Some(Duration::from_secs(2))).await.unwrap().wait()
    });
    answer.unwrap();
    assert_eq!(seen, Some(Duration::from_secs(2)));
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(throttle.borrow_and_update().wait(), None);
    assert_eq!(connection.get_json("/for-ever").await.unwrap_err().cause, Cause::Throttled);
    assert_eq!(connection.counters().tally().throttled, 4);
}

#[tokio::test]
async fn a_lost_connection_is_opened_again() {
    let server = TestServer::new(|_| async move { reply(200, &json!({})) });
    let connection = server.connect();
    connection.get_json("/version").await.unwrap();
    server.cut();
    // Whether the loss was noticed before the request or by it, the next request must get through.
    let first = connection.get_json("/version").await;
    if let Err(problem) = first {
        assert_eq!(problem.cause, Cause::NoConnection);
        connection.get_json("/version").await.unwrap();
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_within_seconds() {
    let server = TestServer::new(|_| std::future::pending());
    let began = tokio::time::Instant::now();
    let problem = server.connect().get_json("/version").await.unwrap_err();
    assert_eq!(problem.cause, Cause::NoConnection);
    assert!(problem.why.contains("no answer"), "{problem}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let server = TestServer::new(|_| async move { answer(200, vec![b'a'; 1 << 20]) });
    let problem = server.connect().get_bytes_limited("/version", 1 << 16).await.unwrap_err();
    assert_eq!(problem.cause, Cause::Malformed);
}

#[tokio::test]
async fn what_the_guard_refuses_is_never_sent() {
    let server = TestServer::new(|_| async move { panic!("it was sent") });
    let connection = server.connect_with(Limits { read_only: true });
    let path = "/api/v1/nodes/n1/proxy/run/a/b/c";
    let problem = connection.get_json(path).await.unwrap_err();
    assert_eq!(problem.cause, Cause::Refused);
    assert_eq!(connection.counters().tally().refused, 1);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn ended_credentials_are_named_when_the_server_refuses_them() {
    use base64::Engine;
    let server = TestServer::new(|_| async move { refusal(401, "Unauthorized", "Unauthorized") });
    let problem = server.connect().get_json("/version").await.unwrap_err();
    assert_eq!(
        (problem.cause.clone(), problem.why.as_str()),
        (Cause::Unauthenticated, "the server does not accept the credentials")
    );
    // 2026-11-21T11:00:00Z, an hour before the test's clock.
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(br#"{"exp":1795258800}"#);
    let problem = server.connect_as(&format!("a.{payload}.c")).get_json("/version").await.unwrap_err();
    assert_eq!(problem.cause, Cause::Unauthenticated);
    assert_eq!(problem.what, "the token has ended");
    assert_eq!(problem.why, "it was valid until 2026-11-21T11:00:00Z");
}
