//! The bytes in `golden/` were written by Kubernetes' own serialisers.

use proptest::prelude::*;

use super::*;
use crate::domain::service::{Owner, Restarts};
use crate::kinds::frames::{FRAME_LIMIT, Frames};
use crate::kinds::pod_container::{ContainerRole, ContainerState};

macro_rules! golden {
    ($name:literal) => {
        (&include_bytes!(concat!("golden/", $name, ".json"))[..], &include_bytes!(concat!("golden/", $name, ".pb"))[..])
    };
}

fn golden(kind: Kind) -> (&'static [u8], &'static [u8]) {
    match kind {
        Kind::Namespace => golden!("namespace"),
        Kind::Node => golden!("node"),
        Kind::Pod => golden!("pod"),
        Kind::Deployment => golden!("deployment"),
        Kind::ReplicaSet => golden!("replicaset"),
        Kind::StatefulSet => golden!("statefulset"),
        Kind::DaemonSet => golden!("daemonset"),
        Kind::ControllerRevision => golden!("controllerrevision"),
        Kind::HorizontalPodAutoscaler => golden!("horizontalpodautoscaler"),
        Kind::PodDisruptionBudget => golden!("poddisruptionbudget"),
        Kind::ConfigMap => golden!("configmap"),
        Kind::Secret => golden!("secret"),
        Kind::KubernetesService => golden!("service"),
        Kind::Event => golden!("event"),
    }
}

fn page(kind: Kind, wire: Wire) -> Page {
    let (json, protobuf) = golden(kind);
    let bytes = if wire == Wire::Json { json } else { protobuf };
    decode_list(kind, wire, Bytes::from_static(bytes), &mut Interner::default()).unwrap()
}

fn now() -> jiff::Timestamp {
    "2026-11-21T03:02:00Z".parse().unwrap()
}

macro_rules! first {
    ($kind:ident) => {
        match page(Kind::$kind, Wire::Protobuf).rows.swap_remove(0) {
            Row::$kind(row) => row,
            other => panic!("{other:?}"),
        }
    };
}

#[test]
fn both_wires_of_every_kind_give_equal_rows() {
    for info in crate::kinds::info::all() {
        let (json, protobuf) = (page(info.kind, Wire::Json), page(info.kind, Wire::Protobuf));
        assert!(!json.rows.is_empty());
        assert_eq!(json, protobuf);
        assert_eq!((json.resource_version.as_str(), json.continue_token.as_str()), ("7001", "next"));
        assert_eq!(json.remaining, Some(12));
        for row in &json.rows {
            assert_eq!(row.key().kind, info.kind);
            assert!(row.cells(now()).iter().any(|cell| *cell != super::super::column::Cell::Empty));
        }
    }
}

