//! The accept loop and the life of a connection: handshake, protocol, requests, shutdown.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue, STRICT_TRANSPORT_SECURITY};
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulConnection;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, sleep};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::AppState;
use super::coalesce::CoalescingWriter;
use super::connection::ConnectionState;
use super::http2::{self, ResponseBody};
use super::limiter::{ConnectionLimiter, ConnectionPermit};
use super::timeout_io::TimeoutIo;
use super::tls::Tls;

/// The most connections that wait to be accepted.
const BACKLOG: u32 = 1_024;
/// The most header fields of a request; more get 431.
const MAX_HEADERS: usize = 100;
/// The longest request head, in bytes; longer ones get 431.
const MAX_HEAD: usize = 32 << 10;
/// The pause after an error of accept, and the shortest time between two log lines about one.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const ACCEPT_LOG_INTERVAL: Duration = Duration::from_secs(1);
/// How long requests in flight may take after a shutdown began.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Options of the server.
#[derive(Debug)]
pub struct ServerConfig {
    /// Whether HTTP/2 with prior knowledge is served beside HTTP/1.1 on plain connections.
    pub h2c: bool,
    /// How long a connection may be idle between requests.
    pub idle_timeout: Duration,
    /// Networks of reverse proxies, whose connections are not limited by address.
    pub trusted_proxies: Vec<IpNet>,
    /// The certificate; without one, connections are plain.
    pub tls: Option<Arc<Tls>>,
    /// `max-age` of `Strict-Transport-Security` (RFC 6797), in seconds.
    pub hsts: Option<u64>,
}

/// State shared by all connections.
struct ServerContext {
    app: Arc<AppState>,
    config: ServerConfig,
    hsts: Option<HeaderValue>,
}

/// Listens on a host and port, at the first of the host's addresses that is available.
///
/// # Errors
///
/// Returns an error if the host has no address or none is available.
pub async fn bind(address: &str) -> io::Result<TcpListener> {
    let mut last_error = io::Error::new(io::ErrorKind::InvalidInput, "no address of that name");
    for address in lookup_host(address).await? {
        match bind_to(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

fn bind_to(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of an earlier process in TIME_WAIT must not block the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `shutdown` completes, then finishes the requests in flight.
pub async fn run(
    listener: TcpListener,
    app: Arc<AppState>,
    config: ServerConfig,
    shutdown: impl Future<Output = ()>,
) {
    let limiter = ConnectionLimiter::new(&config.trusted_proxies);
    // RFC 6797 §7.2: never over plain connections.
    let hsts = config.hsts.filter(|_| config.tls.is_some());
    let hsts = hsts.and_then(|seconds| HeaderValue::try_from(format!("max-age={seconds}")).ok());
    let context = Arc::new(ServerContext { app, config, hsts });
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let (stream, address) = accept(&listener, &limiter).await;
            (stream, limiter.acquire(address).await)
        };
        let (stream, permit) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        if let Some(permit) = permit {
            tokio::spawn(serve_connection(stream, permit, Arc::clone(&context)));
        }
    }
    drop(listener);
    if !limiter.close(DRAIN_TIMEOUT).await {
        tracing::warn!("some requests were not finished within {} s", DRAIN_TIMEOUT.as_secs());
    }
}

/// Returns the next connection. Errors of accept pass, such as a lack of file descriptors: a connection is evicted and
/// accept is tried again.
async fn accept(listener: &TcpListener, limiter: &ConnectionLimiter) -> (TcpStream, IpAddr) {
    let mut last_logged: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are single writes, which Nagle's algorithm would only delay.
                let _ = stream.set_nodelay(true);
                return (stream, address.ip());
            }
            Err(error) => {
                if last_logged.is_none_or(|last| last.elapsed() >= ACCEPT_LOG_INTERVAL) {
                    tracing::warn!("accept: {error}");
                    last_logged = Some(Instant::now());
                }
                limiter.evict_one();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves a connection until it closes or is evicted.
async fn serve_connection(stream: TcpStream, permit: ConnectionPermit, context: Arc<ServerContext>) {
    let connections = &context.app.metrics.connections;
    connections.inc();
    tokio::select! {
        biased;
        () = serve(stream, Arc::clone(&permit.state), Arc::clone(&context)) => {}
        () = permit.state.eviction.notified() => {}
    }
    connections.dec();
}

/// A plain or encrypted stream.
type Transport = Either<TcpStream, Box<TlsStream<TcpStream>>>;

async fn serve(stream: TcpStream, state: Arc<ConnectionState>, context: Arc<ServerContext>) {
    let opened = tokio::select! {
        biased;
        opened = open(stream, &state, &context.config) => opened,
        () = state.shutdown.notified() => return,
    };
    let Some((io, is_http2)) = opened else { return };
    let service_state = Arc::clone(&state);
    let service = service_fn(move |request| answer(request, &service_state, &context));
    if is_http2 {
        let io = TokioIo::new(CoalescingWriter::new(io.into_http2()));
        Box::pin(drive(http2::builder().serve_connection(io, service), state)).await;
    } else {
        let mut builder = http1::Builder::new();
        builder.header_read_timeout(None).max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD);
        drive(builder.serve_connection(TokioIo::new(io), service), state).await;
    }
}

/// Finishes the TLS handshake and finds out the protocol: whether it is HTTP/2.
async fn open(
    stream: TcpStream,
    state: &Arc<ConnectionState>,
    config: &ServerConfig,
) -> Option<(TimeoutIo<Transport>, bool)> {
    let new = |stream| TimeoutIo::new(stream, config.idle_timeout, Arc::clone(state));
    if let Some(tls) = &config.tls {
        // A handshake needs more memory than the connection does afterwards.
        let (stream, is_http2) = Box::pin(tls.accept(stream)).await?;
        return Some((new(Either::Right(Box::new(stream))), is_http2));
    }
    let mut io = new(Either::Left(stream));
    let is_http2 = config.h2c && io.starts_with_http2_preface().await.ok()?;
    Some((io, is_http2))
}

/// Runs a connection until it closes. A shutdown lets the requests in flight finish.
async fn drive<C: GracefulConnection<Error: fmt::Display>>(connection: C, state: Arc<ConnectionState>) {
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => return log_error(result),
            () = state.shutdown.notified() => connection.as_mut().graceful_shutdown(),
        }
    }
}

/// Logged at debug level: the peer is gone.
fn log_error(result: Result<(), impl fmt::Display>) {
    if let Err(error) = result {
        tracing::debug!("connection: {error}");
    }
}

/// Answers a request.
fn answer(
    request: Request<Incoming>,
    state: &Arc<ConnectionState>,
    context: &Arc<ServerContext>,
) -> impl Future<Output = Result<Response<ResponseBody>, Infallible>> + use<> {
    let in_flight = state.begin_request();
    let is_last = state.is_exhausted();
    if is_last {
        state.shutdown.notify_one();
    }
    let version = request.version();
    let context = Arc::clone(context);
    async move {
        let mut response = Arc::clone(&context.app).answer(request.map(|_| ())).await;
        // RFC 9112 §9.6; HTTP/2 has a frame for it.
        if is_last && version != Version::HTTP_2 {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(hsts) = &context.hsts {
            response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        Ok(response.map(|bytes| ResponseBody::new(bytes, version, in_flight)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_connections_may_wait_to_be_accepted() {
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
    async fn unavailable_addresses_are_errors() {
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
