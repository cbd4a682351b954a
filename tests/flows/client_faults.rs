//! Bad luck between the client and the server: whatever befalls, the rows end up right, and meanwhile it is said.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use watchkeeper::demo::{Cluster, Effect, Role};
use watchkeeper::domain::freshness::Freshness;
use watchkeeper::domain::object::{Kind, Scope};
use watchkeeper::domain::text::CleanText;
use watchkeeper::kinds::delivery::ObjectsEvent;
use watchkeeper::sources::kube::{WatchRequest, watch};

use crate::client::{Session, begin};
use crate::robot::Robot;

const PODS: &str = "/api/v1/namespaces/checkout/pods";

/// The rows as a screen would have them.
struct Watching {
    events: mpsc::Receiver<ObjectsEvent>,
    names: BTreeSet<CleanText>,
    freshness: Freshness,
}

impl Watching {
    fn begin(session: &Session) -> Self {
        let (sender, events) = mpsc::channel(16);
        let request = WatchRequest::new(Kind::Pod, Scope::Namespace("checkout".into()));
        session.scope.spawn(watch(session.connection.clone(), request, sender));
        Self { events, names: BTreeSet::new(), freshness: Freshness::Loading }
    }

    fn take(&mut self, event: ObjectsEvent) {
        match event {
            ObjectsEvent::Replaced(rows) => {
                self.names = rows.iter().map(|row| row.key().name.clone()).collect();
            }
            ObjectsEvent::Applied(rows) => self.names.extend(rows.iter().map(|row| row.key().name.clone())),
            ObjectsEvent::Deleted(keys) => keys.iter().for_each(|key| {
                self.names.remove(&key.name);
            }),
            ObjectsEvent::Freshness(freshness) => self.freshness = freshness,
        }
    }

    async fn until(&mut self, what: &str, held: impl Fn(&Freshness) -> bool) {
        let begun = Instant::now();
        while !held(&self.freshness) {
            let event = timeout(Duration::from_secs(120), self.events.recv()).await;
            let event = event.unwrap_or_else(|_| panic!("never {what}: {:?}", self.freshness));
            self.take(event.unwrap_or_else(|| panic!("ended: {:?}", self.freshness)));
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "{what} only after {:?}", begun.elapsed());
    }

    async fn goes_live(&mut self) {
        self.until("live", |freshness| *freshness == Freshness::Live).await;
    }

    async fn goes_stale(&mut self) {
        self.until("stale", |freshness| matches!(freshness, Freshness::Stale { .. })).await;
    }

