//! The production client against the built-in cluster: watches, logs, a shell, writes, and rights.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::{mpsc, watch as channel};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use watchkeeper::action::Action;
use watchkeeper::action::guard::{Asker, Authorized};
use watchkeeper::demo::{Cluster, Options, Role};
use watchkeeper::domain::access::{Access, Grants};
use watchkeeper::domain::freshness::Freshness;
use watchkeeper::domain::identity::Generation;
use watchkeeper::domain::log::LogSource;
use watchkeeper::domain::mutation::{BodyType, Call, ExecTarget, Method, Mutation};
use watchkeeper::domain::object::{Kind, ObjectKey, Scope};
use watchkeeper::domain::plan::{Confirmation, Expectation, Plan};
use watchkeeper::domain::policy::Limits;
use watchkeeper::domain::problem::Cause;
use watchkeeper::domain::raw::RawObject;
use watchkeeper::domain::text::CleanText;
use watchkeeper::kinds;
use watchkeeper::kinds::delivery::ObjectsEvent;
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::kube::{
    BoxedStream, Connection, Context, LogRequest, LogsEvent, ShellInput, ShellOutput, Target, WatchRequest, dry_run,
    exec, logs, perform, watch,
};
use watchkeeper::sources::task_scope::TaskScope;

pub struct Session {
    pub connection: Connection,
    pub scope: TaskScope,
}

pub fn begin(role: Role, at: Duration) -> (Arc<Cluster>, Session) {
    let epoch: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
    let cluster = Cluster::start(Options { at, speed: 1.0, seed: 7, pods: None, role, epoch });
    let session = connect(&cluster, role);
    (cluster, session)
}

fn connect(cluster: &Arc<Cluster>, role: Role) -> Session {
    let (dialled, clock) = (Arc::clone(cluster), cluster.clock());
    let dial = Arc::new(move || {
        let cluster = Arc::clone(&dialled);
        let stream = async move { cluster.dial().await.map(|stream| Box::new(stream) as BoxedStream) };
        Box::pin(stream) as _
    });
    let target = Target::in_memory("demo", role.name(), "checkout", Some(&role.token()), dial);
    let scope = TaskScope::new();
    let clock = Clock::new(move || clock.now());
    let context = Context { generation: Generation(3), limits: Limits::default(), clock, scope: scope.clone() };
    Session { connection: Connection::new(target, context).unwrap(), scope }
}

impl Session {
    async fn pods(&self) -> Vec<CleanText> {
        let scope = Scope::Namespace("checkout".into());
        let pods = self.connection.list_names(Kind::Pod, &scope).await.unwrap();
        pods.into_iter().filter(|name| name.starts_with("pay-api")).collect()
    }
}

