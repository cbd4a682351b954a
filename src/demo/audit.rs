//! What was asked of the cluster, as its audit log would hold it. Bounded.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use http::Method;

const KEPT: usize = 10_000;

#[derive(Clone, Debug, PartialEq)]
pub struct RequestRecord {
    pub method: Method,
    pub path: String,
    pub query: String,
    /// Who it acted as.
    pub user: String,
    /// RBAC's verb: `list`, `watch`, `patch` …; empty for what is no resource.
    pub verb: &'static str,
    pub dry_run: bool,
    pub status: u16,
}

impl RequestRecord {
    /// It changed something, or would have: neither a dry run nor a question about rights.
    pub fn is_write(&self) -> bool {
        matches!(self.method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
            && !self.dry_run
            && !self.path.starts_with("/apis/authorization.k8s.io/")
            && !self.path.starts_with("/apis/authentication.k8s.io/")
    }
}

#[derive(Debug, Default)]
pub(super) struct Audit(Mutex<VecDeque<RequestRecord>>);

impl Audit {
    pub(super) fn add(&self, record: RequestRecord) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() == KEPT {
            records.pop_front();
        }
        records.push_back(record);
    }

    pub(super) fn all(&self) -> Vec<RequestRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
