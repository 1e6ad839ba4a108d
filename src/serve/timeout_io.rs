//! Timeouts of a connection: first byte, request head, keep-alive, write stall and minimum rate.
//!
//! hyper has a timeout for request heads alone, which also runs while a connection is idle.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::connection::{Activity, ConnectionState};

/// From the start of a connection to its first byte, and from the first byte of a request to its last.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The shortest keep-alive timeout that may be set, in seconds: load balancers reuse connections for a minute.
pub const MIN_IDLE_TIMEOUT: u64 = 60;
/// From GOAWAY to the end of an idle HTTP/2 connection.
const GOAWAY_TIMEOUT: Duration = Duration::from_secs(10);
/// The bytes that may arrive on an HTTP/2 connection without a request, and with each request. Frames other than
/// requests cost as much to handle.
const IDLE_BYTES: u64 = 4 << 20;
const IDLE_BYTES_PER_REQUEST: u64 = 32 << 10;
/// The start of an HTTP/2 connection (RFC 9113 §3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The answer to a request head that does not end in time (RFC 9110 §15.5.9).
const REQUEST_TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// A stream whose reads and writes fail once its client takes too long.
#[derive(Debug)]
pub struct TimeoutIo<S> {
    stream: S,
    state: Arc<ConnectionState>,
    idle_timeout: Duration,
    opened: Instant,
    is_http2: bool,
    /// Bytes to read before those of the stream.
    unread: Vec<u8>,
    bytes_read: u64,
    /// When a request head began, and the number of requests before it.
    head: Option<(Instant, u32)>,
    /// Whether a write or flush was pending and not all is flushed yet.
    is_blocked: bool,
    goaway_sent: Option<Instant>,
    /// Fires at the next check or before it: most checks move with every request, and resetting a timer costs more
    /// than an early wake-up.
    timer: Pin<Box<Sleep>>,
}

impl<S> TimeoutIo<S> {
    /// Starts the timeout for the first byte.
    pub fn new(stream: S, idle_timeout: Duration, state: Arc<ConnectionState>) -> TimeoutIo<S> {
        TimeoutIo {
            stream,
            state,
            idle_timeout,
            opened: Instant::now(),
            is_http2: false,
            unread: Vec::new(),
            bytes_read: 0,
            head: None,
            is_blocked: false,
            goaway_sent: None,
            timer: Box::pin(sleep(HEAD_TIMEOUT)),
        }
    }

    /// Switches to the timeouts of HTTP/2, where frames other than requests do not end the idle time.
    #[must_use]
    pub fn into_http2(self) -> TimeoutIo<S> {
        TimeoutIo { is_http2: true, ..self }
    }

    /// Returns when the head began that is being read.
    fn head_since(&self) -> Option<Instant> {
        self.head.filter(|(_, requests)| *requests == self.state.requests()).map(|(since, _)| since)
    }

    /// Returns the instant of the next check, or `None` if the connection has timed out.
    fn next_check(&mut self, now: Instant) -> Option<Instant> {
        let since = match self.state.activity(now) {
            Activity::Stalled => return None,
            Activity::Busy(next) => return Some(next),
            Activity::Idle(since) => since,
        };
        let deadline = match (self.goaway_sent, self.head_since()) {
            (Some(sent), _) => sent + GOAWAY_TIMEOUT,
            (None, Some(head)) if !self.is_http2 => head + HEAD_TIMEOUT,
            (None, None) if self.bytes_read == 0 => self.opened + HEAD_TIMEOUT,
            (None, _) => since + self.idle_timeout,
        };
        if now < deadline {
            return Some(deadline);
        }
        if !self.is_http2 || self.goaway_sent.is_some() {
            return None;
        }
        self.goaway_sent = Some(now);
        self.state.shutdown.notify_one();
        Some(now + GOAWAY_TIMEOUT)
    }

