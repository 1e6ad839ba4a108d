//! The accept loop: connections up to a number, each with its patience, drained at the end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Office;
use super::patience::Patience;
use super::respond::respond;

/// The most connections at a time.
const MOST_CONNECTIONS: usize = 768;
/// The most fields of a request head; more get 431.
const MOST_HEADERS: usize = 100;
/// The longest request head, in bytes; longer ones get 431.
const LONGEST_HEAD: usize = 32 << 10;
/// The first pause after an error of accept, and the longest: it doubles between.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));
/// How long requests in flight may take at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// Which protocols are spoken on a plain connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocols {
    /// HTTP/1.1.
    Http1,
    /// HTTP/1.1 and HTTP/2 with prior knowledge (h2c).
    Http1AndH2c,
}

/// Serves until `stop` is over, then finishes what is in flight.
pub async fn run(
    listener: TcpListener,
    office: Office,
    protocols: Protocols,
    stop: impl Future<Output = ()>,
) {
    let builder = builder(protocols);
    let graceful = GracefulShutdown::new();
    let seats = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &seats) => accepted,
        };
        let Some((stream, seat)) = accepted else { break };
        let office = office.clone();
        let service = service_fn(move |request| {
            let response = handle(&office, request);
            async move { Ok::<_, Infallible>(response) }
        });
        let connection = builder
            .serve_connection(TokioIo::new(Patience::new(stream, super::patience::IDLE)), service)
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that ends badly is the other side's affair; there is nobody to tell.
            if let Err(error) = connection.await {
                tracing::debug!("connection: {error}");
            }
            drop(seat);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were not finished within {} s", DRAIN.as_secs());
    }
}

fn builder(protocols: Protocols) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    builder
        .http2()
        .max_concurrent_streams(100)
        .max_header_list_size(16 << 10)
        .timer(hyper_util::rt::TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    match protocols {
        Protocols::Http1 => builder.http1_only(),
        Protocols::Http1AndH2c => builder,
    }
}

type Seat = tokio::sync::OwnedSemaphorePermit;

/// The next connection, once there is a seat for it. Errors of accept, such as too few descriptors, pass:
/// the loop waits a little, longer each time, and goes on.
async fn accept(listener: &TcpListener, seats: &Arc<Semaphore>) -> Option<(TcpStream, Seat)> {
    let seat = Arc::clone(seats).acquire_owned().await.ok()?;
    let (mut pause, longest) = PAUSES;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // An answer is one write; waiting to fill a packet would only delay it.
                let _ = stream.set_nodelay(true);
                return Some((stream, seat));
            }
            Err(error) => {
                tracing::warn!("accept: {error}");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }
}

fn handle(office: &Office, request: Request<Incoming>) -> Response<Full<Bytes>> {
    // Bodies are never read: `respond` refuses requests that have one.
    let request = request.map(|_| ());
    let is_health = request.uri().path() == "/healthz" && *request.method() == http::Method::GET;
    let response = if is_health { office.health().response() } else { respond(&office.edition(), &request) };
    response.map(Full::new)
}
