//! What must happen outside, once. Effects are data; `runtime::perform` does them.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::action::guard::Authorized;
use crate::domain::access::Access;
use crate::domain::identity::Generation;
use crate::domain::keepsake::Endangered;
use crate::domain::log::LogSource;
use crate::domain::metric::Grid;
use crate::domain::mutation::{ExecTarget, Mutation};
use crate::domain::object::{Kind, ObjectKey, Scope};
use crate::domain::text::CleanText;

/// Names one request; its answer carries it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// Names one shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

#[derive(Debug)]
pub enum Effect {
    /// Makes the connection of a new generation; None is the current context.
    Connect {
        generation: Generation,
        context: Option<CleanText>,
    },
    /// Reads one object whole.
    Fetch {
        task: TaskId,
        key: ObjectKey,
    },
    /// Reads all objects of a kind whole, at most 500.
    List {
        task: TaskId,
        kind: Kind,
        scope: Scope,
        selection: Selection,
    },
    /// Asks the server which of these rights the user has.
    Review {
        task: TaskId,
        needs: Vec<Access>,
    },
    Query {
        task: TaskId,
        query: MetricQuery,
    },
    /// Asks the server what a write would do.
    DryRun {
        task: TaskId,
        permit: Authorized<Mutation>,
    },
    /// Keeps what the ending pods alone know, and writes. The journal is told before and after.
    Perform {
        task: TaskId,
        permit: Authorized<Mutation>,
        note: JournalNote,
        endangered: Endangered,
    },
    /// Looks whether acts can be written down.
    CheckJournal,
    OpenShell {
        session: SessionId,
        permit: Authorized<ExecTarget>,
    },
    ShellInput {
        session: SessionId,
        input: Bytes,
    },
    ShellResize {
        session: SessionId,
        columns: u16,
        rows: u16,
    },
    CopyToClipboard(String),
    /// Reads a page of logs before what is held.
    ReadEarlier {
        task: TaskId,
        request: EarlierLines,
    },
    /// Writes lines into a file only the user can read; answers with its path.
    SaveLines {
        task: TaskId,
        name: CleanText,
        text: String,
    },
    /// Hands over what the open screen knows, as Markdown; answers with the path of its file.
    HandOverRecord {
        task: TaskId,
    },
    /// Keeps for the next start whether the guide is wanted.
    RememberGuide {
        hidden: bool,
    },
    /// Paints the whole screen again.
    Redraw,
}

/// A page of the past of some containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierLines {
    /// With the number of their lines later than `until` that are held.
    pub sources: Vec<(LogSource, u64)>,
    pub until: Timestamp,
    /// Lines of each, at most.
    pub lines: usize,
}

/// Which objects of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selection {
    #[default]
    Everything,
    /// A label selector as kubectl writes it.
    Labels(String),
    /// Events about one object.
    About(ObjectKey),
    /// Events about any object of a kind.
    AboutAny(Kind),
}

#[derive(Clone, Debug, PartialEq)]
pub enum MetricQuery {
    Instant {
        expression: String,
    },
    Range {
        expression: String,
        grid: Grid,
    },
    /// A range that ends at the moment of asking: so a subscription asks the same for ever.
    Recent {
        expression: String,
        span: Duration,
        step: Duration,
    },
}

/// What the journal keeps of a write beside its calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalNote {
    pub action: &'static str,
    pub target: ObjectKey,
    pub summary: CleanText,
}
