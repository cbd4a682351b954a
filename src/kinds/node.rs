//! Nodes.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{KindInfo, Opens, core};
use super::interner::Interner;
use super::pod_container::MESSAGE_LIMIT;
use super::quantity;
use super::row::{Definition, Keyed, Row};
use super::wire::{Amount, Condition, Object, Time, amounts, nullable, text_of};
use super::workload;
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeRow {
    pub key: ObjectKey,
    pub ready: bool,
    /// Since when it is Ready or not.
    pub since: Option<Timestamp>,
    /// Why it is not Ready.
    pub message: CleanText,
    /// Pressures that stand: `MemoryPressure`, `DiskPressure`.
    pub pressures: Box<[CleanText]>,
    pub cordoned: bool,
    pub roles: CleanText,
    pub kubelet: CleanText,
    pub address: CleanText,
    pub cpu: Option<u32>,
    pub memory: Option<u64>,
    pub created: Option<Timestamp>,
}

impl NodeRow {
    fn state(&self) -> Cell {
        let mut words = vec![if self.ready { "Ready" } else { "NotReady" }];
        if self.cordoned {
            words.push("cordoned");
        }
        words.extend(self.pressures.iter().map(CleanText::as_str));
        let grade = match (self.ready, self.pressures.is_empty() && !self.cordoned) {
            (false, _) => Grade::Broken,
            (true, false) => Grade::AtRisk,
            (true, true) => Grade::Ready,
        };
        Cell::State(grade, words.join(", ").into())
    }
}

impl Keyed for NodeRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct Node;

impl Definition for Node {
    const INFO: &'static KindInfo = &KindInfo {
        namespaced: false,
        opens: Opens::Pods,
        ..core(Kind::Node, "Node", "nodes", "node", "Nodes", &["no"])
    };
    type Wire = Object<NodeSpec, NodeStatus>;
    type Row = NodeRow;
    const VARIANT: fn(Arc<NodeRow>) -> Row = Row::Node;

    const COLUMNS: &'static [Column<NodeRow>] = &[
        Column::left("NAME", 32, 0, |row, _| (&row.key.name).into()),
        Column::left("STATUS", 20, 0, |row, _| row.state()),
        Column::left("ROLES", 16, 3, |row, _| (&row.roles).into()),
        Column::left("VERSION", 12, 2, |row, _| (&row.kubelet).into()),
        Column::right("CPU", 6, 2, |row, _| row.cpu.map_or(Cell::Empty, Cell::Millicores)),
        Column::right("MEMORY", 9, 2, |row, _| row.memory.map_or(Cell::Empty, Cell::Bytes)),
        Column::left("ADDRESS", 15, 4, |row, _| (&row.address).into()),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: Self::Wire, interner: &mut Interner) -> NodeRow {
        let (metadata, spec, status) = wire.parts();
        let ready = status.conditions.iter().find(|condition| condition.kind == "Ready");
        let is_ready = ready.is_some_and(|condition| condition.status == "True");
        let roles: Vec<&str> = metadata
            .labels
            .iter()
            .filter_map(|label| label.key.strip_prefix("node-role.kubernetes.io/"))
            .filter(|role| !role.is_empty())
            .collect();
        let amount = |name: &str| {
            let amount = status.allocatable.iter().find(|amount| amount.key == name)?;
            amount.value.as_ref().map(|quantity| quantity.string.as_str())
        };
        NodeRow {
            key: workload::key(Kind::Node, &metadata, interner),
            ready: is_ready,
            since: ready.and_then(|condition| condition.last_transition_time).and_then(Time::timestamp),
            message: ready
                .filter(|_| !is_ready)
                .map(|condition| CleanText::new(&text_of(&condition.message, MESSAGE_LIMIT)))
                .unwrap_or_default(),
            pressures: status
                .conditions
                .iter()
                .filter(|condition| condition.kind != "Ready" && condition.status == "True")
                .map(|condition| interner.share(&condition.kind))
                .collect(),
            cordoned: spec.unschedulable,
            roles: CleanText::new(&roles.join(",")),
            kubelet: interner.share(status.node_info.as_ref().map_or("", |info| info.kubelet_version.as_str())),
            address: status
                .addresses
                .iter()
                .find(|address| address.kind == "InternalIP")
                .map(|address| CleanText::new(&address.address))
                .unwrap_or_default(),
            cpu: amount("cpu").and_then(quantity::millicores),
            memory: amount("memory").and_then(quantity::bytes),
            created: metadata.created(),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeSpec {
    #[prost(bool, tag = "4")]
    pub unschedulable: bool,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeStatus {
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "amounts")]
    pub allocatable: Vec<Amount>,
    #[prost(message, repeated, tag = "4")]
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    #[prost(message, repeated, tag = "5")]
    #[serde(deserialize_with = "nullable")]
    pub addresses: Vec<NodeAddress>,
    #[prost(message, optional, tag = "7")]
    pub node_info: Option<NodeInfo>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeAddress {
    #[prost(string, tag = "1")]
    #[serde(rename = "type")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub address: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeInfo {
    #[prost(string, tag = "7")]
    pub kubelet_version: String,
}
