//! The accept loop: connections as long as there are seats, each with its patience, drained at the end.

use std::convert::Infallible;
use std::fmt;
use std::future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use http::header::{CONNECTION, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::time::Instant;

use super::AppState;
use super::chair::{Call, Chair};
use super::line::Line;
use super::patience::Patience;
use super::seats::{Network, Seat, Seats};
use super::streams;
use super::tls::Tls;

/// The most connections that wait to be accepted. Who comes when they are so many asks again after a second.
const BACKLOG: u32 = 1_024;
/// The most fields of a request head; more get 431.
pub(super) const MOST_HEADERS: usize = 100;
/// The longest request head, in bytes; longer ones get 431.
pub(super) const LONGEST_HEAD: usize = 32 << 10;
/// The pause after an error of accept, and how often one is told.
const PAUSE: Duration = Duration::from_millis(100);
const TOLD: Duration = Duration::from_secs(1);
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
pub struct ServerConfig {
    /// What is spoken.
    pub protocols: Protocols,
    /// How long a connection may wait between requests.
    pub idle: Duration,
    /// Proxies in front, behind which everybody has one address.
    pub trusted: Vec<Network>,
    /// The certificate; without one nothing is encrypted.
    pub tls: Option<Arc<Tls>>,
    /// For how many seconds browsers are to come by TLS only (RFC 6797).
    pub hsts: Option<u64>,
}

/// Listens on a host and a port, at the first of the host's addresses that can be had.
///
/// # Errors
/// The host has no address, or none of them can be listened on.
pub async fn bind(address: &str) -> io::Result<TcpListener> {
    let mut why = io::Error::new(io::ErrorKind::InvalidInput, "no address of that name");
    for address in lookup_host(address).await? {
        match bind_to(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => why = error,
        }
    }
    Err(why)
}

fn bind_to(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of an earlier run that are not quite over do not keep the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` is over, then finishes what is in flight.
pub async fn run(
    listener: TcpListener,
    office: AppState,
    terms: ServerConfig,
    stop: impl Future<Output = ()>,
) {
    let seats = Seats::new(terms.trusted.clone());
    let house = Arc::new(House { office, hsts: terms.hsts.and_then(hsts), terms });
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
        tokio::spawn(connection(stream, seat, Arc::clone(&house)));
    }
    drop(listener);
    if !seats.close(DRAIN).await {
        tracing::warn!("some requests were not finished within {} s", DRAIN.as_secs());
    }
}

/// What connections share.
struct House {
    office: AppState,
    terms: ServerConfig,
    /// The value of `Strict-Transport-Security`.
    hsts: Option<HeaderValue>,
}

fn hsts(seconds: u64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("max-age={seconds}")).ok()
}

/// Serves one connection to its end.
async fn connection(stream: TcpStream, seat: Seat, house: Arc<House>) {
    let connections = &house.office.metrics.connections;
    connections.inc();
    let line = match &house.terms.tls {
        None => Some(Line::Plain(stream)),
        Some(tls) => tokio::select! {
            line = tls.accept(stream) => line,
            _ = seat.chair.called() => None,
        },
    };
    if let Some(line) = line {
        // RFC 6797 §7.2: not where nothing is encrypted.
        let hsts = house.hsts.as_ref().filter(|_| line.is_tls());
        let protocols = if line.is_tls() { Protocols::Http1 } else { house.terms.protocols };
        let idle = house.terms.idle;
        let desk = Desk { office: &house.office, chair: &seat.chair, hsts, protocols, idle };
        let is_http2 = line.is_http2();
        let stream = Patience::new(line, idle, Arc::clone(&seat.chair));
        if is_http2 {
            streams::serve(stream.with_streams(), streams::either().http2_only(), &desk).await;
        } else if desk.protocols == Protocols::Http1AndH2c {
            streams::serve(stream, streams::either(), &desk).await;
        } else {
            first_version(stream, &desk).await;
        }
    }
    connections.dec();
}

/// Where the requests of one connection are answered.
pub(super) struct Desk<'c> {
    office: &'c AppState,
    /// The seat of the connection.
    pub(super) chair: &'c Arc<Chair>,
    hsts: Option<&'c HeaderValue>,
    protocols: Protocols,
    /// How long it may wait between requests.
    pub(super) idle: Duration,
}

/// Serves a connection of HTTP/1.1 to its end.
async fn first_version(stream: Patience<Line>, desk: &Desk<'_>) {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    let service = service_fn(|request| answer(desk, request));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut is_leaving = false;
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => return tell(ended),
            call = desk.chair.called() => match call {
                Call::GiveWay => return,
                Call::Leave if is_leaving => {}
                Call::Leave => {
                    is_leaving = true;
                    connection.as_mut().graceful_shutdown();
                }
            },
        }
    }
}

/// A connection that ends badly is the other side's affair; there is nobody to tell.
pub(super) fn tell<E: fmt::Display>(ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!("connection: {error}");
    }
}

/// Answers a request.
pub(super) fn answer(
    desk: &Desk<'_>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Full<Bytes>>, Infallible>> + use<> {
    // RFC 9112 §9.6; HTTP/2 says it in a frame.
    let is_closed = desk.chair.work() && request.version() < Version::HTTP_2;
    let more = of_connection(is_closed.then(close), desk.hsts.cloned());
    let whole = |mut response: Response<Bytes>| {
        response.headers_mut().extend(more);
        Ok(response.map(Full::new))
    };
    // What waits is kept apart: hyper moves the rest about for each answer.
    match desk.office.answer(request.map(|_| ())) {
        Ok(response) => Either::Left(future::ready(whole(response))),
        Err(long) => Either::Right(Box::pin(async move { whole(long.answer().await) })),
    }
}

/// What an answer says of its connection: when it ends with it (RFC 9112 §9.6), and that browsers are to come by TLS
/// only (RFC 6797).
fn of_connection(
    end: Option<HeaderValue>,
    hsts: Option<HeaderValue>,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let fields = [(CONNECTION, end), (STRICT_TRANSPORT_SECURITY, hsts)];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// What an answer says that is the last of its connection.
fn close() -> HeaderValue {
    HeaderValue::from_static("close")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_may_wait_to_be_accepted() {
        let listener = bind("localhost:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let patience = Duration::from_millis(500);
        let waiting: Vec<_> = (0..400)
            .map(|_| std::net::TcpStream::connect_timeout(&address, patience))
            .take_while(Result::is_ok)
            .collect();
        assert_eq!(waiting.len(), 400);
    }

    #[tokio::test]
    async fn where_nobody_can_listen_is_told() {
        for (address, kind) in [
            ("192.0.2.1:0", io::ErrorKind::AddrNotAvailable),
            ("127.0.0.1", io::ErrorKind::InvalidInput),
            ("127.0.0.1:http", io::ErrorKind::InvalidInput),
        ] {
            assert_eq!(bind(address).await.unwrap_err().kind(), kind, "{address}");
        }
        let taken = bind("127.0.0.1:0").await.unwrap();
        let again = bind(&taken.local_addr().unwrap().to_string()).await;
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }
}
