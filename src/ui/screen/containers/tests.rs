use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::action::Action;
use crate::app::effect::Selection;
use crate::app::outbox::{Move, Outbox};
use crate::app::screen::View;
use crate::app::subscription::ObjectsTopic;
use crate::config::keymap_file;
use crate::domain::freshness::Freshness;
use crate::domain::object::{ObjectKey, Scope};
use crate::domain::policy::Limits;
use crate::domain::raw::RawObject;
use crate::kinds::decode::row_of;
use crate::kinds::delivery::ObjectsEvent;
use crate::kinds::interner::Interner;
use crate::ui::widget::snapshot;

/// A pod with a container of each sort: it serves, but its proxy is killed again and again.
fn pod() -> RawObject {
    RawObject::new(json!({
        "metadata": {"name": "recommend-5d9f-x2k", "namespace": "shop"},
        "spec": {"nodeName": "node-3",
            "containers": [
                {"name": "app", "image": "shop/recommend:0.22.0",
                 "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                 "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                 "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5}},
                {"name": "proxy", "image": "shop/proxy:3"}],
            "initContainers": [
                {"name": "migrate", "image": "shop/migrate:0.22.0"},
                {"name": "shipper", "image": "shop/shipper:1", "restartPolicy": "Always"}],
            "ephemeralContainers": [{"name": "debug-1", "image": "busybox"}]},
        "status": {"phase": "Running",
            "containerStatuses": [
                {"name": "app", "ready": true, "restartCount": 0,
                 "state": {"running": {"startedAt": "2026-11-21T02:00:00Z"}}},
                {"name": "proxy", "ready": false, "restartCount": 7,
                 "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
                 "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled",
                    "finishedAt": "2026-11-21T02:58:00Z"}}}],
            "initContainerStatuses": [
                {"name": "migrate", "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed",
                    "finishedAt": "2026-11-21T01:59:50Z"}}},
                {"name": "shipper", "ready": true, "started": true, "restartCount": 0,
                 "state": {"running": {"startedAt": "2026-11-21T01:59:55Z"}}}],
            "ephemeralContainerStatuses": [
                {"name": "debug-1", "state": {"running": {"startedAt": "2026-11-21T03:00:00Z"}}}]},
    }))
}

fn opened() -> (ContainersScreen, Model) {
    let names = crate::action::names();
    let (keymap, _) = keymap_file::build("default", None, &names);
    let now: Timestamp = "2026-11-21T03:02:00Z".parse().expect("a time");
    let mut model = Model::new(now, keymap, Limits::default());
    let topic = ObjectsTopic { kind: Kind::Pod, scope: Scope::Cluster, selection: Selection::Everything };
    let row = row_of(Kind::Pod, &pod(), &mut Interner::default()).expect("a pod");
    let store = model.objects.entry(topic).or_default();
    store.apply(ObjectsEvent::Replaced(vec![row]));
    store.apply(ObjectsEvent::Freshness(Freshness::Live));
    let key = ObjectKey::new(Kind::Pod, "shop", "recommend-5d9f-x2k");
    let mut screen = ContainersScreen::open(key, &mut Outbox::new(0));
    screen.read = Some(Ok(pod()));
    (screen, model)
}

fn drawn(screen: &mut ContainersScreen, model: &Model, columns: u16, rows: u16) -> String {
    let look = Look { styles: snapshot::styles(), unicode: true };
    screen.settle(model, Size { columns, rows });
    let frame = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(frame);
    buffer.set_style(frame, look.styles.base);
    draw(screen, model, &look, Rect { y: 1, height: rows - 2, ..frame }, &mut buffer);
    snapshot::text(&buffer)
}

#[test]
fn every_sort_of_container_says_how_it_is() {
    let (mut screen, mut model) = opened();
    for (columns, rows) in [(80, 24), (120, 40), (200, 50)] {
        let text = drawn(&mut screen, &model, columns, rows);
        insta::assert_snapshot!(format!("containers_{columns}x{rows}"), text);
    }
    let size = Size { columns: 80, rows: 24 };
    let mut out = Outbox::new(0);
    assert!(screen.act(Action::Down, &mut model, size, &mut out));
    assert!(screen.act(Action::Open, &mut model, size, &mut out));
    assert_eq!(screen.container().as_deref(), Some("proxy"));
    assert!(matches!(out.moves[..], [Move::Act(Action::GoLogs)]));
    insta::assert_snapshot!("one_that_is_killed_again_and_again", drawn(&mut screen, &model, 80, 24));
}

#[test]
fn a_low_screen_keeps_the_table_alone() {
    let (mut screen, model) = opened();
    let text = drawn(&mut screen, &model, 60, 12);
    assert!(text.contains("debug-1") && !text.contains("probes"), "{text}");
}
