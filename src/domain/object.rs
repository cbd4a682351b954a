//! Which object: kinds, names and namespaces.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::text::CleanText;

/// A kind the console knows by heart. What each one's rows and columns are stands in `kinds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Kind {
    Namespace,
    Node,
    Pod,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ControllerRevision,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    ConfigMap,
    /// Secrets are only ever listed as metadata; their data is read one object at a time, masked.
    Secret,
    KubernetesService,
    Event,
}

/// Names one object. `namespace` is empty for objects of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectKey {
    pub kind: Kind,
    pub namespace: CleanText,
    pub name: CleanText,
}

impl ObjectKey {
    #[must_use]
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: CleanText::new(namespace), name: CleanText::new(name) }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}", self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// The namespaces the user looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespaces {
    All,
    Some(BTreeSet<CleanText>),
}

impl Namespaces {
    #[must_use]
    pub fn one(name: &str) -> Self {
        Self::Some(BTreeSet::from([CleanText::new(name)]))
    }

    #[must_use]
    pub fn contains(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.contains(namespace),
        }
    }

    /// The one namespace, where it is only one.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match self {
            Self::Some(names) if names.len() == 1 => names.first().map(|name| name.as_str()),
            Self::All | Self::Some(_) => None,
        }
    }

    /// One scope for each list or watch that covers these namespaces.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        match self {
            Self::All => vec![Scope::Cluster],
            Self::Some(names) => names.iter().cloned().map(Scope::Namespace).collect(),
        }
    }
}

impl fmt::Display for Namespaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all namespaces"),
            Self::Some(names) => {
                for (index, name) in names.iter().enumerate() {
                    write!(f, "{}{name}", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

/// What one list or watch covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Cluster,
    Namespace(CleanText),
}
