//! What the API server says was asked of it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use serde_json::Value;

use super::cluster::state;

/// The requests from a moment on.
pub struct Audit {
    log: File,
}

impl Audit {
    /// Begins at the end of the log.
    pub fn begin() -> Self {
        let mut log = File::open(state().join("audit.log")).expect("the audit log");
        log.seek(SeekFrom::End(0)).expect("its end");
        Self { log }
    }

    /// What a person changed since the last look: dry runs change nothing, reviews only ask for rights, and a shell is
    /// no write.
    pub fn writes(&mut self, person: &str) -> Vec<String> {
        let mut text = String::new();
        self.log.read_to_string(&mut text).expect("JSON lines");
        let requests = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
        requests
            .filter(|event| event["user"]["username"] == person && changes(event))
            .map(|event| words(&event))
            .collect()
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn changes(event: &Value) -> bool {
    let object = &event["objectRef"];
    !matches!(text(event, "verb"), "get" | "list" | "watch")
        && !matches!(text(object, "apiGroup"), "authentication.k8s.io" | "authorization.k8s.io")
        && !matches!(text(object, "subresource"), "exec" | "attach")
        && !text(event, "requestURI").contains("dryRun=All")
}

/// `patch deployments checkout/pay-api`
fn words(event: &Value) -> String {
    let object = &event["objectRef"];
    let (verb, resource) = (text(event, "verb"), text(object, "resource"));
    format!("{verb} {resource} {}/{}", text(object, "namespace"), text(object, "name"))
}
