//! Which series of two vectors belong together: `on`, `ignoring`, `group_left` and `group_right`.

use promql_parser::parser::{BinModifier, LabelModifier, VectorMatchCardinality};

use crate::demo::prometheus::labels::Labels;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cardinality {
    OneToOne,
    ManyToOne,
    OneToMany,
}

#[derive(Debug, Clone)]
pub struct Matching {
    pub cardinality: Cardinality,
    pub on: bool,
    pub names: Vec<String>,
    /// Labels that the "one" side lends to the result.
    pub include: Vec<String>,
}

impl Matching {
    pub fn of(modifier: Option<&BinModifier>) -> Self {
        let (on, names) = match modifier.and_then(|modifier| modifier.matching.as_ref()) {
            None => (false, Vec::new()),
            Some(LabelModifier::Include(names)) => (true, names.labels.clone()),
            Some(LabelModifier::Exclude(names)) => (false, names.labels.clone()),
        };
        let (cardinality, include) = match modifier.map(|modifier| &modifier.card) {
            Some(VectorMatchCardinality::ManyToOne(include)) => (Cardinality::ManyToOne, include.labels.clone()),
            Some(VectorMatchCardinality::OneToMany(include)) => (Cardinality::OneToMany, include.labels.clone()),
            _ => (Cardinality::OneToOne, Vec::new()),
        };
        Self { cardinality, on, names, include }
    }

    /// What must be equal for two series to match.
    pub fn signature(&self, labels: &Labels) -> Labels {
        if self.on { labels.only(&self.names) } else { labels.ignoring(&self.names) }
    }

    /// The labels of a result, from those of the "many" side (the left one, one to one) and of the "one" side.
    pub fn result(&self, many: &Labels, one: &Labels, drops_name: bool) -> Labels {
        let named = if drops_name { many.without_metric_name() } else { many.clone() };
        if self.cardinality == Cardinality::OneToOne {
            return if self.on {
                named.only(&self.names)
            } else {
                named.retain(|name| !self.names.iter().any(|dropped| dropped == name))
            };
        }
        self.include.iter().fold(named, |labels, name| labels.with(name, one.get(name)))
    }
}
