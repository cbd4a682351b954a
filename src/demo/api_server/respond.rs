//! Responses: JSON, streams, compression.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

pub type Body = UnsyncBoxBody<Bytes, io::Error>;
pub type Answer = Response<Body>;

/// Below this the API server does not compress.
const COMPRESS_FROM: usize = 128 * 1024;

pub fn page_not_found() -> Answer {
    answer(404, "text/plain; charset=utf-8", whole("404 page not found\n"))
}

pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

pub fn answer(code: u16, content_type: &'static str, body: Body) -> Answer {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

pub fn json_answer(code: u16, value: &Value) -> Answer {
    answer(code, "application/json", whole(value.to_string()))
}

pub fn text_answer(code: u16, text: impl Into<Bytes>) -> Answer {
    answer(code, "text/plain", whole(text))
}

/// A large body, compressed when the client takes it.
pub fn large_json(headers: &HeaderMap, body: Vec<u8>) -> Answer {
    let wants = headers.get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("gzip"));
    if !wants || body.len() < COMPRESS_FROM {
        return answer(200, "application/json", whole(body));
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
    let compressed = encoder.write_all(&body).and_then(|()| encoder.finish());
    let Ok(compressed) = compressed else { return answer(200, "application/json", whole(body)) };
    let mut response = answer(200, "application/json", whole(compressed));
    response.headers_mut().insert(CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
    response.headers_mut().insert(VARY, http::HeaderValue::from_static("Accept-Encoding"));
    response
}
