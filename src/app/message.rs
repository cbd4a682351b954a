//! Everything that happens, as plain values.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::config::key::Key as Chord;
use crate::domain::access::{Access, Grant};
use crate::domain::freshness::Freshness;
use crate::domain::identity::{Generation, Identity};
use crate::domain::journal::Unfinished;
use crate::domain::keepsake::Kept;
use crate::domain::log::LogChunk;
use crate::domain::metric::{InstantSample, RangeAnswer};
use crate::domain::problem::Problem;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::insight::alerts::AlertBoard;
use crate::insight::dashboard::MetricNames;
use crate::kinds::delivery::ObjectsEvent;

use super::effect::{SessionId, TaskId};
use super::subscription::Key;

#[derive(Debug)]
pub enum Message {
    Input(Input),
    /// The time now; the machine has no clock of its own.
    Clock(Timestamp),
    Link(Generation, LinkEvent),
    /// Something a subscription brought.
    Delivery(Key, Delivery),
    /// The answer to an effect that was asked for once.
    Answer(TaskId, Answer),
    Shell(SessionId, ShellEvent),
    /// How the journal of acts stands.
    Journal(JournalNews),
    /// A signal asks the console to end.
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key(Chord),
    Paste(String),
    Resize { columns: u16, rows: u16 },
}

/// What the journal tells, at the start and after each act.
#[derive(Debug)]
pub enum JournalNews {
    /// Whether acts can be written down.
    Writable(Result<(), Problem>),
    Unfinished(Vec<Unfinished>),
}

/// What becomes of a connection.
#[derive(Debug)]
pub enum LinkEvent {
    Connected(Box<Connected>),
    Failed(Problem),
    /// What the server says of who we are.
    Identified(Box<Identity>),
    /// Requests fail at the transport since the server was last heard, or succeed again.
    Lost {
        heard: Option<Timestamp>,
        problem: Problem,
    },
    Restored,
    /// The server asks reads to wait so long, or no longer.
    Throttled(Option<Duration>),
    /// How Prometheus and Alertmanager were found, or why not.
    Prometheus(Result<CleanText, Problem>),
    Alertmanager(Result<CleanText, Problem>),
    /// Which metrics this Prometheus has.
    MetricNames(Box<MetricNames>),
}

#[derive(Debug)]
pub struct Connected {
    pub identity: Identity,
    /// The namespace the context names, if it does.
    pub namespace: Option<CleanText>,
    /// All contexts of the kubeconfig, for switching.
    pub contexts: Vec<CleanText>,
}

#[derive(Debug)]
pub enum Delivery {
    Objects(ObjectsEvent),
    /// How fresh the other kinds of delivery are; objects say it themselves.
    Freshness(Freshness),
    /// Answers to the named queries of a metrics topic, all of one moment.
    Metrics(Vec<(QueryName, MetricAnswer)>),
    Alerts(Box<AlertsRead>),
    Logs(LogChunk),
}

/// What Prometheus and Alertmanager said at one moment.
#[derive(Debug)]
pub struct AlertsRead {
    pub board: AlertBoard,
    /// Which of the two could not be asked; then the other's word is all there is.
    pub missing: Vec<Problem>,
}

/// What was written before the lines that are held.
#[derive(Debug)]
pub struct EarlierPage {
    /// By time.
    pub chunks: Vec<LogChunk>,
    /// All lines since then are among them; None when there is nothing older.
    pub complete_from: Option<Timestamp>,
}

/// Which query of a set an answer belongs to.
pub type QueryName = &'static str;

#[derive(Debug)]
pub enum MetricAnswer {
    Range(RangeAnswer),
    Instant(Vec<InstantSample>),
    Failed(Problem),
}

#[derive(Debug)]
pub enum Answer {
    Object(Result<RawObject, Problem>),
    Objects(Result<Vec<RawObject>, Problem>),
    Grants(Vec<(Access, Grant)>),
    /// A write was sent, or could not be; and what was kept before.
    Performed {
        result: Result<Vec<RawObject>, Problem>,
        kept: Box<Kept>,
    },
    Metric(MetricAnswer),
    /// Where text was copied or written to.
    Saved(Result<CleanText, Problem>),
    Earlier(Result<EarlierPage, Problem>),
}

#[derive(Debug)]
pub enum ShellEvent {
    Output(Bytes),
    /// The program reads nothing, and so much waits for it that keys are lost.
    InputLost,
    /// The program ended; `reason` says more than its code, when something is known.
    Ended {
        code: Option<i32>,
        reason: CleanText,
    },
    /// It could not be opened, or its connection was lost.
    Failed(Problem),
}
