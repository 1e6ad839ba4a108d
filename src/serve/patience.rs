//! How long a connection may take: for its first byte, for a request head, between requests, and for taking
//! what it is sent. hyper has a timer for heads only, and lets it run while a connection is idle.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// From accept to the first byte, and from the first byte of a request to the first of its answer.
const HEAD: Duration = Duration::from_secs(10);
/// Between an answer and the next request.
const IDLE: Duration = Duration::from_secs(75);
/// While the other side takes nothing of what it is sent.
const STALLED: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing came yet.
    Fresh,
    /// A request is on its way.
    Asking,
    /// An answer was written.
    Idle,
    /// An answer waits to be taken.
    Stalled,
    /// HTTP/2, whose frames come and go at any time.
    Streams,
}

/// A stream that fails when its other side takes too long.
#[derive(Debug)]
pub struct Patience<S> {
    stream: S,
    state: State,
    timer: Pin<Box<Sleep>>,
}

impl<S> Patience<S> {
    /// Begins to wait for the first byte.
    pub fn new(stream: S) -> Patience<S> {
        Patience { stream, state: State::Fresh, timer: Box::pin(sleep(HEAD)) }
    }

    fn enter(&mut self, state: State, patience: Duration) {
        self.state = state;
        self.timer.as_mut().reset(Instant::now() + patience);
    }

    fn expired<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn has_read(&mut self, bytes: &[u8]) {
        match self.state {
            State::Fresh if bytes.starts_with(b"PRI") => self.enter(State::Streams, IDLE),
            State::Fresh | State::Idle => self.enter(State::Asking, HEAD),
            State::Streams => self.enter(State::Streams, IDLE),
            State::Asking | State::Stalled => {}
        }
    }

    fn has_written(&mut self) {
        let next = if self.state == State::Streams { State::Streams } else { State::Idle };
        self.enter(next, IDLE);
    }

    fn waits_to_write(&mut self) {
        if !matches!(self.state, State::Stalled | State::Streams) {
            self.enter(State::Stalled, STALLED);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(result) => {
                if buffer.filled().len() > before {
                    let bytes = &buffer.filled()[before..];
                    self.has_read(bytes);
                }
                Poll::Ready(result)
            }
            Poll::Pending => self.expired(cx),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.after_write(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.after_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S> Patience<S> {
    fn after_write(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(result) => {
                self.has_written();
                Poll::Ready(result)
            }
            Poll::Pending => {
                self.waits_to_write();
                self.expired(cx)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    async fn reads(text: &'static [u8]) -> Duration {
        let (mut client, server) = duplex(64);
        let mut server = Patience::new(server);
        client.write_all(text).await.unwrap();
        let start = Instant::now();
        let mut all = Vec::new();
        assert_eq!(server.read_to_end(&mut all).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn silence_and_half_a_head_are_cut() {
        assert_eq!(reads(b"").await.as_secs(), HEAD.as_secs());
        assert_eq!(reads(b"GET / HT").await.as_secs(), HEAD.as_secs());
        assert_eq!(reads(b"PRI * HTTP/2.0").await.as_secs(), IDLE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_cut() {
        let (_client, server) = duplex(16);
        let mut server = Patience::new(server);
        let start = Instant::now();
        let error = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (io::ErrorKind::TimedOut, STALLED.as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_there_is_time() {
        let (mut client, server) = duplex(64);
        let mut server = Patience::new(server);
        client.write_all(b"GET").await.unwrap();
        server.read_exact(&mut [0; 3]).await.unwrap();
        server.write_all(b"ok").await.unwrap();
        let start = Instant::now();
        let error = server.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (io::ErrorKind::TimedOut, IDLE.as_secs()));
    }
}
