//! Going to another screen.

use super::Action;
use crate::action::spec::{ActionSpec, Subject};

const fn look(action: Action, name: &'static str, title: &'static str, help: &'static str) -> ActionSpec {
    ActionSpec::look(Subject::Nothing, action, name, title, help)
}

pub(super) const ROWS: &[ActionSpec] = &[
    look(Action::GoHome, "go-home", "services", "Goes home: the services, worst first."),
    look(Action::GoAlerts, "go-alerts", "alerts", "Shows what fires, since when, and which service it hits."),
    look(Action::GoPods, "go-pods", "pods", "Shows the pods."),
    look(Action::ReturnToShell, "return-to-shell", "shell", "Returns to the shell that was left and lives on."),
    look(Action::GoVerification, "go-verification", "verification", "Shows the running verification."),
    look(Action::GoContexts, "go-contexts", "contexts", "Chooses another context."),
    look(Action::GoNamespaces, "go-namespaces", "namespaces", "Chooses namespaces."),
    look(Action::AllNamespaces, "all-namespaces", "all namespaces", "Shows all namespaces."),
    look(Action::Namespace(1), "namespace-1", "namespace 1", "Shows the first namespace alone."),
    look(Action::Namespace(2), "namespace-2", "namespace 2", "Shows the second namespace alone."),
    look(Action::Namespace(3), "namespace-3", "namespace 3", "Shows the third namespace alone."),
    look(Action::Namespace(4), "namespace-4", "namespace 4", "Shows the fourth namespace alone."),
    look(Action::Namespace(5), "namespace-5", "namespace 5", "Shows the fifth namespace alone."),
    look(Action::Namespace(6), "namespace-6", "namespace 6", "Shows the sixth namespace alone."),
    look(Action::Namespace(7), "namespace-7", "namespace 7", "Shows the seventh namespace alone."),
    look(Action::Namespace(8), "namespace-8", "namespace 8", "Shows the eighth namespace alone."),
    look(Action::Namespace(9), "namespace-9", "namespace 9", "Shows the ninth namespace alone."),
    look(Action::WarpNamespace, "warp-namespace", "warp", "Narrows the view to the namespace of the row."),
    look(Action::Palette, "palette", "go", "Goes to any screen, kind, service, namespace or action by name."),
    look(Action::Filter, "filter", "filter", "Keeps the rows that contain a text."),
    look(Action::Help, "help", "help", "Explains this screen and its keys."),
    look(
        Action::ToggleGuide,
        "toggle-guide",
        "hints",
        "Hides or shows the line that leads through the built-in incident.",
    ),
    look(Action::FaultsOnly, "faults-only", "faults only", "Shows unhealthy rows only."),
    look(Action::SortByName, "sort-name", "by name", "Sorts by name."),
    look(Action::SortByNamespace, "sort-namespace", "by namespace", "Sorts by namespace."),
    look(Action::SortByHealth, "sort-health", "worst first", "Sorts worst first."),
    look(Action::SortByAge, "sort-age", "by age", "Sorts by age."),
    look(Action::SortByRestarts, "sort-restarts", "by restarts", "Sorts by restarts."),
    look(Action::SortPrevious, "sort-previous", "sort by column before", "Sorts by the column before."),
    look(Action::SortNext, "sort-next", "sort by next column", "Sorts by the next column."),
];