    /// Ready once the connection has timed out.
    fn poll_timeout(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(next) = self.next_check(Instant::now()) else { return Poll::Ready(()) };
            if next < self.timer.deadline() || self.timer.is_elapsed() {
                self.timer.as_mut().reset(next);
            }
            ready!(self.timer.as_mut().poll(cx));
        }
    }

    /// Fails a pending write or flush once the connection has timed out.
    fn or_timeout<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            return result;
        }
        if !self.is_blocked {
            self.is_blocked = true;
            self.state.block();
        }
        ready!(self.poll_timeout(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Returns whether more bytes arrived than the requests explain.
    fn exceeds_idle_bytes(&self) -> bool {
        let requests = u64::from(self.state.requests());
        self.is_http2 && self.bytes_read > IDLE_BYTES + requests * IDLE_BYTES_PER_REQUEST
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TimeoutIo<S> {
    /// Returns whether the client speaks HTTP/2 from its first bytes, which are read again afterwards.
    ///
    /// # Errors
    ///
    /// Returns an error if reading fails or times out.
    pub async fn starts_with_http2_preface(&mut self) -> io::Result<bool> {
        let mut read = Vec::with_capacity(HTTP2_PREFACE.len());
        while read.len() < HTTP2_PREFACE.len() && HTTP2_PREFACE.starts_with(&read) {
            let rest = (HTTP2_PREFACE.len() - read.len()) as u64;
            if (&mut *self).take(rest).read_buf(&mut read).await? == 0 {
                break;
            }
        }
        let is_http2 = read == HTTP2_PREFACE;
        self.unread = read;
        Ok(is_http2)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TimeoutIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let count = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread[..count]);
            self.unread.drain(..count);
            return Poll::Ready(Ok(()));
        }
        if self.exceeds_idle_bytes() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let filled = buffer.filled().len();
        if let Poll::Ready(result) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.bytes_read += (buffer.filled().len() - filled) as u64;
            if self.head_since().is_none() {
                self.head = Some((Instant::now(), self.state.requests()));
            }
            return Poll::Ready(result);
        }
        ready!(self.poll_timeout(cx));
        if !self.is_http2 && self.head_since().is_some() {
            // The connection is closed whether or not the answer can be written.
            let _ = Pin::new(&mut self.stream).poll_write(cx, REQUEST_TIMEOUT);
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutIo<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        if let Poll::Ready(Ok(count)) = result
            && self.is_blocked
        {
            self.state.written(count);
        }
        self.or_timeout(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        // A finished write does not end the wait: the rate of a slow client is measured over all writes of an answer.
        if result.is_ready() && self.is_blocked {
            self.is_blocked = false;
            self.state.unblock();
        }
        self.or_timeout(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.or_timeout(cx, result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::throughput::{ANSWER_TIMEOUT, STALL_TIMEOUT};
    use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

    const IDLE: Duration = Duration::from_secs(75);

    /// Returns a client and a server that are connected by a buffer of so many bytes.
    fn connected(buffer: usize) -> (DuplexStream, TimeoutIo<DuplexStream>) {
        let (client, server) = duplex(buffer);
        (client, TimeoutIo::new(server, IDLE, Arc::new(ConnectionState::new(Instant::now()))))
    }

    /// Sends a text and then nothing; returns the time until the timeout and the response.
    async fn silence_after(text: &[u8]) -> (Duration, Vec<u8>) {
        let (mut client, mut server) = connected(128);
        client.write_all(text).await.unwrap();
        let start = Instant::now();
        let error = match server.starts_with_http2_preface().await {
            Ok(is_http2) => {
                server.is_http2 = is_http2;
                server.read_to_end(&mut Vec::new()).await.unwrap_err()
            }
            Err(error) => error,
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(server);
        let mut response = Vec::new();
        client.read_to_end(&mut response).await.unwrap();
        (start.elapsed(), response)
    }

    #[tokio::test(start_paused = true)]
    async fn silent_connections_and_unfinished_heads_time_out() {
        assert_eq!(silence_after(b"").await, (HEAD_TIMEOUT, Vec::new()));
        assert_eq!(silence_after(b"GET / HT").await, (HEAD_TIMEOUT, REQUEST_TIMEOUT.to_vec()));
        assert_eq!(silence_after(b"PRI * HTTP/2.0").await, (HEAD_TIMEOUT, REQUEST_TIMEOUT.to_vec()));
        assert_eq!(silence_after(HTTP2_PREFACE).await, (IDLE + GOAWAY_TIMEOUT, Vec::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_time_out() {
        let (mut client, mut server) = connected(64);
        client.write_all(b"GET").await.unwrap();
        server.read_exact(&mut [0; 3]).await.unwrap();
        tokio::time::advance(HEAD_TIMEOUT / 2).await;
        drop(server.state.begin_request());
        server.write_all(b"ok").await.unwrap();
        let start = Instant::now();
        let error = server.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed()), (io::ErrorKind::TimedOut, IDLE));
    }

    #[tokio::test(start_paused = true)]
    async fn the_preface_is_read_again() {
        for (text, is_http2) in [(HTTP2_PREFACE, true), (b"PRI", false), (b"GET / HTTP/1.1\r\n\r\n", false)] {
            let (mut client, mut server) = connected(8);
            let rest = b" and all that follows";
            tokio::spawn(async move {
                client.write_all(text).await.unwrap();
                client.write_all(rest).await.unwrap();
            });
            assert_eq!(server.starts_with_http2_preface().await.unwrap(), is_http2);
            let mut all = Vec::new();
            server.read_to_end(&mut all).await.unwrap();
            assert_eq!(all, [text, rest].concat());
        }
    }

    /// Serves an answer to a client that reads so many bytes every so many seconds; returns whether it got all, and
    /// how long it was served.
    async fn served(bytes: usize, every: u64, length: usize) -> (bool, Duration) {
        let (mut client, mut server) = connected(bytes);
        let start = Instant::now();
        let writing = tokio::spawn(async move { server.write_all(&vec![0; length]).await.is_ok() });
        let reading = tokio::spawn(async move {
            let mut read = vec![0; bytes];
            loop {
                tokio::time::advance(Duration::from_secs(every)).await;
                if client.read_exact(&mut read).await.is_err() {
                    return;
                }
            }
        });
        let is_whole = writing.await.unwrap();
        let took = start.elapsed();
        reading.abort();
        (is_whole, took)
    }

    #[tokio::test(start_paused = true)]
    async fn stalled_and_slow_readers_time_out() {
        let (_client, mut server) = connected(16);
        let start = Instant::now();
        let error = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed()), (io::ErrorKind::TimedOut, STALL_TIMEOUT));
        // A byte every twenty seconds is progress, but too slow.
        let (is_whole, took) = served(1, 20, 10_000).await;
        assert!(!is_whole && (60..=90).contains(&took.as_secs()), "{took:?}");
        // Two kilobytes per second are enough.
        let (is_whole, took) = served(20_480, 10, 20_480 * 30).await;
        assert!(is_whole && took.as_secs() >= 250, "{took:?}");
        let (is_whole, took) = served(20_480, 10, 20_480 * 200).await;
        assert!(!is_whole && took.as_secs().abs_diff(ANSWER_TIMEOUT.as_secs()) <= 60, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn http2_frames_without_requests_are_limited() {
        for (requests, limit) in [(0, IDLE_BYTES), (2, IDLE_BYTES + 2 * IDLE_BYTES_PER_REQUEST)] {
            let (mut client, server) = connected(1 << 10);
            let mut server = server.into_http2();
            (0..requests).for_each(|_| drop(server.state.begin_request()));
            tokio::spawn(async move { while client.write_all(&[0; 1 << 10]).await.is_ok() {} });
            let mut all = Vec::new();
            let error = server.read_to_end(&mut all).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
            assert!((all.len() as u64).abs_diff(limit) <= 2 << 10, "{}", all.len());
        }
    }
}
