//! A container of a pod as one reads it: its state from the watched row, and what its pod wishes for it, which is read
//! once, because rows of thousands of pods do not carry it.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::domain::health::Grade;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::kinds::age;
use crate::kinds::column::{Cell, Column};
use crate::kinds::pod_container::{ContainerRole, ContainerRow, ContainerState, Termination};

/// One container, with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Container {
    #[serde(flatten)]
    pub row: ContainerRow,
    /// None as long as the pod itself was not read.
    pub wish: Option<Wish>,
}

/// What the pod's own text says of a container, in short words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Wish {
    pub cpu: CleanText,
    pub memory: CleanText,
    pub ports: CleanText,
    pub probes: CleanText,
}

const NOTHING: &str = "–";

pub const COLUMNS: &[Column<Container>] = &[
    Column::left("CONTAINER", 28, 0, |container, _| (&container.row.name).into()),
    Column::left("ROLE", 9, 3, |container, _| Cell::Text(role(container.row.role).into())),
    Column::left("READY", 5, 2, |container, _| Cell::Text(ready(&container.row).into())),
    Column::left("STATE", 20, 0, |container, _| Cell::State(grade(&container.row), state(&container.row))),
    Column::right("SINCE", 5, 5, |container, _| match &container.row.state {
        ContainerState::Running { since } => (*since).into(),
        ContainerState::Terminated(end) => end.finished.into(),
        ContainerState::Waiting { .. } | ContainerState::Unknown => Cell::Empty,
    }),
    Column::right("RESTARTS", 8, 1, |container, _| container.row.restarts.into()),
    Column::left("LAST END", 21, 1, |container, now| {
        let ended = |end: &Termination| match end.finished {
            Some(at) => format!("{} {} ago", how(end), age::age(at, now)),
            None => how(end),
        };
        container.row.last.as_deref().map_or(Cell::Empty, |end| Cell::Text(ended(end).into()))
    }),
    Column::left("CPU", 14, 6, |container, _| wish(container, |wish| &wish.cpu)),
    Column::left("MEMORY", 16, 6, |container, _| wish(container, |wish| &wish.memory)),
    Column::left("PORTS", 14, 7, |container, _| wish(container, |wish| &wish.ports)),
    Column::left("PROBES", 24, 8, |container, _| wish(container, |wish| &wish.probes)),
    Column::rest("IMAGE", 20, 4, |container, _| (&container.row.image).into()),
];

fn wish(container: &Container, of: fn(&Wish) -> &CleanText) -> Cell {
    container.wish.as_ref().map_or(Cell::Empty, |wish| of(wish).into())
}

#[must_use]
pub fn role(role: ContainerRole) -> &'static str {
    match role {
        ContainerRole::Default => "default",
        ContainerRole::Main => "",
        ContainerRole::Sidecar => "sidecar",
        ContainerRole::Init => "init",
        ContainerRole::Ephemeral => "ephemeral",
    }
}

/// An init container that has done its work is never ready, and need not be.
fn ready(container: &ContainerRow) -> &'static str {
    match (container.role, container.ready) {
        (ContainerRole::Init | ContainerRole::Ephemeral, _) => NOTHING,
        (_, true) => "yes",
        (_, false) => "no",
    }
}

/// `Running`, `CrashLoopBackOff`, `Error 1`: the state with its reason.
#[must_use]
pub fn state(container: &ContainerRow) -> CleanText {
    match &container.state {
        ContainerState::Unknown => CleanText::new("unknown"),
        ContainerState::Waiting { reason, .. } if reason.is_empty() => CleanText::new("Waiting"),
        ContainerState::Waiting { reason, .. } => reason.clone(),
        ContainerState::Running { .. } => CleanText::new("Running"),
        ContainerState::Terminated(end) => how(end).into(),
    }
}

/// `OOMKilled 137`, `Completed`.
#[must_use]
pub fn how(end: &Termination) -> String {
    match end.exit_code {
        0 => end.word().to_string(),
        _ if end.reason.is_empty() => end.word().to_string(),
        code => format!("{} {code}", end.reason),
    }
}

#[must_use]
pub fn grade(container: &ContainerRow) -> Grade {
    match &container.state {
        ContainerState::Unknown => Grade::Unknown,
        ContainerState::Waiting { .. } if container.failing().is_some() => Grade::Broken,
        ContainerState::Waiting { .. } => Grade::Changing,
        ContainerState::Terminated(end) if end.exit_code != 0 => Grade::Broken,
        ContainerState::Terminated(_) => Grade::Ready,
        ContainerState::Running { .. } => match container.role {
            ContainerRole::Ephemeral => Grade::Ready,
            ContainerRole::Init => Grade::Changing,
            _ if container.ready => Grade::Ready,
            _ => Grade::Changing,
        },
    }
}

/// What a container that writes nothing waits for: `app waits: ImagePullBackOff, “Back-off pulling image…”`.
#[must_use]
pub fn waits_for(container: &ContainerRow) -> Option<String> {
    let ContainerState::Waiting { .. } = &container.state else { return None };
    Some(format!("{} waits: {}", container.name, explained(container)))
}

/// The state with all that is said of it.
#[must_use]
pub fn explained(container: &ContainerRow) -> String {
    let message = match &container.state {
        ContainerState::Waiting { message, .. } => message.as_str(),
        ContainerState::Terminated(end) => end.message.trim(),
        ContainerState::Running { .. } | ContainerState::Unknown => "",
    };
    let message = if message.is_empty() { String::new() } else { format!(", “{message}”") };
    format!("{}{message}", state(container))
}