    /// What is shown becomes what is there.
    async fn ends_up_right(&mut self, session: &Session) {
        let begun = Instant::now();
        loop {
            let scope = Scope::Namespace("checkout".into());
            let there: BTreeSet<CleanText> =
                session.connection.list_names(Kind::Pod, &scope).await.expect("names").into_iter().collect();
            if there == self.names && self.freshness == Freshness::Live {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{there:?} is there, {:?} shown", self.names);
            if let Ok(Some(event)) = timeout(Duration::from_secs(1), self.events.recv()).await {
                self.take(event);
            }
        }
    }
}

/// In the middle of the incident, so that pods come and go meanwhile.
async fn incident() -> (Arc<Cluster>, Session) {
    begin(Role::Oncall, Duration::from_secs(60))
}

#[tokio::test(start_paused = true)]
async fn lists_that_fail_break_off_or_lie_are_read_again() {
    for effect in [
        Effect::Refuse { code: 500, retry_after: None },
        Effect::Refuse { code: 429, retry_after: Some(2) },
        Effect::Refuse { code: 503, retry_after: None },
        Effect::Cut { after: 700 },
        Effect::Truncate { after: 700 },
        Effect::Hang,
    ] {
        let (cluster, session) = incident().await;
        cluster.faults().on(PODS, 1, effect);
        let mut watching = Watching::begin(&session);
        watching.goes_live().await;
        watching.ends_up_right(&session).await;
        session.scope.ended().await;
    }
}

#[tokio::test(start_paused = true)]
async fn watches_that_expire_or_break_are_taken_up_again() {
    for effect in [
        Effect::Refuse { code: 410, retry_after: None },
        Effect::Refuse { code: 401, retry_after: None },
        Effect::Refuse { code: 500, retry_after: None },
        Effect::Cut { after: 300 },
        Effect::Truncate { after: 300 },
    ] {
        let (cluster, session) = incident().await;
        cluster.faults().on(&format!("{PODS}?watch"), 2, effect);
        let mut watching = Watching::begin(&session);
        watching.goes_live().await;
        tokio::time::sleep(Duration::from_secs(200)).await;
        watching.ends_up_right(&session).await;
        session.scope.ended().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_goes_away_or_falls_silent_leaves_the_rows_and_is_met_again() {
    for silent in [false, true] {
        let (cluster, session) = incident().await;
        let mut watching = Watching::begin(&session);
        watching.goes_live().await;
        let before = watching.names.clone();
        if silent {
            cluster.faults().fall_silent()
        } else {
            cluster.faults().go_away()
        }
        let begun = Instant::now();
        watching.goes_stale().await;
        assert!(begun.elapsed() < Duration::from_secs(if silent { 60 } else { 5 }), "{silent} {:?}", begun.elapsed());
        assert_eq!(watching.names, before);
        // Everybody else learns of it from the connection.
        let mut link = session.connection.link();
        timeout(Duration::from_secs(10), link.wait_for(Option::is_some)).await.expect("it is said").expect("it lives");
        cluster.faults().come_back();
        watching.goes_live().await;
        watching.ends_up_right(&session).await;
        assert!(session.connection.link().borrow().is_none());
        session.scope.ended().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_console_says_calmly_that_the_server_is_away_and_keeps_what_it_knew() {
    let (cluster, session) = incident().await;
    session.scope.ended().await;
    let mut robot = Robot::over(Arc::clone(&cluster), Role::Oncall);
    robot.sees("of requests fail since").await.sees("live").await;
    cluster.faults().go_away();
    robot.sees("no answer for").await.passes(Duration::from_secs(90)).await;
    // Rows and measures stay, and with them the order.
    assert!(robot.screen().contains("of requests fail since"), "{}", robot.screen());
    cluster.faults().come_back();
    robot.sees("live").await.loses("no answer for").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_at_the_start_is_met_when_it_comes() {
    let (cluster, session) = incident().await;
    session.scope.ended().await;
    cluster.faults().go_away();
    let mut robot = Robot::over(Arc::clone(&cluster), Role::Oncall);
    robot.sees("no answer for").await;
    cluster.faults().come_back();
    robot.sees("pay-api").await.sees("live").await;
    // Who we are, and what fires, could not be asked before.
    robot.press("A").sees("PayErrorRatio").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn live_is_not_said_for_long_of_a_server_that_has_fallen_silent() {
    for quiet in [0, 1, 2, 4] {
        let (cluster, session) = incident().await;
        session.scope.ended().await;
        let mut robot = Robot::over(Arc::clone(&cluster), Role::Oncall);
        robot.sees(" live ").await.rests().await.passes(Duration::from_secs(quiet)).await;
        cluster.faults().fall_silent();
        let began = Instant::now();
        let header = |screen: &str| screen.lines().next().unwrap_or_default().to_owned();
        robot.until("the end of live", |screen| !header(screen).contains(" live ")).await;
        let (took, header) = (began.elapsed(), header(&robot.screen()));
        assert!(took <= Duration::from_secs(8), "after {took:?}: {header}");
        // And how old it is goes on counting.
        assert!(header.contains(" s old"), "{header}");
        robot.sees(" 40 s").await.sees("no answer for 50 s").await.sees("no answer for 2 min").await;
        cluster.faults().come_back();
        robot.sees(" live ").await;
        robot.end().await;
    }
}
