//! Read-only is held below the screens: permits that a screen of a writing console would give out reach nothing over a
//! read-only connection, though the server would let this person do anything.

use tokio::sync::mpsc;

use watchkeeper::domain::identity::Generation;
use watchkeeper::domain::object::{Kind, Scope};
use watchkeeper::domain::policy::Limits;
use watchkeeper::domain::problem::Cause;
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::kube::{
    Connection, Context, Impersonation, Places, ShellInput, ShellOutput, dry_run, exec, perform, read,
};
use watchkeeper::sources::task_scope::TaskScope;

use super::audit::Audit;
use super::cluster::{ask, begin, kubeconfig};
use crate::client::{scaling, shell};

const READ_ONLY: Limits = Limits { read_only: true };

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_read_only_connection_sends_no_write_and_opens_no_shell() {
    let places = Places { flag: Some(kubeconfig("admin")), ..Places::default() };
    let clock = Clock::new(jiff::Timestamp::now);
    let target = read(&places).and_then(|config| config.target(None, Impersonation::default(), &clock));
    let scope = TaskScope::new();
    let context = Context { generation: Generation(3), limits: READ_ONLY, clock, scope: scope.clone() };
    let connection = Connection::new(target.expect("a target"), context).expect("a connection");
    let pods = connection.list_names(Kind::Pod, &Scope::Namespace("checkout".into())).await.expect("reads pass");
    let pod = pods.iter().find(|name| name.starts_with("pay-api")).expect("a pod of the shop");
    let mut audit = Audit::begin();

    let refusals = [
        dry_run(&connection, &scaling(4, 5)).await.expect_err("a dry run counts as a write"),
        perform(&connection, scaling(4, 5), &tokio_util::sync::CancellationToken::new()).await.expect_err("a write"),
    ];
    for problem in refusals {
        assert_eq!(problem.cause, Cause::Refused, "{problem}");
    }
    let ((_typed, input), (output, mut shown)) = (mpsc::channel::<ShellInput>(1), mpsc::channel(8));
    exec(connection.clone(), shell(pod, "pay-api"), input, output).await;
    match shown.recv().await {
        Some(ShellOutput::Failed(problem)) => assert_eq!(problem.cause, Cause::Refused, "{problem}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(connection.counters().tally().refused, 3);
    assert_eq!(audit.acts("admin"), Vec::<String>::new());
    scope.ended().await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_admin_who_started_read_only_changes_nothing_by_command_or_key() {
    let mut audit = Audit::begin();
    let answer = ask("admin", &["--read-only", "-n", "checkout", "plan", "restart", "pay-api", "--apply", "--yes"]);
    assert_eq!(answer.code, 7, "{}{}", answer.out, answer.complaints);
    assert!((answer.out + &answer.complaints).contains("--read-only"), "{}", answer.complaints);
    let (mut robot, _folder) = begin("admin", READ_ONLY);
    robot.press("0 :").types("pods").press("enter").sees("Running").await;
    robot.press("s").sees("READ-ONLY: the console was started with --read-only").await;
    robot.end().await;
    assert_eq!(audit.acts("admin"), Vec::<String>::new());
}
