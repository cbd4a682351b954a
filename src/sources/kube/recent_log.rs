//! The newest lines of one container, read once: what is worth keeping before the container goes.

use url::form_urlencoded::Serializer;

use super::connection::Connection;
use super::transport::Class;
use crate::domain::log::LogSource;
use crate::domain::problem::Problem;
use crate::domain::text::CleanText;

/// Where lines are so long that the newest of them do not fit, so few are read instead.
const FEW: u32 = 20;
/// What the server may add beyond the bytes it was asked for.
const MARGIN: usize = 64 << 10;

impl Connection {
    /// At most so many of the newest lines and so many bytes of them, each with its time.
    ///
    /// # Errors
    /// No answer or a refusal.
    pub async fn recent_log(&self, source: &LogSource, lines: u32, bytes: usize) -> Result<Vec<CleanText>, Problem> {
        let read = async |lines| {
            let path = path(source, lines, bytes);
            let answer = self.get(&path, "text/plain, application/json", bytes + MARGIN, Class::Bulk).await;
            answer.map(|(_, body)| body).map_err(|failure| failure.problem(&path))
        };
        let mut body = read(lines).await?;
        if body.len() >= bytes && lines > FEW {
            // The limit cuts the newest lines off, and those count.
            body = read(FEW).await?;
        }
        Ok(String::from_utf8_lossy(&body).lines().map(CleanText::new).collect())
    }
}

fn path(source: &LogSource, lines: u32, bytes: usize) -> String {
    let LogSource { namespace, pod, container, previous } = source;
    let mut query = Serializer::new(String::new());
    query.append_pair("container", container).append_pair("timestamps", "true");
    query.append_pair("tailLines", &lines.to_string()).append_pair("limitBytes", &bytes.to_string());
    if *previous {
        query.append_pair("previous", "true");
    }
    format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?{}", query.finish())
}
