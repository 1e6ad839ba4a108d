//! How long a connection may take: for its first byte, for a request head, between requests, and for taking
//! what it is sent. hyper has a timer for heads only, and lets it run while a connection is idle.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::chair::Chair;

/// From accept to the first byte, and from the first byte of a request to the first of its answer.
pub(super) const HEAD: Duration = Duration::from_secs(10);
/// Between an answer and the next request, at the least: balancers keep connections for a minute.
pub const SHORTEST_IDLE: Duration = Duration::from_secs(60);
/// The same where nobody says otherwise.
pub const IDLE: Duration = Duration::from_secs(75);
/// While the other side takes nothing of what it is sent.
pub(super) const STALLED: Duration = Duration::from_secs(30);
/// Over so long an answer must be taken at [`SLOWEST`] bytes a second at least.
const WINDOW: Duration = Duration::from_secs(60);
/// The slowest reader, in bytes a second, once the buffers of the system are full.
pub(super) const SLOWEST: u64 = 1 << 10;
/// The longest that one answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(15 * 60);
/// So many bytes may come on a connection of HTTP/2 without a request, and so many more with each: frames that ask for
/// nothing are answered as well, and cost as much as those that do.
const CHATTER: u64 = 4 << 20;
const CHATTER_A_REQUEST: u64 = 32 << 10;
/// What is said to whoever began a request and did not end it (RFC 9110 §15.5.9).
const TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing came yet.
    Fresh,
    /// A request is on its way.
    Asking,
    /// An answer was written.
    Idle,
    /// HTTP/2, whose frames come and go at any time.
    Streams,
}

/// An answer that waits to be taken.
#[derive(Clone, Copy, Debug)]
struct Wait {
    /// Since when.
    since: Instant,
    /// Since when its bytes are counted.
    window: Instant,
    /// The bytes taken since.
    taken: u64,
    /// When anything was taken last.
    last: Instant,
}

/// A stream that fails when its other side takes too long.
#[derive(Debug)]
pub struct Patience<S> {
    stream: S,
    chair: Arc<Chair>,
    state: State,
    idle: Duration,
    /// When patience ends.
    end: Instant,
    wait: Option<Wait>,
    /// When something was written last.
    written: Instant,
    /// How many bytes came.
    heard: u64,
    /// It goes off at the end or before: then it is seen whether the end has moved. Most ends do, with every
    /// request, and setting a timer costs more than looking at the clock.
    timer: Pin<Box<Sleep>>,
}

impl<S> Patience<S> {
    /// Begins to wait for the first byte; `idle` is how long it waits between requests.
    pub fn new(stream: S, idle: Duration, chair: Arc<Chair>) -> Patience<S> {
        let now = Instant::now();
        let end = now + HEAD;
        Patience {
            stream,
            chair,
            state: State::Fresh,
            idle,
            end,
            wait: None,
            written: now,
            heard: 0,
            timer: Box::pin(sleep(HEAD)),
        }
    }

    /// The same, on a connection of which both sides agreed that it is one of HTTP/2.
    #[must_use]
    pub fn with_streams(self) -> Patience<S> {
        Patience { state: State::Streams, ..self }
    }

    fn enter(&mut self, state: State, since: Instant, patience: Duration) {
        self.state = state;
        self.end_at(since + patience);
    }

    fn end_at(&mut self, end: Instant) {
        self.end = end;
        if end < self.timer.deadline() {
            self.timer.as_mut().reset(end);
        }
    }