/// What a pod wishes for the container of this name.
#[must_use]
pub fn wished(pod: &RawObject, name: &str) -> Option<Wish> {
    let lists = ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"];
    let found = lists
        .iter()
        .find_map(|list| pod.value().pointer(list)?.as_array()?.iter().find(|container| container["name"] == name))?;
    Some(Wish {
        cpu: bounds(found, "cpu"),
        memory: bounds(found, "memory"),
        ports: ports(found),
        probes: probes(found),
    })
}

/// `100m of 500m`: what is asked for, and how much is allowed.
fn bounds(container: &Value, resource: &str) -> CleanText {
    let amount = |of: &str| container["resources"][of][resource].as_str();
    match (amount("requests"), amount("limits")) {
        (None, None) => CleanText::default(),
        (Some(request), None) => format!("{request}, no limit").into(),
        (None, Some(limit)) => format!("{NOTHING} of {limit}").into(),
        (Some(request), Some(limit)) => format!("{request} of {limit}").into(),
    }
}

/// `http 8080, 9090/UDP`
fn ports(container: &Value) -> CleanText {
    let ports = container["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let words = ports.iter().map(|port| {
        let name = port["name"].as_str().map(|name| format!("{name} ")).unwrap_or_default();
        let protocol = port["protocol"].as_str().filter(|protocol| *protocol != "TCP");
        let protocol = protocol.map(|protocol| format!("/{protocol}")).unwrap_or_default();
        format!("{name}{}{protocol}", port["containerPort"])
    });
    words.collect::<Vec<_>>().join(", ").into()
}

/// `ready /ready 5s, live tcp 8080 10s`: what each asks, and how often.
fn probes(container: &Value) -> CleanText {
    let kinds = [("startupProbe", "start"), ("readinessProbe", "ready"), ("livenessProbe", "live")];
    let words = kinds.iter().filter_map(|(field, word)| {
        let probe = container.get(field)?;
        let asks = if let Some(path) = probe["httpGet"]["path"].as_str() {
            path.to_owned()
        } else if !probe["tcpSocket"].is_null() {
            format!("tcp {}", port(&probe["tcpSocket"]["port"]))
        } else if !probe["grpc"].is_null() {
            format!("grpc {}", port(&probe["grpc"]["port"]))
        } else {
            "exec".to_owned()
        };
        // The server fills it in; 10 s is what it fills in.
        let every = Duration::from_secs(probe["periodSeconds"].as_u64().unwrap_or(10));
        Some(format!("{word} {asks} {}", age::short(every)))
    });
    words.collect::<Vec<_>>().join(", ").into()
}

fn port(port: &Value) -> String {
    port.as_str().map_or_else(|| port.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn container(role: ContainerRole, ready: bool, state: ContainerState) -> ContainerRow {
        let (name, image) = ("app".into(), "shop/pay:1.8.4".into());
        ContainerRow { name, image, role, ready, restarts: 0, state, last: None }
    }

    fn end(exit_code: i32, reason: &str) -> Termination {
        let (message, signal) = (CleanText::default(), 0);
        Termination { reason: reason.into(), message, exit_code, signal, started: None, finished: None }
    }

    #[test]
    fn a_state_says_its_reason_and_how_bad_it_is() {
        let waiting = |reason: &str| ContainerState::Waiting { reason: reason.into(), message: "no such image".into() };
        let terminated = |code, reason: &str| ContainerState::Terminated(Box::new(end(code, reason)));
        let running = || ContainerState::Running { since: None };
        for (role, ready, of, words, how_bad) in [
            (ContainerRole::Default, true, running(), "Running", Grade::Ready),
            (ContainerRole::Default, false, running(), "Running", Grade::Changing),
            (ContainerRole::Default, false, waiting("ContainerCreating"), "ContainerCreating", Grade::Changing),
            (ContainerRole::Default, false, waiting("ImagePullBackOff"), "ImagePullBackOff", Grade::Broken),
            (ContainerRole::Default, false, terminated(137, "OOMKilled"), "OOMKilled 137", Grade::Broken),
            (ContainerRole::Default, false, terminated(3, ""), "ExitCode:3", Grade::Broken),
            (ContainerRole::Init, false, terminated(0, "Completed"), "Completed", Grade::Ready),
            (ContainerRole::Ephemeral, false, running(), "Running", Grade::Ready),
        ] {
            let row = container(role, ready, of);
            assert_eq!((state(&row).as_str(), grade(&row)), (words, how_bad));
        }
        let row = container(ContainerRole::Default, false, waiting("ImagePullBackOff"));
        assert_eq!(waits_for(&row).as_deref(), Some("app waits: ImagePullBackOff, “no such image”"));
    }

    #[test]
    fn what_a_pod_wishes_is_told_in_short() {
        let pod = RawObject::new(json!({"spec": {
            "containers": [{"name": "app",
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"},
                          {"containerPort": 53, "protocol": "UDP"}],
                "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
                "livenessProbe": {"tcpSocket": {"port": 8080}}}],
            "initContainers": [{"name": "migrate"}],
        }}));
        let wish = wished(&pod, "app").expect("it is there");
        assert_eq!(wish.cpu, "100m, no limit");
        assert_eq!(wish.memory, "64Mi of 128Mi");
        assert_eq!(wish.ports, "http 8080, 53/UDP");
        assert_eq!(wish.probes, "ready /ready 5s, live tcp 8080 10s");
        assert_eq!(wished(&pod, "migrate"), Some(Wish::default()));
        assert_eq!(wished(&pod, "other"), None);
    }
}
