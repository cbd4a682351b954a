//! A page of the past: what containers wrote before the oldest line that is known. The server counts lines from the end
//! only, so it is asked for those that are known and a page more, and listened to until the known ones begin.

use std::collections::VecDeque;

use futures::future::join_all;
use http::{HeaderValue, Method, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use kube::client::Body;
use tokio::time::Instant;
use url::form_urlencoded::Serializer;

use super::connection::{Connection, Failure};
use super::fault::Fault;
use super::log_lines::{Line, Splitter};
use super::log_merge::Merger;
use super::transport::Class;
use crate::domain::log::{LogChunk, LogSource};
use crate::domain::problem::{Cause, Problem};

/// Containers read at the same moment.
const AT_ONCE: usize = 8;
/// Lines that may have been written since it was counted what is known.
const MEANWHILE: u64 = 1_000;
/// Text of a page.
const KEPT_BYTES: usize = 4 << 20;
/// Enough of a log's beginning to read the time of its first line.
const BEGINNING: usize = 64;

/// Where the page ends, for each container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// With the number of its lines that are known, all of them later than `until`.
    pub sources: Vec<(LogSource, u64)>,
    /// The page ends with the lines of this moment.
    pub until: Timestamp,
    /// Lines of each container, at most.
    pub lines: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LogPage {
    /// Merged by time.
    pub chunks: Vec<LogChunk>,
    /// All lines since then are in it; None when they are all there ever were.
    pub complete_from: Option<Timestamp>,
}

/// Reads a page of all these containers.
///
/// # Errors
/// One of them could not be read, for another reason than that it is gone.
pub async fn log_page(connection: &Connection, request: &PageRequest) -> Result<LogPage, Problem> {
    let mut merger = Merger::default();
    let mut complete_from: Option<Timestamp> = None;
    let mut read = Vec::new();
    for group in request.sources.chunks(AT_ONCE) {
        let pages = group.iter().map(|(source, known)| read_one(connection, source, *known, request));
        for ((source, _), page) in group.iter().zip(join_all(pages).await) {
            let page = page?;
            if page.more {
                // What is older is not whole: another container's older lines wait for the next page.
                complete_from = complete_from.max(page.lines.front().and_then(|line| line.at).or(Some(request.until)));
            }
            read.push((source, page.lines));
        }
    }
    let arrived = Instant::now();
    for (source, lines) in read {
        let number = merger.source(source);
        for line in lines {
            if complete_from.is_none_or(|from| line.at.is_none_or(|at| at >= from)) {
                merger.line(number, line, request.until, arrived);
            }
        }
    }
    Ok(LogPage { chunks: merger.take_all(), complete_from })
}

#[derive(Default)]
struct SourcePage {
    lines: VecDeque<Line>,
    bytes: usize,
    /// There are older ones.
    more: bool,
}

async fn read_one(
    connection: &Connection,
    source: &LogSource,
    known: u64,
    request: &PageRequest,
) -> Result<SourcePage, Problem> {
    let tail = known.saturating_add(request.lines as u64).saturating_add(MEANWHILE);
    let path = path(source, |query| {
        query.append_pair("tailLines", &tail.to_string());
    });
    let mut page = SourcePage::default();
    let mut body = match open(connection, &path).await {
        Ok(body) => body,
        Err(failure) => match failure.problem(&path) {
            // A container that is gone, or never ran, has no past to show.
            problem if matches!(problem.cause, Cause::NotFound | Cause::Malformed) => return Ok(page),
            problem => return Err(problem),
        },
    };
    let mut splitter = Splitter::default();
    let mut ended = false;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Fault::lost(&error).problem(&format!("lost the log of {}", source.pod)))?;
        let Some(data) = frame.data_ref() else { continue };
        splitter.push(data, |line| ended = ended || !page.take(line, request));
        if ended {
            break;
        }
    }
    if let Some(line) = splitter.finish().filter(|_| !ended) {
        page.take(line, request);
    }
    let first = page.lines.front().and_then(|line| line.at);
    let beginning = begins(connection, source).await?;
    page.more |= beginning.is_some_and(|beginning| match first {
        Some(first) => beginning < first,
        None => beginning <= request.until,
    });
    Ok(page)
}

impl SourcePage {
    /// Keeps the newest of what came; false when the page is over.
    fn take(&mut self, line: Line, request: &PageRequest) -> bool {
        if line.at.is_some_and(|at| at > request.until) {
            return false;
        }
        self.bytes += line.text.len();
        self.lines.push_back(line);
        let bytes = KEPT_BYTES / request.sources.len().max(1);
        while self.lines.len() > request.lines || self.bytes > bytes {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.text.len();
            self.more = true;
        }
        true
    }
}

