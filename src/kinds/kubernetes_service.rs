//! Services as Kubernetes means them: an address in front of pods. Our own services are in `domain::service`.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::Column;
use super::info::{KindInfo, core};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{IntOrString, Object, Pair, nullable, pairs};
use super::workload::{self, Labels};
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesServiceRow {
    pub key: ObjectKey,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    #[serde(rename = "type")]
    pub kind: CleanText,
    pub cluster_ip: CleanText,
    /// Addresses outside the cluster, or the name it stands for.
    pub external: CleanText,
    pub ports: Box<[ServicePortRow]>,
    pub selector: Labels,
    pub labels: Labels,
    pub created: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePortRow {
    pub name: CleanText,
    pub port: u16,
    /// A number or the name of a container's port.
    pub target: CleanText,
    pub protocol: CleanText,
}

impl KubernetesServiceRow {
    fn ports(&self) -> CleanText {
        let ports: Vec<String> = self
            .ports
            .iter()
            .map(
                |port| {
                    if port.name.is_empty() { port.port.to_string() } else { format!("{}:{}", port.name, port.port) }
                },
            )
            .collect();
        ports.join(", ").into()
    }
}

impl Keyed for KubernetesServiceRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct KubernetesService;

impl Definition for KubernetesService {
    const INFO: &'static KindInfo =
        &core(Kind::KubernetesService, "Service", "services", "service", "Kubernetes Services", &["svc"]);
    type Wire = Object<ServiceSpec, ServiceStatus>;
    type Row = KubernetesServiceRow;
    const VARIANT: fn(Arc<KubernetesServiceRow>) -> Row = Row::KubernetesService;

    const COLUMNS: &'static [Column<KubernetesServiceRow>] = &[
        Column::left("NAME", 32, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 1, |row, _| (&row.key.namespace).into()),
        Column::left("TYPE", 13, 0, |row, _| (&row.kind).into()),
        Column::left("CLUSTER IP", 15, 1, |row, _| (&row.cluster_ip).into()),
        Column::left("EXTERNAL", 20, 2, |row, _| (&row.external).into()),
        Column::left("PORTS", 24, 1, |row, _| (&row.ports()).into()),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: Self::Wire, interner: &mut Interner) -> KubernetesServiceRow {
        let (metadata, spec, status) = wire.parts();
        let ingress = status.load_balancer.unwrap_or_default().ingress;
        let mut external: Vec<&str> = ingress
            .iter()
            .map(|ingress| if ingress.ip.is_empty() { ingress.hostname.as_str() } else { ingress.ip.as_str() })
            .chain(spec.external_ips.iter().map(String::as_str))
            .collect();
        if !spec.external_name.is_empty() {
            external.push(&spec.external_name);
        }
        KubernetesServiceRow {
            key: workload::key(Kind::KubernetesService, &metadata, interner),
            kind: interner.share(&spec.kind),
            cluster_ip: CleanText::new(&spec.cluster_ip),
            external: CleanText::new(&external.join(", ")),
            ports: spec
                .ports
                .iter()
                .map(|port| ServicePortRow {
                    name: interner.share(&port.name),
                    port: u16::try_from(port.port).unwrap_or_default(),
                    target: interner.share(&port.target_port.as_ref().map(ToString::to_string).unwrap_or_default()),
                    protocol: interner.share(&port.protocol),
                })
                .collect(),
            selector: workload::labels(&spec.selector, interner),
            labels: workload::labels(&metadata.labels, interner),
            created: metadata.created(),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceSpec {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "nullable")]
    pub ports: Vec<ServicePort>,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "pairs")]
    pub selector: Vec<Pair>,
    #[prost(string, tag = "3")]
    #[serde(rename = "clusterIP")]
    pub cluster_ip: String,
    #[prost(string, tag = "4")]
    #[serde(rename = "type")]
    pub kind: String,
    #[prost(string, repeated, tag = "5")]
    #[serde(rename = "externalIPs", deserialize_with = "nullable")]
    pub external_ips: Vec<String>,
    #[prost(string, tag = "10")]
    pub external_name: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServicePort {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub protocol: String,
    #[prost(int32, tag = "3")]
    pub port: i32,
    #[prost(message, optional, tag = "4")]
    pub target_port: Option<IntOrString>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceStatus {
    #[prost(message, optional, tag = "1")]
    pub load_balancer: Option<LoadBalancer>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LoadBalancer {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "nullable")]
    pub ingress: Vec<Ingress>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Ingress {
    #[prost(string, tag = "1")]
    pub ip: String,
    #[prost(string, tag = "2")]
    pub hostname: String,
}
