//! Asks Prometheus. Always by GET: through the API server's proxy the method is the verb that the user needs.

use std::sync::Arc;

use super::answer::{self, Envelope};
use super::rules;
use crate::domain::alert::{ActiveAlert, AlertingRule};
use crate::domain::endpoint::{Endpoint, Monitor};
use crate::domain::metric::{Grid, InstantAnswer, RangeAnswer};
use crate::domain::problem::Problem;
use crate::domain::text::CleanText;
use crate::sources::http_get::HttpGet;
use crate::sources::monitoring::Base;

/// Prometheus refuses more points than this for each series.
pub const MAX_STEPS: usize = 11_000;

/// A question about a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeRequest {
    pub query: String,
    pub grid: Grid,
    /// More series than this are counted and not kept.
    pub series_limit: usize,
}

#[derive(Clone)]
pub struct PrometheusClient {
    base: Base,
}

impl PrometheusClient {
    /// # Errors
    /// When no client can be made for the endpoint.
    pub fn new(endpoint: &Endpoint, cluster: &Arc<dyn HttpGet>) -> Result<Self, Problem> {
        Ok(Self { base: Base::new(Monitor::Prometheus, endpoint, cluster)? })
    }

    /// The value of an expression now, by the server's clock. At most `limit` samples are kept.
    ///
    /// # Errors
    /// No connection, a missing right, or an expression the server refuses.
    pub async fn instant(&self, query: &str, limit: usize) -> Result<InstantAnswer, Problem> {
        let body = self.base.bytes("/api/v1/query", &[("query", query)]).await?;
        answer::instant(self.envelope(&body)?, limit).map_err(|why| self.base.malformed(&why))
    }

    /// The value of an expression at every step of a grid.
    ///
    /// # Errors
    /// As `instant`.
    pub async fn range(&self, request: &RangeRequest) -> Result<RangeAnswer, Problem> {
        let grid = within_limit(request.grid);
        let (start, end) = (seconds(grid.start), seconds(grid.end()));
        let step = grid.step_seconds.to_string();
        let parameters = [
            ("query", request.query.as_str()),
            ("start", start.as_str()),
            ("end", end.as_str()),
            ("step", step.as_str()),
        ];
        let body = self.base.bytes("/api/v1/query_range", &parameters).await?;
        answer::range(self.envelope(&body)?, grid, request.series_limit).map_err(|why| self.base.malformed(&why))
    }

    /// Every alerting rule with its alerts, pending ones included.
    ///
    /// # Errors
    /// As `instant`.
    pub async fn rules(&self) -> Result<Vec<AlertingRule>, Problem> {
        let body = self.base.bytes("/api/v1/rules", &[("type", "alert")]).await?;
        rules::rules(self.envelope(&body)?).map_err(|why| self.base.malformed(&why))
    }

    /// Alerts without their rules, for servers that keep rules elsewhere.
    ///
    /// # Errors
    /// As `instant`.
    pub async fn alerts(&self) -> Result<Vec<ActiveAlert>, Problem> {
        let body = self.base.bytes("/api/v1/alerts", &[]).await?;
        rules::alerts(self.envelope(&body)?).map_err(|why| self.base.malformed(&why))
    }

    /// The names of all metrics, at most `limit`.
    ///
    /// # Errors
    /// As `instant`.
    pub async fn metric_names(&self, limit: usize) -> Result<Vec<CleanText>, Problem> {
        let bound = limit.to_string();
        let body = self.base.bytes("/api/v1/label/__name__/values", &[("limit", &bound)]).await?;
        let names: Vec<String> = self.envelope(&body)?.data().map_err(|why| self.base.malformed(&why))?;
        Ok(names.into_iter().take(limit).map(CleanText::from).collect())
    }

    fn envelope<'a>(&self, body: &'a [u8]) -> Result<Envelope<'a>, Problem> {
        Envelope::read(body).map_err(|why| self.base.malformed(&why))
    }
}

/// Widens the step where a grid asks for more points than the server gives.
fn within_limit(grid: Grid) -> Grid {
    if grid.steps <= MAX_STEPS {
        return grid;
    }
    let length = grid.step_seconds * (grid.steps - 1) as f64;
    let step_seconds = (length / (MAX_STEPS - 1) as f64).ceil().max(1.0);
    Grid { start: grid.start, step_seconds, steps: (length / step_seconds) as usize + 1 }
}

fn seconds(at: jiff::Timestamp) -> String {
    format!("{}.{:03}", at.as_second(), at.subsec_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::endpoint::ServiceEndpoint;
    use crate::domain::problem::Cause;
    use crate::sources::monitoring::scripted::Scripted;
    use jiff::Timestamp;

    fn client(http: &Arc<Scripted>) -> PrometheusClient {
        let endpoint = Endpoint::Service(ServiceEndpoint::new("monitoring", "prometheus", "web"));
        let http: Arc<dyn HttpGet> = Arc::clone(http) as Arc<dyn HttpGet>;
        PrometheusClient::new(&endpoint, &http).expect("a client")
    }

    fn grid(steps: usize) -> Grid {
        Grid { start: Timestamp::from_second(1_700_000_000).expect("a time"), step_seconds: 15.0, steps }
    }

    #[tokio::test]
    async fn a_range_is_asked_for_by_get_on_its_grid() {
        let body = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
        let http = Arc::new(Scripted::default().answer("/", 200, body));
        let request = RangeRequest { query: "rate(x[1m])".into(), grid: grid(5), series_limit: 10 };
        let answer = client(&http).range(&request).await.expect("an answer");
        assert_eq!(answer.grid, grid(5));
        assert_eq!(
            http.asked(),
            ["/api/v1/namespaces/monitoring/services/prometheus:web/proxy/api/v1/query_range\
              ?query=rate%28x%5B1m%5D%29&start=1700000000.000&end=1700000060.000&step=15"]
        );
    }

    #[test]
    fn the_step_grows_before_the_server_refuses() {
        let wide = within_limit(grid(100_000));
        assert!(wide.steps <= MAX_STEPS, "{wide:?}");
        assert!((wide.end().as_second() - grid(100_000).end().as_second()).abs() <= wide.step_seconds as i64);
        assert_eq!(within_limit(grid(11_000)), grid(11_000));
    }

    #[tokio::test]
    async fn names_are_bounded() {
        let http = Arc::new(Scripted::default().answer("/", 200, r#"{"status":"success","data":["a","b","c"]}"#));
        assert_eq!(client(&http).metric_names(2).await.expect("names"), ["a", "b"]);
    }

    #[tokio::test]
    async fn another_api_is_malformed() {
        let http =
            Arc::new(Scripted::default().answer("/", 200, r#"{"status":"success","data":{"resultType":"vector"}}"#));
        assert_eq!(client(&http).instant("1", 5).await.expect_err("a problem").cause, Cause::Malformed);
    }
}
