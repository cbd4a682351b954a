//! What a list or watch delivers, in batches.

use crate::domain::freshness::Freshness;
use crate::domain::object::ObjectKey;

use super::row::Row;

#[derive(Clone, PartialEq)]
pub enum ObjectsEvent {
    /// Everything there is: what is not among these is gone.
    Replaced(Vec<Row>),
    /// New or changed.
    Applied(Vec<Row>),
    Deleted(Vec<ObjectKey>),
    /// How far what was delivered can be trusted from now on.
    Freshness(Freshness),
}

impl std::fmt::Debug for ObjectsEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Replaced(rows) => write!(f, "Replaced({} rows)", rows.len()),
            Self::Applied(rows) => write!(f, "Applied({} rows)", rows.len()),
            Self::Deleted(keys) => write!(f, "Deleted({} keys)", keys.len()),
            Self::Freshness(freshness) => f.debug_tuple("Freshness").field(freshness).finish(),
        }
    }
}
