//! Request parameters: from the query string or a form, and Prometheus's ways of writing times and durations.

use bytes::Bytes;
use http::{Method, Request, header};
use jiff::Timestamp;

use crate::demo::prometheus::evaluate::EvaluationError;
use crate::demo::prometheus::storage::Milliseconds;

pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub fn of(request: &Request<Bytes>) -> Self {
        let mut pairs = parse(request.uri().query().unwrap_or_default().as_bytes());
        let content_type = request.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        if request.method() == Method::POST && content_type.starts_with(b"application/x-www-form-urlencoded") {
            pairs.extend(parse(request.body()));
        }
        Self(pairs)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    pub fn time(&self, name: &str) -> Result<Option<Milliseconds>, EvaluationError> {
        let time = |text| {
            parse_time(text).ok_or_else(|| invalid(name, format_args!("cannot parse \"{text}\" to a valid timestamp")))
        };
        self.get(name).filter(|text| !text.is_empty()).map(time).transpose()
    }

    pub fn required_time(&self, name: &str) -> Result<Milliseconds, EvaluationError> {
        self.time(name)?.ok_or_else(|| invalid(name, format_args!("cannot parse \"\" to a valid timestamp")))
    }

    pub fn duration(&self, name: &str) -> Result<Milliseconds, EvaluationError> {
        let text = self.get(name).unwrap_or_default();
        parse_duration(text).ok_or_else(|| invalid(name, format_args!("cannot parse \"{text}\" to a valid duration")))
    }
}

pub fn invalid(name: &str, why: std::fmt::Arguments<'_>) -> EvaluationError {
    EvaluationError::bad_data(format!("invalid parameter \"{name}\": {why}"))
}

/// What a query that does not parse answers; one that is refused for its size keeps its own words.
pub fn unreadable(name: &str, why: EvaluationError) -> EvaluationError {
    match why {
        EvaluationError::BadData(reason) => invalid(name, format_args!("{reason}")),
        other => other,
    }
}

fn parse(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// Seconds since the epoch, with a fraction, or RFC 3339.
fn parse_time(text: &str) -> Option<Milliseconds> {
    match text.parse::<f64>() {
        Ok(seconds) => in_bounds(seconds),
        Err(_) => text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond),
    }
}

/// Seconds, with a fraction, or like `1m30s`.
fn parse_duration(text: &str) -> Option<Milliseconds> {
    match text.parse::<f64>() {
        Ok(seconds) => in_bounds(seconds),
        Err(_) => {
            let duration = promql_parser::util::parse_duration(text).ok()?;
            Milliseconds::try_from(duration.as_millis()).ok()
        }
    }
}

fn in_bounds(seconds: f64) -> Option<Milliseconds> {
    // Well within what arithmetic on milliseconds can carry.
    (seconds.abs() < 1e12).then(|| (seconds * 1000.0).round() as Milliseconds)
}
