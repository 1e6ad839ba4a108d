//! The accept loop: connections as long as there are seats, each with its patience, drained at the end.

use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use super::Office;
use super::patience::Patience;
use super::seats::{Chair, Network, Seat, Seats};

/// The most fields of a request head; more get 431.
const MOST_HEADERS: usize = 100;
/// The longest request head, in bytes; longer ones get 431.
const LONGEST_HEAD: usize = 32 << 10;
/// The pause after an error of accept, and how often one is told.
const PAUSE: Duration = Duration::from_millis(100);
const TOLD: Duration = Duration::from_secs(1);
/// A connection that was quiet for so long rests.
const REST: Duration = Duration::from_millis(100);
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

/// On which terms connections are served.
#[derive(Debug)]
pub struct Terms {
    /// What is spoken.
    pub protocols: Protocols,
    /// How long a connection may wait between requests.
    pub idle: Duration,
    /// Proxies in front, behind which everybody has one address.
    pub trusted: Vec<Network>,
}

/// Serves until `stop` is over, then finishes what is in flight.
pub async fn run(listener: TcpListener, office: Office, terms: Terms, stop: impl Future<Output = ()>) {
    let seats = Seats::new(terms.trusted);
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let (stream, address) = accept(&listener, &seats).await;
            (stream, seats.take(address).await)
        };
        let (stream, seat) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        // An address with too many connections is not answered.
        let Some(seat) = seat else { continue };
        let stream = Patience::new(stream, terms.idle, Arc::clone(&seat.chair));
        tokio::spawn(connection(stream, seat, office.clone(), terms.protocols));
    }
    drop(listener);
    if !seats.close(DRAIN).await {
        tracing::warn!("some requests were not finished within {} s", DRAIN.as_secs());
    }
}

/// Serves one connection to its end.
async fn connection(stream: Patience<TcpStream>, seat: Seat, office: Office, protocols: Protocols) {
    office.metrics.connections.inc();
    served(stream, &seat, &office, protocols).await;
    office.metrics.connections.dec();
}

async fn served(stream: Patience<TcpStream>, seat: &Seat, office: &Office, protocols: Protocols) {
    match protocols {
        Protocols::Http1 => rounds(stream, seat, office).await,
        Protocols::Http1AndH2c => {
            let service = service_fn(|request| answer(office, &seat.chair, request));
            let builder = either();
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            let mut connection = pin!(connection);
            let mut is_leaving = false;
            loop {
                tokio::select! {
                    ended = connection.as_mut() => return tell(ended),
                    () = seat.chair.gives_way() => return,
                    () = seat.chair.leaves(), if !is_leaving => {
                        is_leaving = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }
}

/// HTTP/1.1. A connection on which nothing comes is taken apart until something does: idle ones are most of all,
/// and hyper's buffers are most of what one takes.
async fn rounds(mut stream: Patience<TcpStream>, seat: &Seat, office: &Office) {
    loop {
        let service = service_fn(|request| answer(office, &seat.chair, request));
        let Some(rested) = Box::pin(round(stream, seat, service)).await else { return };
        stream = rested;
        let wakes = tokio::select! {
            wakes = stream.wakes() => wakes,
            () = seat.chair.gives_way() => false,
            () = seat.chair.leaves() => false,
        };
        if !wakes {
            return;
        }
    }
}

/// Serves a connection to its end, or until it rests: then it is handed back.
async fn round<S, F>(stream: Patience<TcpStream>, seat: &Seat, service: S) -> Option<Patience<TcpStream>>
where
    S: hyper::service::Service<
            Request<Incoming>,
            Response = Response<Full<Bytes>>,
            Error = Infallible,
            Future = F,
        >,
    F: Future<Output = Result<Response<Full<Bytes>>, Infallible>>,
{
    let mut connection = first_version().serve_connection(TokioIo::new(stream), service);
    let mut look = pin!(sleep(REST));
    let mut is_leaving = false;
    loop {
        tokio::select! {
            ended = &mut connection => {
                tell(ended);
                return None;
            }
            () = seat.chair.gives_way() => return None,
            () = seat.chair.leaves(), if !is_leaving => {
                is_leaving = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            () = &mut look => {
                if seat.chair.rests(REST) && !is_leaving {
                    let parts = connection.into_parts();
                    return Some(parts.io.into_inner().again(parts.read_buf));
                }
                look.as_mut().reset(Instant::now() + REST);
            }
        }
    }
}

/// A connection that ends badly is the other side's affair; there is nobody to tell.
fn tell<E: fmt::Display>(ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!("connection: {error}");
    }
}

fn answer(
    office: &Office,
    chair: &Chair,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Full<Bytes>>, Infallible>> + use<> {
    // RFC 9112 §9.6; HTTP/2 says it in a frame.
    let is_closed = chair.work() && request.version() < Version::HTTP_2;
    let answered = office.answer(request.map(|_| ()));
    async move {
        let mut response: Response<Bytes> = match answered {
            Ok(response) => response,
            Err(long) => long.answer().await,
        };
        if is_closed {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(Full::new))
    }
}

fn first_version() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    builder
}

fn either() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    builder
        .http2()
        .max_concurrent_streams(100)
        .max_header_list_size(16 << 10)
        .timer(hyper_util::rt::TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

/// The next connection. Errors of accept, such as too few descriptors, pass: somebody is asked to make room, and
/// the loop goes on after a pause.
async fn accept(listener: &TcpListener, seats: &Seats) -> (TcpStream, IpAddr) {
    let mut told: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // An answer is one write; waiting to fill a packet would only delay it.
                let _ = stream.set_nodelay(true);
                return (stream, address.ip());
            }
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() >= TOLD) {
                    tracing::warn!("accept: {error}");
                    told = Some(Instant::now());
                }
                seats.make_room();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
