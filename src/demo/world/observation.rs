//! What the monitoring of the simulated cluster sees of it: the timeline up to now.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::services::ServiceId;
use super::time::StoryTime;
use super::timeline::Timeline;

/// The world as it is known at one instant. Cheap to clone; holds no lock.
#[derive(Clone, Debug)]
pub struct Observation {
    pub timeline: Arc<Timeline>,
    /// The wall-clock instant of 0:00.
    pub epoch: Timestamp,
    pub now: StoryTime,
    /// Who asks, as the API server knows them: a silence is created by somebody.
    pub user: String,
}

/// A program that runs in the cluster and answers HTTP behind the API server's service proxy.
pub trait Upstream: Send + Sync {
    /// The service it answers for.
    fn service(&self) -> ServiceId;

    /// `request.uri()` is the path and query behind `/proxy`, as the program itself would see them.
    fn handle(&self, world: &Observation, request: http::Request<Bytes>) -> http::Response<Bytes>;
}

/// One program may be known to another, as Prometheus is to Alertmanager.
impl<T: Upstream> Upstream for Arc<T> {
    fn service(&self) -> ServiceId {
        T::service(self)
    }

    fn handle(&self, world: &Observation, request: http::Request<Bytes>) -> http::Response<Bytes> {
        T::handle(self, world, request)
    }
}