#[test]
fn every_cell_of_every_kind() {
    let mut text = String::new();
    for info in crate::kinds::info::all() {
        text.push_str(&format!("# {}\n", info.title));
        for row in page(info.kind, Wire::Protobuf).rows {
            for (heading, cell) in crate::kinds::row::columns(info.kind).iter().zip(row.cells(now())) {
                let shown = cell.text(now());
                if !shown.is_empty() {
                    text.push_str(&format!("{}={shown} | ", heading.title));
                }
            }
            text.push('\n');
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_failing_pod_tells_why() {
    let pod = first!(Pod);
    assert_eq!(pod.status, "CrashLoopBackOff");
    // The sidecar counts, the init container that ended does not.
    assert_eq!((pod.ready, pod.total, pod.restarts), (2, 3, 4));
    let app = pod.default_container().unwrap();
    assert_eq!((app.name.as_str(), app.role), ("app", ContainerRole::Default));
    let last = app.last.as_ref().unwrap();
    assert_eq!((last.exit_code, last.message.as_str()), (1, "cannot connect to redis:6379"));
    assert!(matches!(&app.state, ContainerState::Waiting { reason, .. } if reason == "CrashLoopBackOff"));
    assert_eq!(pod.workload(), Some(ObjectKey::new(Kind::Deployment, "checkout", "pay-api")));
    assert_eq!(pod.version(), "1.8.4");
    // One container of two has no CPU request: the sum would be a lie.
    assert_eq!((pod.bounds.cpu_limit, pod.bounds.cpu_request), (Some(1100), None));
    assert_eq!(pod.ready_since, None);
    assert_eq!(pod.containers.len(), 5);
    assert_eq!(
        pod.restarts_within_day(now()),
        Restarts { count: 4, exact: true, reason: "Error".into(), last: Some("2026-11-21T03:01:22Z".parse().unwrap()) }
    );
}

#[test]
fn restarts_of_an_older_pod_are_a_lower_bound_or_none() {
    let mut pod = (*first!(Pod)).clone();
    pod.created = Some("2026-11-01T00:00:00Z".parse().unwrap());
    let restarts = pod.restarts_within_day(now());
    assert_eq!((restarts.count, restarts.exact), (1, false));
    let restarts = pod.restarts_within_day("2026-11-23T00:00:00Z".parse().unwrap());
    assert_eq!((restarts.count, restarts.exact, restarts.reason.as_str()), (0, true, "Error"));
}

#[test]
fn a_deployment_tells_its_release() {
    let deployment = first!(Deployment);
    assert_eq!(deployment.owner, Owner::Helm { release: "pay".into(), namespace: "checkout".into() });
    assert_eq!(deployment.revision, Some(42));
    assert_eq!(deployment.template.version, "1.8.4");
    assert_eq!(deployment.rolled_out, Some("2026-11-21T03:00:20Z".parse().unwrap()));
    assert!(deployment.paused && !deployment.is_rolled_out());
    assert!(first!(StatefulSet).template.version == "7.2" && !first!(StatefulSet).rolls_by_itself);
    assert_eq!(first!(StatefulSet).owner, Owner::ArgoCd { application: "cache".into() });
    assert_eq!(first!(DaemonSet).owner, Owner::Flux { name: "platform".into() });
}

#[test]
fn records_are_read_from_metadata_alone() {
    let config = first!(ConfigMap);
    assert_eq!((config.writes[0].manager.as_str(), config.writes[0].data), ("argocd", true));
    assert!(!config.writes[1].data);
    let record = first!(Secret).helm.clone().unwrap();
    assert_eq!((record.release.as_str(), record.revision, record.status.as_str()), ("pay", 3, "deployed"));
}

#[test]
fn a_watch_is_read_from_both_wires() {
    let (json, protobuf) = golden!("watch");
    let read = |wire, stream: &[u8]| {
        let mut frames = Frames::new(wire, FRAME_LIMIT);
        frames.push(stream);
        std::iter::from_fn(|| frames.next_frame().unwrap())
            .map(|frame| decode_watch(Kind::Pod, wire, frame, &mut Interner::default()).unwrap())
            .collect::<Vec<_>>()
    };
    let items = read(Wire::Json, json);
    assert_eq!(items, read(Wire::Protobuf, protobuf));
    assert!(matches!(&items[0], WatchItem::Applied { resource_version, .. } if resource_version == "501"));
    assert!(matches!(&items[1], WatchItem::Deleted { key, .. } if key.name == "pay-api-7d9f8-x2k4p"));
    assert_eq!(items[2], WatchItem::Bookmark { resource_version: "900".into(), initial_events_end: true });
    assert_eq!(
        items[3],
        WatchItem::Error {
            code: 410,
            reason: "Expired".into(),
            message: "too old resource version: 1 (2)".into(),
            retry_after_seconds: 3
        }
    );
}

#[test]
fn a_whole_object_gives_the_same_row() {
    for info in crate::kinds::info::all() {
        let list: serde_json::Value = serde_json::from_slice(golden(info.kind).0).unwrap();
        let object = RawObject::new(list["items"][0].clone());
        let row = row_of(info.kind, &object, &mut Interner::default()).unwrap();
        assert_eq!(row, page(info.kind, Wire::Protobuf).rows[0]);
    }
}

#[test]
fn a_message_that_is_not_text_costs_nothing_but_itself() {
    let (_, protobuf) = golden!("pod");
    let position = memchr::memmem::find(protobuf, b"cannot connect").unwrap();
    let mut broken = protobuf.to_vec();
    broken[position] = 0xff;
    let page = decode_list(Kind::Pod, Wire::Protobuf, broken.into(), &mut Interner::default()).unwrap();
    assert_eq!(page.rows.len(), 2);
}

#[test]
fn a_page_that_is_cut_short_is_no_page() {
    for info in crate::kinds::info::all() {
        let (_, protobuf) = golden(info.kind);
        for end in [0, 3, 4, 5, 20, protobuf.len() / 2] {
            let cut = Bytes::from_static(&protobuf[..end]);
            assert!(decode_list(info.kind, Wire::Protobuf, cut, &mut Interner::default()).is_err(), "{end}");
        }
    }
}

#[test]
fn a_list_may_come_in_any_pieces() {
    for info in crate::kinds::info::all() {
        let (_, protobuf) = golden(info.kind);
        let whole = page(info.kind, Wire::Protobuf);
        for size in [1, 3, 64, 1000] {
            let (mut list, mut interner, mut rows) = (ProtobufList::default(), Interner::default(), Vec::new());
            for piece in protobuf.chunks(size) {
                list.push(info.kind, piece, &mut interner).unwrap();
                assert!(list.rows().len() <= 2);
                rows.extend(list.take_rows());
            }
            let (rest, metadata) = list.finish().unwrap();
            rows.extend(rest);
            assert_eq!((rows, metadata.continue_token.as_str()), (whole.rows.clone(), "next"));
        }
    }
}

#[test]
fn what_cannot_be_read_is_named_without_its_content() {
    let secret = br#"{"items":[{"metadata":{"name":{"token":"hunter2"}}}]}"#;
    let error = decode_list(Kind::Secret, Wire::Json, Bytes::from_static(secret), &mut Interner::default());
    let words = Problem::from(error.unwrap_err()).to_string();
    assert!(words.contains("unexpected shape") && !words.contains("hunter2"), "{words}");
    let error = decode_list(Kind::Pod, Wire::Protobuf, Bytes::from_static(b"{}"), &mut Interner::default());
    assert!(matches!(error, Err(DecodeError::Envelope)));
}

#[test]
fn an_empty_list_may_be_null() {
    let list = br#"{"kind":"PodList","metadata":{"resourceVersion":"3"},"items":null}"#;
    let page = decode_list(Kind::Pod, Wire::Json, Bytes::from_static(list), &mut Interner::default()).unwrap();
    assert_eq!((page.rows.len(), page.resource_version.as_str()), (0, "3"));
}

/// The budget of 10,000 pods in memory hangs on this.
#[test]
fn a_pod_row_is_slim() {
    assert!(size_of::<crate::kinds::pod::PodRow>() <= 360, "{}", size_of::<crate::kinds::pod::PodRow>());
    let container = size_of::<crate::kinds::pod_container::ContainerRow>();
    assert!(container <= 96, "{container}");
    assert_eq!(size_of::<Row>(), 16);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), wrap in any::<bool>()) {
        for info in crate::kinds::info::all() {
            let mut interner = Interner::default();
            let _ = decode_list(info.kind, Wire::Json, bytes.clone().into(), &mut interner);
            let _ = decode_watch(info.kind, Wire::Json, bytes.clone().into(), &mut interner);
            let _ = decode_watch(info.kind, Wire::Protobuf, bytes.clone().into(), &mut interner);
            if wrap {
                let mut enveloped = MAGIC.to_vec();
                enveloped.append(&mut Unknown { raw: bytes.clone().into() }.encode_to_vec());
                bytes = enveloped;
            }
            let _ = decode_list(info.kind, Wire::Protobuf, bytes.clone().into(), &mut interner);
        }
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0usize..4096, value in any::<u8>()) {
        for info in crate::kinds::info::all() {
            let (json, protobuf) = golden(info.kind);
            for (wire, golden) in [(Wire::Json, json), (Wire::Protobuf, protobuf)] {
                let mut bytes = golden.to_vec();
                let at = at % bytes.len();
                bytes[at] = value;
                if let Ok(page) = decode_list(info.kind, wire, bytes.into(), &mut Interner::default()) {
                    for row in page.rows {
                        prop_assert!(!row.cells(now()).is_empty());
                    }
                }
            }
        }
    }
}
