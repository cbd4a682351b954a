//! Reads alerts and silences (API v2). Silencing is a write and is not done here.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::alert::{RoutedAlert, Silence, SilenceMatcher};
use crate::domain::endpoint::{Endpoint, Monitor};
use crate::domain::problem::Problem;
use crate::domain::text::CleanText;
use crate::sources::http_get::HttpGet;
use crate::sources::monitoring::Base;

#[derive(Clone)]
pub struct AlertmanagerClient {
    base: Base,
}

impl AlertmanagerClient {
    /// # Errors
    /// When no client can be made for the endpoint.
    pub fn new(endpoint: &Endpoint, cluster: &Arc<dyn HttpGet>) -> Result<Self, Problem> {
        Ok(Self { base: Base::new(Monitor::Alertmanager, endpoint, cluster)? })
    }

    /// Every alert it holds, suppressed ones included.
    ///
    /// # Errors
    /// No connection or a missing right.
    pub async fn alerts(&self) -> Result<Vec<RoutedAlert>, Problem> {
        let alerts: Vec<RawAlert> = self.base.json("/api/v2/alerts", &[]).await?;
        Ok(alerts.into_iter().map(RawAlert::into_domain).collect())
    }

    /// Every silence, ended ones left out.
    ///
    /// # Errors
    /// No connection or a missing right.
    pub async fn silences(&self) -> Result<Vec<Silence>, Problem> {
        let silences: Vec<RawSilence> = self.base.json("/api/v2/silences", &[]).await?;
        Ok(silences
            .into_iter()
            .filter(|silence| silence.status.state != "expired")
            .map(RawSilence::into_domain)
            .collect())
    }

    /// The names of all receivers.
    ///
    /// # Errors
    /// No connection or a missing right.
    pub async fn receivers(&self) -> Result<Vec<CleanText>, Problem> {
        let receivers: Vec<Receiver> = self.base.json("/api/v2/receivers", &[]).await?;
        Ok(receivers.into_iter().map(|receiver| receiver.name.into()).collect())
    }
}

#[derive(Deserialize)]
struct Receiver {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAlert {
    #[serde(default)]
    fingerprint: String,
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    starts_at: String,
    #[serde(default)]
    ends_at: String,
    #[serde(default)]
    receivers: Vec<Receiver>,
    #[serde(default)]
    status: RawAlertStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawAlertStatus {
    silenced_by: Vec<String>,
    inhibited_by: Vec<String>,
    muted_by: Vec<String>,
}

impl RawAlert {
    fn into_domain(self) -> RoutedAlert {
        RoutedAlert {
            fingerprint: self.fingerprint.into(),
            labels: clean(self.labels),
            annotations: clean(self.annotations),
            starts_at: self.starts_at.parse().ok(),
            ends_at: self.ends_at.parse().ok(),
            receivers: self.receivers.into_iter().map(|receiver| receiver.name.into()).collect(),
            silenced_by: self.status.silenced_by.into_iter().map(CleanText::from).collect(),
            inhibited_by: self.status.inhibited_by.into_iter().map(CleanText::from).collect(),
            muted_by: self.status.muted_by.into_iter().map(CleanText::from).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSilence {
    id: String,
    #[serde(default)]
    status: RawSilenceStatus,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    starts_at: String,
    #[serde(default)]
    ends_at: String,
    #[serde(default)]
    matchers: Vec<RawMatcher>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawSilenceStatus {
    state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMatcher {
    name: String,
    value: String,
    #[serde(default)]
    is_regex: bool,
    /// Left out by old versions, which know no negative matchers.
    #[serde(default = "yes")]
    is_equal: bool,
}

fn yes() -> bool {
    true
}

impl RawSilence {
    fn into_domain(self) -> Silence {
        Silence {
            id: self.id.into(),
            created_by: self.created_by.into(),
            comment: self.comment.into(),
            starts_at: self.starts_at.parse::<Timestamp>().ok(),
            ends_at: self.ends_at.parse::<Timestamp>().ok(),
            active: self.status.state == "active",
            matchers: self
                .matchers
                .into_iter()
                .map(|matcher| SilenceMatcher {
                    name: matcher.name.into(),
                    value: matcher.value.into(),
                    regex: matcher.is_regex,
                    equal: matcher.is_equal,
                })
                .collect(),
        }
    }
}

fn clean(labels: BTreeMap<String, String>) -> BTreeMap<CleanText, CleanText> {
    labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::endpoint::ServiceEndpoint;
    use crate::sources::monitoring::scripted::Scripted;

    fn client(http: Scripted) -> AlertmanagerClient {
        let endpoint = Endpoint::Service(ServiceEndpoint::new("monitoring", "alertmanager", "web"));
        let http: Arc<dyn HttpGet> = Arc::new(http);
        AlertmanagerClient::new(&endpoint, &http).expect("a client")
    }

    #[tokio::test]
    async fn alerts_carry_their_routes_and_what_silences_them() {
        let body = r#"[{"annotations":{"summary":"bad"},"endsAt":"2026-11-21T03:07:15.000Z","fingerprint":"ab12",
            "receivers":[{"name":"pager"}],"startsAt":"2026-11-21T03:01:15.000Z","updatedAt":"2026-11-21T03:03:15.000Z",
            "status":{"inhibitedBy":[],"mutedBy":[],"silencedBy":["s1"],"state":"suppressed"},
            "generatorURL":"http://p/graph","labels":{"alertname":"PayErrorRatio"}}]"#;
        let alerts = client(Scripted::default().answer("/", 200, body)).alerts().await.expect("alerts");
        assert_eq!(alerts[0].receivers, ["pager"]);
        assert_eq!(alerts[0].silenced_by, ["s1"]);
        assert!(alerts[0].starts_at.is_some());
    }

    #[tokio::test]
    async fn ended_silences_are_left_out() {
        let body = r#"[
            {"id":"s1","status":{"state":"active"},"comment":"migration\u202e","createdBy":"bob","startsAt":"2026-11-21T03:00:00Z",
             "endsAt":"2026-11-21T04:00:00Z","matchers":[{"isRegex":false,"name":"alertname","value":"X"}]},
            {"id":"s2","status":{"state":"expired"},"comment":"","createdBy":"bob","startsAt":"2026-11-21T03:00:00Z",
             "endsAt":"2026-11-21T03:10:00Z","matchers":[]}]"#;
        let silences = client(Scripted::default().answer("/", 200, body)).silences().await.expect("silences");
        assert_eq!(silences.len(), 1);
        assert_eq!(silences[0].comment, "migration");
        assert!(silences[0].matchers[0].equal);
    }
}
