//! HTTP/2 settings, and response bodies that record how fast the client reads them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Version;
use hyper::body::{Body, Frame, SizeHint};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connection::InFlightGuard;

/// The most requests in flight on a connection.
const MAX_STREAMS: u32 = 100;
/// The longest list of header fields, in bytes (RFC 9113 §6.5.2).
const MAX_HEADER_LIST: u32 = 16 << 10;
/// Interval of PING frames to a silent client, and the time in which it must acknowledge one.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The bytes of a body that are handed to HTTP/2 at once: as many as fit into a frame.
const PIECE: usize = 16 << 10;

/// Returns the settings of HTTP/2 connections.
pub(super) fn builder() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST)
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

/// A response body that is in flight until hyper has taken all of it.
///
/// hyper takes a piece for HTTP/2 once the client has opened its window for the piece before, so pieces show how fast
/// the client reads. It takes an HTTP/1 body at once; there the bytes that the socket accepts are counted.
#[derive(Debug)]
pub(super) struct ResponseBody {
    rest: Bytes,
    piece: usize,
    in_flight: InFlightGuard,
}

impl ResponseBody {
    /// Returns the body of a response to a request in flight.
    pub(super) fn new(bytes: Bytes, version: Version, in_flight: InFlightGuard) -> ResponseBody {
        let piece = if version == Version::HTTP_2 { PIECE } else { usize::MAX };
        ResponseBody { rest: bytes, piece, in_flight }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let count = self.piece.min(self.rest.len());
        self.in_flight.progress(count);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(count)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
