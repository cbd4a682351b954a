//! Envelopes and number formats, byte for byte as Prometheus writes them.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::Serialize;
use serde::ser::{SerializeTuple, Serializer};

use crate::demo::prometheus::evaluate::EvaluationError;
use crate::demo::prometheus::storage::Milliseconds;

pub fn success(data: &impl Serialize) -> Response<Bytes> {
    #[derive(Serialize)]
    struct Success<'a, T> {
        status: &'static str,
        data: &'a T,
    }
    json(StatusCode::OK, &Success { status: "success", data })
}

pub fn failure(error: &EvaluationError) -> Response<Bytes> {
    match error {
        EvaluationError::BadData(message) => refused(StatusCode::BAD_REQUEST, "bad_data", message),
        EvaluationError::Execution(message) => refused(StatusCode::UNPROCESSABLE_ENTITY, "execution", message),
    }
}

fn refused(status: StatusCode, kind: &'static str, message: &str) -> Response<Bytes> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Failure<'a> {
        status: &'static str,
        error_type: &'static str,
        error: &'a str,
    }
    json(status, &Failure { status: "error", error_type: kind, error: message })
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    // Only maps with keys that are no strings could fail, and there are none.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

pub fn text(status: StatusCode, body: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status;
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// A sample as `[seconds, "value"]`.
pub struct Point(pub Milliseconds, pub f64);

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&Seconds(self.0))?;
        pair.serialize_element(&decimal(self.1))?;
        pair.end()
    }
}

/// A time in seconds, with a fraction only when it has one.
pub struct Seconds(pub Milliseconds);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 1000 {
            0 => serializer.serialize_i64(self.0 / 1000),
            _ => serializer.serialize_f64(self.0 as f64 / 1000.0),
        }
    }
}

/// The shortest decimal that reads back as the same number.
pub fn decimal(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => value.to_string(),
    }
}

/// As Go's `%e` writes it, with at least two digits of exponent: the form of alert values.
pub fn exponential(value: f64) -> String {
    if !value.is_finite() {
        return decimal(value);
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_prometheus_writes_them() {
        assert_eq!(decimal(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(decimal(1e21), "1000000000000000000000");
        assert_eq!(decimal(f64::INFINITY), "+Inf");
        assert_eq!(exponential(0.142), "1.42e-01");
        assert_eq!(exponential(1.0), "1e+00");
        assert_eq!(exponential(1e120), "1e+120");
        let points = [Point(1_700_000_000_000, 1.0), Point(1_700_000_000_250, 0.5)];
        assert_eq!(serde_json::to_string(&points).unwrap(), r#"[[1700000000,"1"],[1700000000.25,"0.5"]]"#);
    }
}
