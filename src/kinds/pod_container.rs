//! Containers of a pod: what they run, how they are, how they ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::interner::Interner;
use super::quantity;
use super::wire::{Amount, Container, Resources, Time, text, text_of};
use crate::domain::text::CleanText;

/// Longer messages of runtimes and programs are cut here.
pub const MESSAGE_LIMIT: usize = 512;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerRow {
    pub name: CleanText,
    pub image: CleanText,
    pub role: ContainerRole,
    pub ready: bool,
    pub restarts: u32,
    pub state: ContainerState,
    /// How its former life ended.
    pub last: Option<Box<Termination>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerRole {
    /// The one logs and shells mean when none is named.
    Default,
    Main,
    /// An init container that goes on running.
    Sidecar,
    Init,
    Ephemeral,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ContainerState {
    /// Nothing is reported yet.
    #[default]
    Unknown,
    Waiting {
        reason: CleanText,
        message: CleanText,
    },
    Running {
        since: Option<Timestamp>,
    },
    Terminated(Box<Termination>),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Termination {
    /// `Error`, `OOMKilled`, `Completed`.
    pub reason: CleanText,
    /// What the program wrote as its last word.
    pub message: CleanText,
    pub exit_code: i32,
    pub signal: i32,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
}

impl ContainerRow {
    /// When it last came back to life, as far as it is known; None when it never restarted.
    #[must_use]
    pub fn last_restart(&self) -> Option<Timestamp> {
        if self.restarts == 0 {
            return None;
        }
        let ended = self.last.as_ref().and_then(|last| last.finished);
        match &self.state {
            ContainerState::Running { since } => ended.max(*since),
            ContainerState::Terminated(end) => ended.max(end.finished),
            ContainerState::Waiting { .. } | ContainerState::Unknown => ended,
        }
    }

    /// The newest end of this container: of the life before, or of this one.
    #[must_use]
    pub fn newest_end(&self) -> Option<&Termination> {
        match &self.state {
            ContainerState::Terminated(end) => Some(end),
            _ => self.last.as_deref(),
        }
    }
}

impl Termination {
    /// How it ended, in the words of kubectl.
    #[must_use]
    pub fn word(&self) -> CleanText {
        if !self.reason.is_empty() {
            self.reason.clone()
        } else if self.signal != 0 {
            format!("Signal:{}", self.signal).into()
        } else {
            format!("ExitCode:{}", self.exit_code).into()
        }
    }
}

/// CPU and memory asked for and allowed, summed over containers. None means that at least one has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bounds {
    pub cpu_limit: Option<u32>,
    pub cpu_request: Option<u32>,
    pub memory_limit: Option<u64>,
    pub memory_request: Option<u64>,
}

impl Bounds {
    pub fn sum<'a>(containers: impl Iterator<Item = &'a Container> + Clone) -> Self {
        let total = |of: fn(&Resources) -> &Vec<Amount>, name: &str| -> Vec<Option<String>> {
            containers
                .clone()
                .map(|container| {
                    let amounts = container.resources.as_ref().map(of)?;
                    let amount = amounts.iter().find(|amount| amount.key == name)?;
                    amount.value.as_ref().map(|quantity| quantity.string.clone())
                })
                .collect()
        };
        let cores = |of| sum(&total(of, "cpu"), quantity::millicores, u32::saturating_add);
        let memory = |of| sum(&total(of, "memory"), quantity::bytes, u64::saturating_add);
        Self {
            cpu_limit: cores(|resources| &resources.limits),
            cpu_request: cores(|resources| &resources.requests),
            memory_limit: memory(|resources| &resources.limits),
            memory_request: memory(|resources| &resources.requests),
        }
    }
}

fn sum<T: Default>(values: &[Option<String>], parse: fn(&str) -> Option<T>, add: fn(T, T) -> T) -> Option<T> {
    if values.is_empty() {
        return None;
    }
    values.iter().try_fold(T::default(), |total, value| Some(add(total, parse(value.as_deref()?)?)))
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerStatus {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub state: Option<State>,
    #[prost(message, optional, tag = "3")]
    pub last_state: Option<State>,
    #[prost(bool, tag = "4")]
    pub ready: bool,
    #[prost(int32, tag = "5")]
    pub restart_count: i32,
    #[prost(bool, tag = "9")]
    pub started: bool,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct State {
    #[prost(message, optional, tag = "1")]
    pub waiting: Option<Waiting>,
    #[prost(message, optional, tag = "2")]
    pub running: Option<Running>,
    #[prost(message, optional, tag = "3")]
    pub terminated: Option<Terminated>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Waiting {
    #[prost(string, tag = "1")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "2")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Running {
    #[prost(message, optional, tag = "1")]
    pub started_at: Option<Time>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terminated {
    #[prost(int32, tag = "1")]
    pub exit_code: i32,
    #[prost(int32, tag = "2")]
    pub signal: i32,
    #[prost(string, tag = "3")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "4")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub started_at: Option<Time>,
    #[prost(message, optional, tag = "6")]
    pub finished_at: Option<Time>,
}

impl ContainerStatus {
    /// The state with the container it belongs to, whose image is the one that was asked for.
    pub fn project(
        container: &Container,
        status: Option<&Self>,
        role: ContainerRole,
        interner: &mut Interner,
    ) -> ContainerRow {
        let state = status.and_then(|status| status.state.as_ref());
        ContainerRow {
            name: interner.share(&container.name),
            image: interner.share(&container.image),
            role,
            ready: status.is_some_and(|status| status.ready),
            restarts: status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or_default()),
            state: state.map_or(ContainerState::Unknown, |state| state.project(interner)),
            last: status
                .and_then(|status| status.last_state.as_ref()?.terminated.as_ref())
                .map(|end| Box::new(end.project(interner))),
        }
    }
}

impl State {
    fn project(&self, interner: &mut Interner) -> ContainerState {
        if let Some(end) = &self.terminated {
            ContainerState::Terminated(Box::new(end.project(interner)))
        } else if let Some(running) = &self.running {
            ContainerState::Running { since: running.started_at.and_then(Time::timestamp) }
        } else if let Some(waiting) = &self.waiting {
            ContainerState::Waiting {
                reason: interner.share(&waiting.reason),
                message: CleanText::new(&text_of(&waiting.message, MESSAGE_LIMIT)),
            }
        } else {
            ContainerState::Unknown
        }
    }
}

impl Terminated {
    fn project(&self, interner: &mut Interner) -> Termination {
        Termination {
            reason: interner.share(&self.reason),
            message: CleanText::new(text_of(&self.message, MESSAGE_LIMIT).trim()),
            exit_code: self.exit_code,
            signal: self.signal,
            started: self.started_at.and_then(Time::timestamp),
            finished: self.finished_at.and_then(Time::timestamp),
        }
    }
}
