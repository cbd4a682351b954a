//! What the API server says was asked of it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use serde_json::Value;

use super::cluster::state;

/// The requests from a moment on.
pub struct Audit {
    log: File,
    /// A line that the server has not written to its end yet.
    begun: String,
}

impl Audit {
    /// Begins at the end of the log.
    pub fn begin() -> Self {
        let mut log = File::open(state().join("audit.log")).expect("the audit log");
        log.seek(SeekFrom::End(0)).expect("its end");
        Self { log, begun: String::new() }
    }

    /// What a person changed since the last look: dry runs change nothing, reviews only ask for rights, and a shell is
    /// no write.
    pub fn writes(&mut self, person: &str) -> Vec<String> {
        self.asked(person).iter().filter(|event| changes(event) && !is_dry_run(event)).map(words).collect()
    }

    /// All but reading that a person asked for since the last look: changes, their dry runs, and shells. Each once,
    /// though a shell is told of when it begins and when it ends.
    pub fn acts(&mut self, person: &str) -> Vec<String> {
        let mut told = BTreeSet::new();
        let mut events = self.asked(person);
        events.retain(|event| (changes(event) || is_shell(event)) && told.insert(text(event, "auditID").to_owned()));
        events.iter().map(words).collect()
    }

    fn asked(&mut self, person: &str) -> Vec<Value> {
        self.log.read_to_string(&mut self.begun).expect("JSON lines");
        let whole = self.begun.rfind('\n').map_or(0, |end| end + 1);
        let lines: String = self.begun.drain(..whole).collect();
        let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
        events.filter(|event| event["user"]["username"] == person).collect()
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn changes(event: &Value) -> bool {
    let object = &event["objectRef"];
    !matches!(text(event, "verb"), "get" | "list" | "watch")
        && !matches!(text(object, "apiGroup"), "authentication.k8s.io" | "authorization.k8s.io")
        && !is_shell(event)
}

fn is_dry_run(event: &Value) -> bool {
    text(event, "requestURI").contains("dryRun=All")
}

fn is_shell(event: &Value) -> bool {
    matches!(text(&event["objectRef"], "subresource"), "exec" | "attach")
}

/// `patch deployments checkout/pay-api`, `create pods/exec checkout/pay-api-0`
fn words(event: &Value) -> String {
    let object = &event["objectRef"];
    let (verb, resource) = (text(event, "verb"), text(object, "resource"));
    let part = object["subresource"].as_str().map(|part| format!("/{part}")).unwrap_or_default();
    format!("{verb} {resource}{part} {}/{}", text(object, "namespace"), text(object, "name"))
}