fn asked<T>(make: impl FnOnce(&Asker<'_>) -> T) -> T {
    let (user, grants) = (CleanText::new("ann"), Grants::default());
    make(&Asker { generation: Generation(3), user: &user, limits: Limits::default(), grants: &grants })
}

/// A permit to open a shell in a pod of checkout.
pub fn shell(pod: &str, container: &str) -> Authorized<ExecTarget> {
    let target = ExecTarget {
        namespace: "checkout".into(),
        pod: CleanText::new(pod),
        container: CleanText::new(container),
        command: vec!["sh".into()],
        columns: 80,
        rows: 24,
    };
    let key = ObjectKey::new(Kind::Pod, "checkout", pod);
    asked(|asker| asker.authorize_exec(Action::Shell.spec(), &key, target).unwrap())
}

/// A permit to scale pay-api from one count to another.
pub fn scaling(from: u32, to: u32) -> Authorized<Mutation> {
    let target = ObjectKey::new(Kind::Deployment, "checkout", "pay-api");
    let body = json!([
        {"op": "test", "path": "/spec/replicas", "value": from},
        {"op": "replace", "path": "/spec/replicas", "value": to},
    ]);
    let call = Call {
        method: Method::Patch,
        path: kinds::info::object_path(&target) + "/scale",
        body_type: BodyType::JsonPatch,
        body: RawObject::new(body),
        purpose: "scale".into(),
        access: Access::new("patch", "apps", "deployments/scale", "checkout").named("pay-api"),
        repeat: "safe".into(),
    };
    let plan = Plan {
        action: "scale",
        heading: CleanText::default(),
        target: target.clone(),
        mutation: Mutation { target, calls: vec![call] },
        differences: Vec::new(),
        warnings: Vec::new(),
        confirmation: Confirmation::Enter,
        ends_pods: false,
        way_out: None,
        kubectl: CleanText::default(),
        wk: CleanText::default(),
        expectation: Expectation { version: None, previous_version: None, replicas: Some(to), new_pods: false },
    };
    asked(|asker| asker.authorize_plan(&plan).unwrap())
}

#[tokio::test(start_paused = true)]
async fn every_kind_goes_live_over_one_connection() {
    let (_cluster, session) = begin(Role::Admin, Duration::ZERO);
    let mut streams = Vec::new();
    for info in kinds::info::all() {
        let (sender, events) = mpsc::channel(16);
        session.scope.spawn(watch(session.connection.clone(), WatchRequest::new(info.kind, Scope::Cluster), sender));
        streams.push((info.name, events));
    }
    for (name, events) in &mut streams {
        loop {
            match timeout(Duration::from_secs(5), events.recv()).await.unwrap_or_else(|_| panic!("{name} is silent")) {
                Some(ObjectsEvent::Freshness(Freshness::Live)) => break,
                Some(ObjectsEvent::Applied(_) | ObjectsEvent::Freshness(Freshness::Partial { .. })) => {}
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    assert_eq!(session.connection.counters().tally().connections, 1);
    session.scope.ended().await;
}

#[tokio::test(start_paused = true)]
async fn the_logs_of_a_service_come_merged_and_go_on() {
    let (_cluster, session) = begin(Role::Oncall, Duration::from_secs(60));
    let pods = session.pods().await;
    assert!(pods.len() > 1, "{pods:?}");
    let source = |pod: &CleanText| LogSource {
        namespace: "checkout".into(),
        pod: pod.clone(),
        container: "app".into(),
        previous: false,
    };
    let container = container_of(&session, &pods[0]).await;
    let sources = pods.iter().map(|pod| LogSource { container: container.clone(), ..source(pod) }).collect();
    let (_targets, targets) = channel::channel(sources);
    let (sender, mut events) = mpsc::channel(4);
    let request = LogRequest { since: None, tail: 50, follow: true };
    session.scope.spawn(logs(session.connection.clone(), request, targets, sender));
    let (mut times, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        match timeout(Duration::from_secs(30), events.recv()).await {
            Ok(Some(LogsEvent::Chunk(chunk))) => {
                times.extend(chunk.lines.iter().filter_map(|line| line.at));
                seen.extend(chunk.lines.iter().filter_map(|line| chunk.source(line)).map(|from| from.pod.clone()));
            }
            Ok(Some(LogsEvent::Freshness(freshness))) => assert_eq!(freshness, Freshness::Live),
            Ok(None) => panic!("it ended"),
            Err(_) => break,
        }
    }
    assert_eq!(seen.len(), pods.len());
    assert!(times.is_sorted());
    // Past and present.
    assert!(times.len() > 50 && *times.last().unwrap() > times[0], "{} lines", times.len());
    session.scope.ended().await;
}

async fn container_of(session: &Session, pod: &str) -> CleanText {
    let pod = session.connection.fetch(&ObjectKey::new(Kind::Pod, "checkout", pod)).await.unwrap();
    CleanText::new(pod.text("/spec/containers/0/name").unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_shell_answers_and_tells_its_exit_code() {
    let (_cluster, session) = begin(Role::Oncall, Duration::ZERO);
    let pod = session.pods().await.remove(0);
    let permit = shell(&pod, &container_of(&session, &pod).await);
    let (typed, input) = mpsc::channel(8);
    let (output, mut shown) = mpsc::channel(8);
    session.scope.spawn(exec(session.connection.clone(), permit, input, output));
    typed.send(ShellInput::Bytes("hostname\r".into())).await.unwrap();
    let mut text = String::new();
    let code = loop {
        match timeout(Duration::from_secs(10), shown.recv()).await.unwrap_or_else(|_| panic!("silent after {text}")) {
            Some(ShellOutput::Bytes(bytes)) => {
                text.push_str(&String::from_utf8_lossy(&bytes));
                if text.contains(pod.as_str()) && !text.contains("exit") {
                    typed.send(ShellInput::Bytes("exit 3\r".into())).await.unwrap();
                }
            }
            Some(ShellOutput::Ended { code, .. }) => break code,
            other => panic!("{other:?} after {text}"),
        }
    };
    assert_eq!(code, Some(3), "{text}");
    session.scope.ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_write_does_what_its_dry_run_said_and_a_stale_one_is_a_conflict() {
    let (cluster, session) = begin(Role::Oncall, Duration::ZERO);
    let key = ObjectKey::new(Kind::Deployment, "checkout", "pay-api");
    let replicas = async || {
        let live = session.connection.fetch(&key).await.unwrap();
        live.value().pointer("/spec/replicas").and_then(serde_json::Value::as_u64).unwrap() as u32
    };
    let before = replicas().await;
    let permit = scaling(before, before + 1);
    let would = dry_run(&session.connection, &permit).await.unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(would[0].value()["spec"]["replicas"], before + 1);
    assert_eq!(replicas().await, before);
    perform(&session.connection, permit, &CancellationToken::new()).await.unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(replicas().await, before + 1);
    let problem =
        perform(&session.connection, scaling(before, before + 5), &CancellationToken::new()).await.unwrap_err();
    assert_eq!(problem.cause, Cause::Conflict, "{problem}");
    assert_eq!(replicas().await, before + 1);
    let developer = connect(&cluster, Role::Developer);
    let problem = perform(&developer.connection, scaling(before + 1, 0), &CancellationToken::new()).await.unwrap_err();
    assert_eq!(problem.what, "needs patch deployments/scale.apps pay-api in checkout");
    assert_eq!(replicas().await, before + 1);
    session.scope.ended().await;
    developer.scope.ended().await;
}

#[tokio::test(start_paused = true)]
async fn who_may_not_watch_is_served_by_lists() {
    let (_cluster, session) = begin(Role::Reader, Duration::ZERO);
    let (sender, mut events) = mpsc::channel(16);
    let request = WatchRequest::new(Kind::Pod, Scope::Namespace("checkout".into()));
    session.scope.spawn(watch(session.connection.clone(), request, sender));
    let mut polled = 0;
    while polled < 2 {
        match timeout(Duration::from_secs(60), events.recv()).await.expect("it goes on").expect("it goes on") {
            ObjectsEvent::Freshness(Freshness::Polled { .. }) => polled += 1,
            ObjectsEvent::Applied(_) | ObjectsEvent::Replaced(_) => {}
            ObjectsEvent::Freshness(Freshness::Partial { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(session.connection.counters().tally().watches, 1);
    session.scope.ended().await;
}
