//! Rights: what a request needs, and what the API server said of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::text::CleanText;

/// One right, as RBAC names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Access {
    pub verb: CleanText,
    pub group: CleanText,
    /// The plural resource, with its subresource after a slash: `deployments/scale`.
    pub resource: CleanText,
    /// Empty for objects of the cluster, or for all namespaces.
    pub namespace: CleanText,
    /// Empty when the right is not for one name.
    pub name: CleanText,
}

impl Access {
    #[must_use]
    pub fn new(verb: &str, group: &str, resource: &str, namespace: &str) -> Self {
        Self {
            verb: CleanText::new(verb),
            group: CleanText::new(group),
            resource: CleanText::new(resource),
            namespace: CleanText::new(namespace),
            name: CleanText::default(),
        }
    }

    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = CleanText::new(name);
        self
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        if self.namespace.is_empty() { f.write_str(" in all namespaces") } else { write!(f, " in {}", self.namespace) }
    }
}

/// What is known of a right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Grant {
    Allowed,
    /// The server said no, with its reason.
    Denied(CleanText),
    /// Not asked, or the answer did not settle it.
    #[default]
    Unknown,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed => f.write_str("allowed"),
            Self::Denied(reason) => write!(f, "denied, {reason}"),
            Self::Unknown => f.write_str("not known"),
        }
    }
}

/// All answers of one connection.
#[derive(Debug, Default)]
pub struct Grants(BTreeMap<Access, Grant>);

impl Grants {
    #[must_use]
    pub fn get(&self, access: &Access) -> Grant {
        self.0.get(access).cloned().unwrap_or_default()
    }

    pub fn set(&mut self, access: Access, grant: Grant) {
        self.0.insert(access, grant);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
