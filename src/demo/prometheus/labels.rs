//! A sorted set of labels, the identity of a series. No meaning of any label lives here.

use std::fmt;
use std::sync::Arc;

pub const METRIC_NAME: &str = "__name__";

/// Sorted by name, without empty values: in Prometheus an empty label is an absent one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels(Vec<(Arc<str>, Arc<str>)>);

impl Labels {
    pub fn new<N: Into<Arc<str>>, V: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut pairs: Vec<_> = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(_, value): &(Arc<str>, Arc<str>)| !value.is_empty())
            .collect();
        pairs.sort();
        Self(pairs)
    }

    /// The value, or the empty string when the label is absent.
    pub fn get(&self, name: &str) -> &str {
        self.shared(name).map_or("", |value| value)
    }

    fn shared(&self, name: &str) -> Option<&Arc<str>> {
        self.0.iter().find(|(have, _)| &**have == name).map(|(_, value)| value)
    }

    pub fn metric_name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn without_metric_name(&self) -> Self {
        self.retain(|name| name != METRIC_NAME)
    }

    pub fn only(&self, names: &[String]) -> Self {
        self.retain(|name| names.iter().any(|wanted| wanted == name))
    }

    /// Without the listed labels and without the metric name, as `without` and `ignoring` mean it.
    pub fn ignoring(&self, names: &[String]) -> Self {
        self.retain(|name| name != METRIC_NAME && !names.iter().any(|dropped| dropped == name))
    }

    pub fn retain(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| keep(name)).cloned().collect())
    }

    /// These labels and more; none of the new names is there yet.
    pub fn and(&self, more: &[(&str, &str)]) -> Self {
        let more = more.iter().filter(|(_, value)| !value.is_empty());
        let mut pairs = self.0.clone();
        pairs.extend(more.map(|(name, value)| (Arc::from(*name), Arc::from(*value))));
        pairs.sort();
        Self(pairs)
    }

    /// Sets a label; an empty value removes it.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs: Vec<_> = self.0.iter().filter(|(have, _)| &**have != name).cloned().collect();
        if !value.is_empty() {
            let at = pairs.partition_point(|(have, _)| &**have < name);
            pairs.insert(at, (Arc::from(name), Arc::from(value)));
        }
        Self(pairs)
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("{")?;
        for (at, (name, value)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{name}={value:?}")?;
        }
        out.write_str("}")
    }
}

impl serde::Serialize for Labels {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