    /// Ready when patience is at its end.
    fn is_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if Instant::now() >= self.end {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.end);
        }
    }

    fn has_read(&mut self, bytes: &[u8]) {
        let now = Instant::now();
        self.heard += u64::try_from(bytes.len()).unwrap_or(0);
        self.chair.hear(now);
        match self.state {
            State::Fresh if bytes.starts_with(b"PRI") => self.enter(State::Streams, now, self.idle),
            State::Fresh | State::Idle => self.enter(State::Asking, now, HEAD),
            State::Streams => {
                self.chair.hear_frames(bytes.len());
                self.enter(State::Streams, now, self.idle);
            }
            State::Asking => {}
        }
    }

    /// Whether there was too much of what was read for what was asked.
    fn is_chatter(&self) -> bool {
        self.state == State::Streams
            && self.heard > CHATTER + u64::from(self.chair.requests()) * CHATTER_A_REQUEST
    }

    fn has_written(&mut self, count: usize) {
        let now = Instant::now();
        if let Some(wait) = &mut self.wait {
            wait.taken += u64::try_from(count).unwrap_or(u64::MAX);
            wait.last = now;
        }
        self.written = now;
        if self.state == State::Streams {
            self.chair.give_frames(count, now);
            self.enter(State::Streams, now, self.idle);
        } else {
            self.chair.give(u64::try_from(count).unwrap_or(u64::MAX), now);
            self.enter(State::Idle, now, self.idle);
        }
    }

    /// The buffers of the system are full. Whether the other side takes what it is sent too slowly.
    fn waits_to_write(&mut self) -> bool {
        let now = Instant::now();
        let wait = self.wait.get_or_insert(Wait { since: now, window: now, taken: 0, last: now });
        if now - wait.since >= ANSWER {
            return true;
        }
        if now - wait.window >= WINDOW {
            if wait.taken < SLOWEST * WINDOW.as_secs() {
                return true;
            }
            (wait.window, wait.taken) = (now, 0);
        }
        let end = (wait.last + STALLED).min(wait.window + WINDOW);
        self.end_at(end);
        false
    }

    fn late<T>() -> Poll<io::Result<T>> {
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_chatter() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let before = buffer.filled().len();
        if let Poll::Ready(result) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            if buffer.filled().len() > before {
                let bytes = &buffer.filled()[before..];
                self.has_read(bytes);
            }
            return Poll::Ready(result);
        }
        // While an answer waits to be taken that decides, and not what else may come.
        if self.wait.is_some() {
            return Poll::Pending;
        }
        ready!(self.is_over(cx));
        if self.state == State::Asking {
            // Whether it is heard is the other side's affair: the connection is closed all the same.
            let _ = Pin::new(&mut self.stream).poll_write(cx, TIMEOUT);
        }
        Self::late()
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
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            // All that was to be written is.
            self.wait = None;
            if self.state == State::Idle {
                self.chair.wait(self.written);
            }
        }
        flushed
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
        if let Poll::Ready(result) = &written {
            self.has_written(*result.as_ref().unwrap_or(&0));
            return written;
        }
        // The end may come, and be followed by another window.
        while !self.waits_to_write() {
            ready!(self.is_over(cx));
            if self.wait.is_none_or(|wait| Instant::now() >= wait.last + STALLED) {
                break;
            }
        }
        Self::late()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    fn patient<S>(stream: S) -> Patience<S> {
        Patience::new(stream, IDLE, Arc::new(Chair::new(Instant::now())))
    }

    async fn reads(text: &'static [u8]) -> (Duration, Vec<u8>) {
        let (mut client, server) = duplex(128);
        let mut server = patient(server);
        client.write_all(text).await.unwrap();
        let start = Instant::now();
        let mut all = Vec::new();
        assert_eq!(server.read_to_end(&mut all).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(server);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        (start.elapsed(), answer)
    }

    #[tokio::test(start_paused = true)]
    async fn silence_and_half_a_head_are_cut() {
        assert_eq!(reads(b"").await, (HEAD, Vec::new()));
        assert_eq!(reads(b"GET / HT").await, (HEAD, TIMEOUT.to_vec()));
        assert_eq!(reads(b"PRI * HTTP/2.0").await, (IDLE, Vec::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_cut() {
        let (_client, server) = duplex(16);
        let mut server = patient(server);
        let start = Instant::now();
        let error = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (io::ErrorKind::TimedOut, STALLED.as_secs()));
    }

    /// How long a reader of so many bytes every so many seconds is served, and whether it got all.
    async fn served(bytes: usize, every: u64, all: usize) -> (bool, Duration) {
        let (mut client, server) = duplex(bytes);
        let mut server = patient(server);
        let start = Instant::now();
        let writing = tokio::spawn(async move { server.write_all(&vec![0; all]).await.is_ok() });
        let reading = tokio::spawn(async move {
            let mut some = vec![0; bytes];
            loop {
                tokio::time::advance(Duration::from_secs(every)).await;
                if client.read_exact(&mut some).await.is_err() {
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
    async fn who_takes_a_little_now_and_then_is_cut() {
        // A byte every twenty seconds is progress, and far too little.
        let (is_whole, took) = served(1, 20, 10_000).await;
        assert!(!is_whole && took >= WINDOW && took <= WINDOW + STALLED, "{took:?}");
        // Two kilobytes a second are slow, and honest.
        let (is_whole, took) = served(20_480, 10, 20_480 * 30).await;
        assert!(is_whole && took.as_secs() >= 250, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_takes_for_ever() {
        let (is_whole, took) = served(20_480, 10, 20_480 * 200).await;
        assert!(!is_whole && took >= ANSWER && took <= ANSWER + WINDOW, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_there_is_time() {
        let (mut client, server) = duplex(64);
        let mut server = patient(server);
        client.write_all(b"GET").await.unwrap();
        server.read_exact(&mut [0; 3]).await.unwrap();
        server.write_all(b"ok").await.unwrap();
        let start = Instant::now();
        let error = server.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (io::ErrorKind::TimedOut, IDLE.as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn frames_that_ask_for_nothing_are_not_heard_for_ever() {
        for (text, requests, most) in
            [(&b"PRI"[..], 0, CHATTER), (b"PRI", 2, CHATTER + 2 * CHATTER_A_REQUEST)]
        {
            let (mut client, server) = duplex(1 << 10);
            let mut server = patient(server);
            assert!((0..requests).all(|_| !server.chair.work()));
            tokio::spawn(async move {
                client.write_all(text).await.unwrap();
                while client.write_all(&[0; 1 << 10]).await.is_ok() {}
            });
            let mut all = Vec::new();
            let error = server.read_to_end(&mut all).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
            assert!(all.len().abs_diff(usize::try_from(most).unwrap()) <= 2 << 10, "{}", all.len());
        }
    }
}
