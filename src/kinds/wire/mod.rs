//! Wire structs shared by several kinds: only the fields that are shown or decided on, with the tags of
//! `generated.proto` in k8s.io/api and the names of the JSON form. Unknown fields are skipped without allocation.
//! Nothing here is clean: values leave through the projections, which sanitise.

mod envelope;
mod metadata;
mod object;
mod template;
mod value;

pub use envelope::{ListMeta, Status, StatusDetails, Unknown, WatchEvent};
pub use metadata::{Condition, Ignored, LabelSelector, ManagedField, Manager, Metadata, OwnerReference};
pub use object::Object;
pub use template::{Container, EphemeralContainer, PodTemplate, PodTemplateSpec, Resources};
pub use value::{Amount, IntOrString, Pair, Quantity, Time, amounts, nullable, pairs, text, text_of};
