//! A response body that counts its bytes and holds its place on the connection until it is dropped.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::counters::Counters;

/// A share in a connection; how many there are is how many streams it carries.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticket(Arc<()>);

impl Ticket {
    /// How many tickets there are besides this one.
    pub(super) fn others(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

pub(super) struct HeldBody {
    body: Incoming,
    counters: Arc<Counters>,
    _ticket: Option<Ticket>,
}

impl HeldBody {
    pub(super) fn new(body: Incoming, ticket: Option<Ticket>, counters: Arc<Counters>) -> Self {
        Self { body, counters, _ticket: ticket }
    }
}

impl Body for HeldBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            Counters::add_many(&self.counters.bytes, data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