/// When the log that the server keeps begins.
async fn begins(connection: &Connection, source: &LogSource) -> Result<Option<Timestamp>, Problem> {
    let path = path(source, |query| {
        query.append_pair("limitBytes", &BEGINNING.to_string());
    });
    let bytes = match connection.get_bytes_limited(&path, BEGINNING * 2).await {
        Ok(bytes) => bytes,
        Err(problem) if matches!(problem.cause, Cause::NotFound | Cause::Malformed) => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.split([' ', '\n']).next().and_then(|word| word.parse().ok()))
}

fn path(source: &LogSource, more: impl FnOnce(&mut Serializer<'_, String>)) -> String {
    let LogSource { namespace, pod, container, previous } = source;
    let mut query = Serializer::new(String::new());
    query.append_pair("container", container).append_pair("timestamps", "true");
    if *previous {
        query.append_pair("previous", "true");
    }
    more(&mut query);
    format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?{}", query.finish())
}

async fn open(connection: &Connection, path: &str) -> Result<Body, Failure> {
    let mut request = Connection::request(Method::GET, path, Body::empty())?;
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    request.extensions_mut().insert(Class::Bulk);
    Ok(connection.open(request).await?.into_body())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;
    use hyper::body::Incoming;

    use super::super::test_server::{TestServer, answer, refusal};
    use super::*;

    fn at(second: u32) -> Timestamp {
        format!("2026-11-21T11:00:{second:02}Z").parse().unwrap()
    }

    fn log(seconds: impl Iterator<Item = u32>) -> String {
        seconds.map(|second| format!("2026-11-21T11:00:{second:02}Z line {second}\n")).collect()
    }

    /// Answers as a kubelet does.
    fn server() -> TestServer {
        TestServer::new(|request: Request<Incoming>| {
            let query = request.uri().query().unwrap_or_default().to_owned();
            let number = |name: &str| {
                query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<usize>().ok())
            };
            let whole = match request.uri().path() {
                path if path.contains("/busy/") => log(0..60),
                path if path.contains("/quiet/") => log((0..60).step_by(20)),
                path if path.contains("/late/") => log(50..60),
                path if path.contains("/denied/") => String::new(),
                _ => return std::future::ready(refusal(404, "NotFound", "gone")),
            };
            if whole.is_empty() {
                return std::future::ready(refusal(403, "Forbidden", "no"));
            }
            let lines: Vec<&str> = whole.split_inclusive('\n').collect();
            let tail = number("tailLines").unwrap_or(lines.len()).min(lines.len());
            let mut body: String = lines[lines.len() - tail..].concat();
            body.truncate(number("limitBytes").unwrap_or(body.len()));
            std::future::ready(answer(200, Bytes::from(body)))
        })
    }

    fn source(pod: &str) -> LogSource {
        LogSource { namespace: "checkout".into(), pod: pod.into(), container: "app".into(), previous: false }
    }

    async fn page(pods: &[(&str, u64)], until: u32, lines: usize) -> Result<(String, Option<Timestamp>), Problem> {
        let server = server();
        let sources = pods.iter().map(|(pod, known)| (source(pod), *known)).collect();
        let request = PageRequest { sources, until: at(until), lines };
        let page = log_page(&server.connect(), &request).await?;
        let words = |chunk: &LogChunk| {
            let words = |line| format!("{}{}", &chunk.source(line).unwrap().pod[..1], &chunk.text(line)[4..]);
            chunk.lines.iter().map(words).collect::<Vec<_>>().join(",")
        };
        Ok((page.chunks.iter().map(words).collect::<Vec<_>>().join(";"), page.complete_from))
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_ends_where_the_known_lines_begin_and_is_whole_since_its_own_beginning() {
        let pods = [("busy", 9), ("quiet", 0), ("gone", 0)];
        let read = page(&pods, 50, 5).await.unwrap();
        assert_eq!(read, ("b 46,b 47,b 48,b 49,b 50".to_owned(), Some(at(46))));
        let read = page(&pods, 45, 10).await.unwrap();
        assert_eq!(read, ("b 36,b 37,b 38,b 39,b 40,q 40,b 41,b 42,b 43,b 44,b 45".to_owned(), Some(at(36))));
    }

    #[tokio::test(start_paused = true)]
    async fn where_a_log_begins_is_known() {
        assert_eq!(page(&[("busy", 57)], 2, 100).await.unwrap(), ("b 0,b 1,b 2".to_owned(), None));
        assert_eq!(page(&[("quiet", 3)], 0, 100).await.unwrap(), ("q 0".to_owned(), None));
        assert_eq!(page(&[("gone", 3)], 0, 100).await.unwrap(), (String::new(), None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_that_began_later_bounds_nothing() {
        assert_eq!(page(&[("late", 9), ("quiet", 3)], 30, 100).await.unwrap(), ("q 0,q 20".to_owned(), None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_said() {
        let problem = page(&[("busy", 9), ("denied", 0)], 50, 5).await.unwrap_err();
        assert!(matches!(problem.cause, Cause::Denied(_)), "{problem}");
    }
}
