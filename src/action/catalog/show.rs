//! Showing more of what the cursor stands on.

use super::Action;
use crate::action::spec::{ActionSpec, Subject};
use crate::domain::object::Kind;

/// What has pods with containers that write.
const WITH_LOGS: Subject =
    Subject::Kinds(&[Kind::Pod, Kind::Deployment, Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet]);

const fn look(action: Action, name: &'static str, title: &'static str, help: &'static str) -> ActionSpec {
    ActionSpec::look(Subject::Object, action, name, title, help)
}

pub(super) const ROWS: &[ActionSpec] = &[
    look(
        Action::GoHistory,
        "go-history",
        "history",
        "Shows what changed, on time, with the onset of errors drawn into it.",
    ),
    ActionSpec::look(
        WITH_LOGS,
        Action::GoErrors,
        "go-errors",
        "errors",
        "Shows the errors in the logs since the change.",
    ),
    ActionSpec::look(WITH_LOGS, Action::GoLogs, "go-logs", "logs", "Shows the logs of all its pods, merged by time."),
    ActionSpec::look(
        WITH_LOGS,
        Action::GoPreviousLogs,
        "go-previous-logs",
        "previous logs",
        "Shows the logs of containers before their last restart.",
    ),
    look(Action::GoCharts, "go-charts", "charts", "Shows the charts full size."),
    look(Action::GoEvents, "go-events", "events", "Shows the events of this object."),
    look(Action::ShowYaml, "show-yaml", "YAML", "Shows the object as YAML, secrets masked."),
    look(Action::Copy, "copy", "copy name", "Copies the name."),
    look(Action::CopyNamespace, "copy-namespace", "copy namespace", "Copies the name of its namespace."),
    ActionSpec::look(
        Subject::Nothing,
        Action::Record,
        "record",
        "record",
        "Hands over the record, or the command for somebody who may.",
    ),
    look(Action::Runbook, "runbook", "runbook", "Copies the address of the runbook."),
    look(Action::Range5m, "range-5m", "5 m", "Shows the last 5 minutes."),
    look(Action::Range15m, "range-15m", "15 m", "Shows the last 15 minutes."),
    look(Action::Range30m, "range-30m", "30 m", "Shows the last 30 minutes."),
    look(Action::Range1h, "range-1h", "1 h", "Shows the last hour."),
    look(Action::Range6h, "range-6h", "6 h", "Shows the last 6 hours."),
    look(Action::Range24h, "range-24h", "24 h", "Shows the last 24 hours."),
    look(Action::ZoomIn, "zoom-in", "zoom in", "Shows half the time."),
    look(Action::ZoomOut, "zoom-out", "zoom out", "Shows twice the time."),
];
