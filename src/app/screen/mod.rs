//! The screens, each a struct with its own state. What all of them answer, and the list of them, stands in `view`.

mod alert;
mod alerts;
mod browse;
mod charts;
mod compare;
mod containers;
mod history;
mod logs;
mod plan;
mod scroll;
mod service;
mod services;
mod shell;
mod table_actions;
mod verify;
mod view;
mod withdrawal;
mod yaml;

pub use super::logs::targets::Choice as LogChoice;
pub use super::logs::window::{Asked as AskedLogs, Window as LogsWindow};
pub use alert::AlertScreen;
pub use alerts::{AlertsScreen, runbook};
pub use browse::BrowseScreen;
pub use charts::ChartsScreen;
pub use compare::{CompareScreen, Content as CompareContent};
pub use containers::ContainersScreen;
pub use history::HistoryScreen;
pub use logs::LogsScreen;
pub use plan::{DryRun, PlanScreen, Planned, Rights, Stage};
pub use service::{Pane, SIDE_BY_SIDE, ServiceScreen};
pub use services::{ServicesScreen, Sort, explains_itself};
pub use shell::{Life as ShellLife, Place as ShellPlace, Session as ShellSession, ShellScreen, Stage as ShellStage};
pub use verify::VerifyScreen;
pub use view::{Screen, View};
pub use withdrawal::Withdrawal;
pub use yaml::{Content as YamlContent, YamlScreen};
