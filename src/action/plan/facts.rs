//! What a plan is made from: everything already read, so that planning needs no further request.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::access::Access;
use crate::domain::change::Change;
use crate::domain::identity::{Environment, Identity};
use crate::domain::mutation::{BodyType, Call, Method};
use crate::domain::object::ObjectKey;
use crate::domain::plan::Confirmation;
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::revision::Revision;
use crate::domain::service::Owner;
use crate::domain::text::CleanText;
use crate::kinds::info::{info, object_path};

#[derive(Debug)]
pub struct Facts<'a> {
    pub key: &'a ObjectKey,
    /// The workload as it is now, untouched.
    pub live: &'a RawObject,
    pub identity: &'a Identity,
    pub owner: &'a Owner,
    pub autoscaler: Option<Autoscaler>,
    pub now: Timestamp,
    /// More than one context was used in this session: the name alone is not enough to confirm.
    pub contexts_used: usize,
    /// Those that are kept, newest first, with the best that is known of how they ran.
    pub revisions: &'a [Revision],
    /// Why revisions cannot be read.
    pub revisions_problem: Option<&'a Problem>,
    /// Why a revision has no measured grade, by its number.
    pub unmeasured: &'a BTreeMap<u64, CleanText>,
    /// When the symptom began, if there is one.
    pub onset: Option<Timestamp>,
    /// What altered the workload.
    pub changes: &'a [Change],
}

/// An HPA that sets this workload's replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autoscaler {
    pub name: CleanText,
    pub minimum: u32,
    pub maximum: u32,
}

impl Facts<'_> {
    /// The uid of what was read: a namesake made meanwhile must not be changed.
    pub(super) fn uid(&self) -> Result<&str, Problem> {
        self.live.text("/metadata/uid").ok_or_else(|| {
            Problem::new(
                Cause::Malformed,
                format!("{} has no uid", self.key),
                "the server's answer is incomplete",
                "reload",
            )
        })
    }

    pub(super) fn path(&self) -> String {
        object_path(self.key)
    }

    /// A JSON Patch of the workload, or of a part of it such as `/scale`.
    pub(super) fn patch(&self, subresource: &str, operations: Vec<Value>, purpose: &str, repeat: &str) -> Call {
        let info = info(self.key.kind);
        let resource = format!("{}{subresource}", info.plural);
        Call {
            method: Method::Patch,
            path: format!("{}{subresource}", self.path()),
            body_type: BodyType::JsonPatch,
            body: RawObject::new(Value::Array(operations)),
            purpose: CleanText::new(purpose),
            access: Access::new("patch", info.group, &resource, &self.key.namespace).named(&self.key.name),
            repeat: CleanText::new(repeat),
        }
    }

    /// Refuses the whole patch when the object is not the one that was read.
    pub(super) fn same_object(&self) -> Result<Value, Problem> {
        Ok(json!({"op": "test", "path": "/metadata/uid", "value": self.uid()?}))
    }

    /// Sets an annotation of the workload, making the map where there is none.
    pub(super) fn annotate(&self, parent: &str, name: &str, value: &str) -> Vec<Value> {
        let mut operations = Vec::new();
        if self.live.part(parent).is_none() {
            operations.push(json!({"op": "add", "path": parent, "value": {}}));
        }
        let path = format!("{parent}/{}", escape_pointer(name));
        operations.push(json!({"op": "add", "path": path, "value": value}));
        operations
    }

    /// What must be typed: the name, with the context where several were used.
    pub(super) fn typed_name(&self) -> Confirmation {
        let name = &self.key.name;
        Confirmation::Type(match self.contexts_used {
            0 | 1 => name.clone(),
            _ => CleanText::new(&format!("{}/{name}", self.identity.context)),
        })
    }

    /// Light acts take Enter in development, and are typed where it is serious.
    pub(super) fn light_confirmation(&self) -> Confirmation {
        match self.identity.environment {
            Environment::Production | Environment::Demo => self.typed_name(),
            Environment::Development => Confirmation::Enter,
        }
    }

    /// `kubectl` as somebody else would type it here.
    pub(super) fn kubectl(&self, rest: &str) -> CleanText {
        CleanText::new(&format!("kubectl {} {rest}", self.place()))
    }

    pub(super) fn wk(&self, rest: &str) -> CleanText {
        CleanText::new(&format!("wk {} plan {rest}", self.place()))
    }

    fn place(&self) -> String {
        format!("--context {} -n {}", shell_word(&self.identity.context), shell_word(&self.key.namespace))
    }

    /// `deploy/pay-api`
    pub(super) fn typed_target(&self) -> String {
        let info = info(self.key.kind);
        shell_word(&format!("{}/{}", info.short_names.first().unwrap_or(&info.singular), self.key.name))
    }
}

/// One word to a shell, whatever a kubeconfig or a server calls its things: the line is made to be pasted.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// A name as one step of a JSON pointer.
fn escape_pointer(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_word_of_a_line_that_is_pasted() {
        assert_eq!(shell_word("arn:aws:eks:eu-1:1:cluster/prod"), "arn:aws:eks:eu-1:1:cluster/prod");
        assert_eq!(shell_word("prod; rm -rf ~"), "'prod; rm -rf ~'");
        assert_eq!(shell_word("it's $(me)"), "'it'\\''s $(me)'");
        assert_eq!(shell_word(""), "''");
    }
}
