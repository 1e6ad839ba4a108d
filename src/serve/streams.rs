//! HTTP/2: answers beside each other on one connection. Frames come and go at any time, so it is not they that tell
//! whether a connection is of use: it waits while no answer is under way, and while one is its client has to take it.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::time::{Instant, sleep_until};

use super::chair::{Call, Chair, Standing};
use super::gather::Gather;
use super::line::Line;
use super::listen::{Desk, LONGEST_HEAD, MOST_HEADERS, answer, tell};
use super::patience::{ANSWER, HEAD, Patience, SLOWEST, STALLED};

/// The most answers that are under way at once.
const MOST_STREAMS: u32 = 100;
/// The most bytes of the fields of a request, as HTTP/2 counts them (RFC 9113 §6.5.2).
const LONGEST_FIELDS: u32 = 16 << 10;
/// How often it is seen whether a client is still there, and how long it may take to say so.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

/// HTTP/2, or HTTP/1.1 where the client begins so.
pub(super) fn either() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    builder
        .http2()
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(LONGEST_FIELDS)
        .timer(hyper_util::rt::TokioTimer::new())
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1);
    builder
}

/// Serves a connection to its end, which comes as well when it was of no use for the desk's time, or when its client
/// does not take what it asked for.
pub(super) async fn serve(stream: Patience<Line>, versions: auto::Builder<TokioExecutor>, desk: &Desk<'_>) {
    let service = service_fn(|request: Request<Incoming>| {
        let under_way = UnderWay::begin(Arc::clone(desk.chair));
        let answered = answer(desk, request);
        async move {
            let response = answered.await?;
            Ok::<_, Infallible>(response.map(|body| Held { body, under_way }))
        }
    });
    let connection = versions.serve_connection(TokioIo::new(Gather::new(stream)), service);
    let mut connection = pin!(connection);
    let mut pace = Pace { idle: desk.idle, from: Instant::now(), given: 0 };
    let mut look = pin!(sleep_until(pace.from + STALLED.min(desk.idle)));
    let mut leaving = None;
    loop {
        let is_told_to_leave = tokio::select! {
            biased;
            ended = connection.as_mut() => return tell(ended),
            call = desk.chair.called() => match call {
                Call::GiveWay => return,
                Call::Leave => true,
            },
            () = &mut look => match pace.look(desk.chair, Instant::now()) {
                Verdict::GoesOn(until) => {
                    look.as_mut().reset(until);
                    false
                }
                Verdict::IsOver => {
                    // Whoever was told long ago and is still there does not listen.
                    if leaving.is_some_and(|told: Instant| told.elapsed() >= HEAD) {
                        return;
                    }
                    look.as_mut().reset(Instant::now() + HEAD);
                    true
                }
                Verdict::IsStalled => return,
            },
        };
        if is_told_to_leave && leaving.is_none() {
            leaving = Some(Instant::now());
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// What is to become of a connection.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// It is looked at again at an instant.
    GoesOn(Instant),
    /// It waited long enough for its client.
    IsOver,
    /// Its client does not take what it is sent.
    IsStalled,
}

/// How a client keeps up with its answers.
struct Pace {
    /// How long its connection may wait for it.
    idle: Duration,
    /// From when on what it is given is counted, and how much it had been given by then.
    from: Instant,
    given: u64,
}

impl Pace {
    /// Looks at a connection.
    fn look(&mut self, chair: &Chair, now: Instant) -> Verdict {
        let (count, since, given) = match chair.standing() {
            Standing::Waits(since) if now >= since + self.idle => return Verdict::IsOver,
            Standing::Waits(since) => return Verdict::GoesOn((since + self.idle).min(now + STALLED)),
            Standing::Busy { count, since, given } => (count, since, given),
        };
        if since > self.from {
            (self.from, self.given) = (since, given);
        }
        let counted = now - self.from;
        if counted < STALLED {
            return Verdict::GoesOn(self.from + STALLED);
        }
        let is_slow = chair.given() - self.given < SLOWEST * counted.as_secs();
        if is_slow || now >= since + ANSWER {
            // What was handed over may have been taken back, and then nobody waits for it.
            return if count > 0 { Verdict::IsStalled } else { Verdict::IsOver };
        }
        (self.from, self.given) = (now, chair.given());
        Verdict::GoesOn(now + STALLED)
    }
}

/// An answer that is under way, until this is dropped.
struct UnderWay(Arc<Chair>);

impl UnderWay {
    fn begin(chair: Arc<Chair>) -> UnderWay {
        chair.begin();
        UnderWay(chair)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A body that is under way until it is handed over, or given up.
struct Held {
    body: Full<Bytes>,
    under_way: UnderWay,
}

impl Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.under_way.0.owe(frame.data_ref().map_or(0, Bytes::len));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const IDLE: Duration = Duration::from_secs(75);

    fn pace(chair: &Chair) -> Pace {
        Pace { idle: IDLE, from: Instant::now(), given: chair.given() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_waits_from_its_last_answer_on_whatever_frames_come() {
        let chair = Arc::new(Chair::new(Instant::now()));
        let mut pace = pace(&chair);
        advance(Duration::from_secs(50)).await;
        let under_way = UnderWay::begin(Arc::clone(&chair));
        let other = UnderWay::begin(Arc::clone(&chair));
        drop(under_way);
        advance(Duration::from_secs(20)).await;
        assert_eq!(pace.look(&chair, Instant::now()), Verdict::GoesOn(Instant::now() + STALLED / 3));
        drop(other);
        let since = Instant::now();
        for _ in 0..3 {
            advance(Duration::from_secs(24)).await;
            // Pings, and their answers.
            chair.hear(Instant::now());
            chair.give_frames(170, Instant::now());
            let next = (since + IDLE).min(Instant::now() + STALLED);
            assert_eq!(pace.look(&chair, Instant::now()), Verdict::GoesOn(next));
        }
        advance(Duration::from_secs(3)).await;
        assert_eq!(pace.look(&chair, Instant::now()), Verdict::IsOver);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_nothing_is_seen() {
        let chair = Arc::new(Chair::new(Instant::now()));
        let mut pace = pace(&chair);
        chair.give(1 << 20, Instant::now());
        advance(Duration::from_secs(10)).await;
        let under_way = UnderWay::begin(Arc::clone(&chair));
        advance(Duration::from_secs(20)).await;
        // What it was given before does not count, and neither does the time.
        assert_eq!(pace.look(&chair, Instant::now()), Verdict::GoesOn(Instant::now() + STALLED / 3));
        chair.owe(1 << 20);
        chair.give_frames(30 << 10, Instant::now());
        advance(STALLED / 3).await;
        assert_eq!(pace.look(&chair, Instant::now()), Verdict::GoesOn(Instant::now() + STALLED));
        for _ in 0..20 {
            // Replies to what came are none of the answer.
            chair.hear_frames(10 << 10);
            chair.give_frames(40 << 10, Instant::now());
            advance(STALLED).await;
            assert_eq!(pace.look(&chair, Instant::now()), Verdict::GoesOn(Instant::now() + STALLED));
        }
        chair.hear_frames(10 << 10);
        chair.give_frames((40 << 10) - 1, Instant::now());
        advance(STALLED).await;
        assert_eq!(pace.look(&chair, Instant::now()), Verdict::IsStalled);
        drop(under_way);
        // Nobody takes a quarter of an hour.
        let _under_way = UnderWay::begin(Arc::clone(&chair));
        chair.give(10 << 20, Instant::now());
        advance(ANSWER).await;
        assert_eq!(pace.look(&chair, Instant::now()), Verdict::IsStalled);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_handed_over_and_not_given_is_still_under_way() {
        let chair = Arc::new(Chair::new(Instant::now()));
        let mut pace = pace(&chair);
        let hand_over = |bytes: usize| {
            let under_way = UnderWay::begin(Arc::clone(&chair));
            chair.owe(bytes);
            drop(under_way);
        };
        hand_over(10 * (40 << 10));
        for _ in 0..9 {
            advance(STALLED).await;
            chair.give_frames(40 << 10, Instant::now());
            assert_eq!(pace.look(&chair, Instant::now()), Verdict::GoesOn(Instant::now() + STALLED));
        }
        chair.give_frames(40 << 10, Instant::now());
        advance(IDLE - Duration::from_secs(1)).await;
        assert_eq!(
            pace.look(&chair, Instant::now()),
            Verdict::GoesOn(Instant::now() + Duration::from_secs(1))
        );
        // What is not taken, or was taken back.
        hand_over(40 << 10);
        advance(STALLED).await;
        assert_eq!(pace.look(&chair, Instant::now()), Verdict::IsOver);
    }
}
