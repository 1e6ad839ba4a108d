//! The accept loop: connections as long as there are seats, each with its patience, drained at the end.

use std::convert::Infallible;
use std::fmt;
use std::future::{self, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::future::Either;
use http::header::{CONNECTION, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, sleep};

use super::AppState;
use super::chair::{Call, Chair};
use super::line::Line;
use super::patience::Patience;
use super::quick::Quick;
use super::seats::{Network, Seat, Seats};
use super::streams;
use super::tls::Tls;

/// The most connections that wait to be accepted. Who comes when they are so many asks again after a second.
const BACKLOG: u32 = 1_024;
/// The most fields of a request head; more get 431.
pub(super) const MOST_HEADERS: usize = 100;
/// The longest request head, in bytes; longer ones get 431.
pub(super) const LONGEST_HEAD: usize = 32 << 10;
/// The longest head of a usual request, in bytes.
const USUAL_HEAD: usize = 2 << 10;
/// The pause after an error of accept, and how often one is told.
const PAUSE: Duration = Duration::from_millis(100);
const TOLD: Duration = Duration::from_secs(1);
/// A connection that was quiet for so long rests.
const REST: Duration = Duration::from_millis(100);
/// How long the last word of a connection may take.
const FAREWELL: Duration = Duration::from_secs(1);
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
        } else {
            rounds(stream, &desk).await;
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

/// HTTP/1.1. What is asked for most is answered at once; hyper has the connection from the first other request on
/// until it rests: idle connections are most of all, and hyper's buffers are most of what one takes.
async fn rounds(mut stream: Patience<Line>, desk: &Desk<'_>) {
    loop {
        match usual(&mut stream, desk).await {
            Ended::Connection => return,
            Ended::Usual if desk.protocols == Protocols::Http1AndH2c && may_be_http2(stream.ahead()) => {
                return streams::serve(stream, streams::either(), desk).await;
            }
            Ended::Usual => {
                let service = service_fn(|request| answer(desk, request));
                let Some(rested) = Box::pin(round(stream, desk.chair, service)).await else { return };
                stream = rested;
            }
        }
    }
}

/// Whether a connection begins as one of HTTP/2 does (RFC 9113 §3.4), as far as it was read.
fn may_be_http2(begin: &[u8]) -> bool {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    begin.iter().zip(PREFACE).all(|(byte, expected)| byte == expected)
}

/// What came to its end.
enum Ended {
    /// The connection.
    Connection,
    /// The usual requests: what was read of the next is to be read again.
    Usual,
}

/// Answers usual requests until another comes.
async fn usual(stream: &mut Patience<Line>, desk: &Desk<'_>) -> Ended {
    loop {
        let heard = tokio::select! {
            biased;
            heard = poll_fn(|cx| hear(stream, cx, desk.office)) => heard,
            call = desk.chair.called() => {
                if call == Call::Leave {
                    farewell(stream).await;
                }
                return Ended::Connection;
            }
        };
        let quick = match heard {
            Heard::Usual(quick) => quick,
            Heard::Other => return Ended::Usual,
            Heard::End => return Ended::Connection,
        };
        let is_last = desk.chair.work();
        let file = if stream.sends_files() { quick.file() } else { None };
        let (head, body) = quick.written(of_connection(is_last.then(close), desk.hsts.cloned()));
        let written = async {
            match file {
                Some(file) => stream.send(&head, (&file, &body)).await?,
                // Less to the system than a list of parts.
                None if body.is_empty() => stream.write_all(&head).await?,
                None => stream.write_all_buf(&mut head.chain(body)).await?,
            }
            stream.flush().await
        };
        match taken(written, desk.chair).await {
            Taken::Whole if !is_last => {}
            Taken::Whole | Taken::Last => {
                farewell(stream).await;
                return Ended::Connection;
            }
            Taken::InPart => return Ended::Connection,
        }
    }
}

/// What was heard of a connection.
enum Heard {
    /// A usual request, and its answer.
    Usual(Quick),
    /// Something else, which was put back.
    Other,
    /// Nothing, and nothing will come.
    End,
}

/// Reads what there is; while there is nothing no buffer waits for it.
fn hear(stream: &mut Patience<Line>, cx: &mut Context<'_>, office: &AppState) -> Poll<Heard> {
    let mut room = [const { MaybeUninit::uninit() }; USUAL_HEAD];
    let mut buffer = ReadBuf::uninit(&mut room);
    let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
    Poll::Ready(match (read, buffer.filled()) {
        (Err(_), _) | (Ok(()), []) => Heard::End,
        (Ok(()), bytes) => office.answer_quickly(bytes).map_or_else(
            || {
                stream.unread(bytes);
                Heard::Other
            },
            Heard::Usual,
        ),
    })
}

/// How much of an answer was taken.
enum Taken {
    /// All of it.
    Whole,
    /// All of it, and the connection was asked to leave meanwhile.
    Last,
    /// Not all of it, and it will not be.
    InPart,
}

/// Waits until an answer is written.
async fn taken(written: impl Future<Output = io::Result<()>>, chair: &Chair) -> Taken {
    let mut written = pin!(written);
    let mut whole = Taken::Whole;
    loop {
        tokio::select! {
            biased;
            written = written.as_mut() => return if written.is_ok() { whole } else { Taken::InPart },
            call = chair.called() => match call {
                Call::GiveWay => return Taken::InPart,
                Call::Leave => whole = Taken::Last,
            }
        }
    }
}

/// Says that nothing more will come. Whether that is heard is the other side's affair, and not waited for long.
async fn farewell(stream: &mut Patience<Line>) {
    let _ = tokio::time::timeout(FAREWELL, stream.shutdown()).await;
}

/// Serves a connection to its end, or until it rests: then it is handed back.
async fn round<S, F>(stream: Patience<Line>, chair: &Chair, service: S) -> Option<Patience<Line>>
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
            biased;
            ended = &mut connection => {
                tell(ended);
                return None;
            }
            call = chair.called() => match call {
                Call::GiveWay => return None,
                Call::Leave if is_leaving => {}
                Call::Leave => {
                    is_leaving = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
            },
            () = &mut look => {
                if chair.rests(REST) && !is_leaving {
                    let parts = connection.into_parts();
                    return Some(parts.io.into_inner().again(parts.read_buf));
                }
                look.as_mut().reset(Instant::now() + REST);
            }
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

fn first_version() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
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
