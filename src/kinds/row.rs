//! The row of any kind: what lists and watches carry, and how the generic table reads it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::column::{Cell, Column, Heading};
use super::info::KindInfo;
use super::interner::Interner;
use super::{
    config_map, controller_revision, daemon_set, deployment, event, horizontal_pod_autoscaler, kubernetes_service,
    namespace, node, pod, pod_disruption_budget, replica_set, secret, stateful_set,
};
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey};

/// What a kind's file defines.
pub trait Definition {
    const INFO: &'static KindInfo;
    /// The few fields read from either wire.
    type Wire: prost::Message + Default + serde::de::DeserializeOwned;
    /// What is kept of them.
    type Row: Keyed + 'static;
    const COLUMNS: &'static [Column<Self::Row>];
    /// Its variant of `Row`.
    const VARIANT: fn(Arc<Self::Row>) -> Row;

    fn project(wire: Self::Wire, interner: &mut Interner) -> Self::Row;

    /// How bad it is, from its own status alone.
    fn grade(_row: &Self::Row) -> Grade {
        Grade::Ready
    }
}

/// A row that knows its object.
pub trait Keyed {
    fn key(&self) -> &ObjectKey;
}

/// Something to do with the definition of a kind known only at run time.
pub trait DefinitionVisitor {
    type Answer;
    fn visit<D: Definition>(self) -> Self::Answer;
}

/// Declares each kind's row once: the enum and every match over it.
macro_rules! kinds {
    ($($kind:ident => $definition:ty),+ $(,)?) => {
        /// A row of any built-in kind. Cheap to clone.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Row {
            $($kind(Arc<<$definition as Definition>::Row>)),+
        }

        impl Row {
            #[must_use]
            pub fn key(&self) -> &ObjectKey {
                match self { $(Self::$kind(row) => row.key()),+ }
            }

            /// How bad it is, from its own status alone.
            #[must_use]
            pub fn grade(&self) -> Grade {
                match self { $(Self::$kind(row) => <$definition>::grade(row)),+ }
            }

            /// The cell in the column of this index, empty beyond the last.
            #[must_use]
            pub fn cell(&self, column: usize, now: Timestamp) -> Cell {
                match self {
                    $(Self::$kind(row) => {
                        <$definition>::COLUMNS.get(column).map_or(Cell::Empty, |column| (column.cell)(row, now))
                    }),+
                }
            }
        }

        /// The headings of a kind's columns, in their order.
        #[must_use]
        pub fn columns(kind: Kind) -> Vec<Heading> {
            match kind { $(Kind::$kind => <$definition>::COLUMNS.iter().map(|column| column.heading).collect()),+ }
        }

        pub(super) static INFOS: &[&KindInfo] = &[$(<$definition>::INFO),+];

        pub(super) fn info(kind: Kind) -> &'static KindInfo {
            match kind { $(Kind::$kind => <$definition>::INFO),+ }
        }

        pub(super) fn with_definition<V: DefinitionVisitor>(kind: Kind, visitor: V) -> V::Answer {
            match kind { $(Kind::$kind => visitor.visit::<$definition>()),+ }
        }
    };
}

kinds! {
    Namespace => namespace::Namespace,
    Node => node::Node,
    Pod => pod::Pod,
    Deployment => deployment::Deployment,
    ReplicaSet => replica_set::ReplicaSet,
    StatefulSet => stateful_set::StatefulSet,
    DaemonSet => daemon_set::DaemonSet,
    ControllerRevision => controller_revision::ControllerRevision,
    HorizontalPodAutoscaler => horizontal_pod_autoscaler::HorizontalPodAutoscaler,
    PodDisruptionBudget => pod_disruption_budget::PodDisruptionBudget,
    ConfigMap => config_map::ConfigMap,
    Secret => secret::Secret,
    KubernetesService => kubernetes_service::KubernetesService,
    Event => event::Event,
}

impl Row {
    /// All cells of a row, in the order of its kind's columns.
    #[must_use]
    pub fn cells(&self, now: Timestamp) -> Vec<Cell> {
        (0..columns(self.key().kind).len()).map(|column| self.cell(column, now)).collect()
    }

    /// Appends what a filter looks through: every text and state of the row, separated by spaces.
    pub fn filter_text(&self, now: Timestamp, into: &mut String) {
        for cell in self.cells(now) {
            if let Cell::Text(text) | Cell::State(_, text) = cell {
                into.push_str(&text);
                into.push(' ');
            }
        }
    }
}
