//! The seat of one connection: whether it waits for its client or is being answered, and what it is asked to do.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::sound;

/// The most requests of a connection, and how long it may be used.
const MOST_REQUESTS: u32 = 1_000;
const OLDEST: Duration = Duration::from_secs(3600);
/// One can do without a connection that has waited for its client for so long.
const WAITED: Duration = Duration::from_secs(1);
/// Also without one whose client has taken nothing of its answer for so long.
const STOOD: Duration = Duration::from_secs(5);
/// So many bytes more or less are owed on a connection of HTTP/2, since it is not known what each frame is of.
const ROUNDED: u64 = 4 << 10;
/// Not waiting, but being answered.
const BUSY: u64 = u64::MAX;

/// The seat of one connection.
pub struct Chair {
    open: Instant,
    taken: Instant,
    requests: AtomicU32,
    /// Since when it waits for its client, in milliseconds since the house opened, or [`BUSY`].
    waits: AtomicU64,
    /// When anything moved last while it was answered, in the same milliseconds.
    moved: AtomicU64,
    /// When something came last, in the same milliseconds.
    heard: AtomicU64,
    /// What it is asked to do, as the number of a [`Call`], or nothing yet.
    asked: AtomicU8,
    call: Notify,
    /// How many bytes of answers its client was given.
    given: AtomicU64,
    /// The answers of HTTP/2.
    streams: Mutex<Streams>,
}

/// Answers beside each other.
struct Streams {
    /// How many are under way.
    count: u32,
    /// How many bytes of content were handed over and not given yet.
    owed: u64,
    /// How many bytes came that were not replied to yet. What says something of the connection, such as PING, is
    /// replied to with as many.
    heard: u64,
    /// Since when there was always something of that, and how many bytes had been given by then.
    since: Instant,
    given: u64,
}

/// How well one can do without a connection: the least is missed most easily.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spare {
    /// It waits for its client, since so many milliseconds after the house opened.
    Waits(u64),
    /// It is being answered, and its client has taken nothing since then.
    Stands(u64),
}

/// How a connection with answers beside each other stands.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// It waits for its client since then.
    Waits(Instant),
    /// There is so much under way, or nothing but what was handed over: always since then, when its client had been
    /// given so many bytes.
    Busy { count: u32, since: Instant, given: u64 },
}

/// What a connection is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// To go once its client is answered.
    Leave = 1,
    /// To go at once.
    GiveWay = 2,
}

impl fmt::Debug for Chair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chair({} requests)", self.requests.load(Ordering::Relaxed))
    }
}

impl Chair {
    /// One in a house that opened then, taken now.
    pub fn new(open: Instant) -> Chair {
        let chair = Chair {
            open,
            taken: Instant::now(),
            requests: AtomicU32::new(0),
            waits: AtomicU64::new(BUSY),
            moved: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            asked: AtomicU8::new(0),
            call: Notify::new(),
            given: AtomicU64::new(0),
            streams: Mutex::new(Streams { count: 0, owed: 0, heard: 0, since: open, given: 0 }),
        };
        chair.hear(chair.taken);
        chair.wait(chair.taken);
        chair
    }

    /// It waits for its client since an instant, unless it does so already.
    pub fn wait(&self, since: Instant) {
        if self.waits.load(Ordering::Relaxed) == BUSY {
            self.waits.store(self.millis(since), Ordering::Relaxed);
        }
    }

    /// Something came from its client at an instant.
    pub fn hear(&self, at: Instant) {
        self.heard.store(self.millis(at), Ordering::Relaxed);
    }

    fn millis(&self, at: Instant) -> u64 {
        u64::try_from((at - self.open).as_millis()).unwrap_or(BUSY - 1)
    }

    /// A request is being answered. Whether it is the last of this connection.
    pub fn work(&self) -> bool {
        if self.waits.swap(BUSY, Ordering::Relaxed) != BUSY {
            self.moved.store(self.heard.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        let requests = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        // The request is what was heard last: nobody has to look at the clock again.
        let age = self.heard.load(Ordering::Relaxed).saturating_sub(self.millis(self.taken));
        let is_last = requests >= MOST_REQUESTS || Duration::from_millis(age) >= OLDEST;
        if is_last {
            self.call(Call::Leave);
        }
        is_last
    }

    /// How many requests came.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// One more answer is under way beside others.
    pub fn begin(&self) {
        let mut streams = sound::lock(&self.streams);
        if streams.count == 0 && streams.owed == 0 {
            let now = Instant::now();
            (streams.since, streams.given) = (now, self.given());
            self.moved.store(self.millis(now), Ordering::Relaxed);
        }
        streams.count += 1;
        // The request itself is replied to by its answer.
        streams.heard = 0;
        self.waits.store(BUSY, Ordering::Relaxed);
    }

    /// One of them is not under way any more.
    pub fn end(&self) {
        let mut streams = sound::lock(&self.streams);
        streams.count = streams.count.saturating_sub(1);
        self.settle(&mut streams, Instant::now());
    }

    /// So much content of them was handed over.
    pub fn owe(&self, bytes: usize) {
        let mut streams = sound::lock(&self.streams);
        streams.owed = streams.owed.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Frames of so many bytes came from its client.
    pub fn hear_frames(&self, bytes: usize) {
        let mut streams = sound::lock(&self.streams);
        streams.heard = streams.heard.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Frames of so many bytes went to its client at an instant. Which are of answers is not known: those that are more
    /// than came, while some are owed.
    pub fn give_frames(&self, bytes: usize, at: Instant) {
        let mut streams = sound::lock(&self.streams);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let replies = streams.heard.min(bytes);
        streams.heard -= replies;
        let content = streams.owed.min(bytes - replies);
        streams.owed -= content;
        if content > 0 {
            self.give(content, at);
            self.settle(&mut streams, at);
        }
    }

    /// Where nothing is under way, and hardly anything owed, it waits from an instant on.
    fn settle(&self, streams: &mut Streams, at: Instant) {
        if streams.count == 0 && streams.owed <= ROUNDED {
            streams.owed = 0;
            self.wait(at);
        }
    }

    /// How it stands with them.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let streams = sound::lock(&self.streams);
        match self.waits.load(Ordering::Relaxed) {
            BUSY => Standing::Busy { count: streams.count, since: streams.since, given: streams.given },
            waits => Standing::Waits(self.open + Duration::from_millis(waits)),
        }
    }

    /// Its client was given so many bytes of an answer at an instant.
    pub fn give(&self, bytes: u64, at: Instant) {
        // Only whoever has the connection gives.
        let given = self.given.load(Ordering::Relaxed);
        self.given.store(given.saturating_add(bytes), Ordering::Relaxed);
        self.moved.store(self.millis(at), Ordering::Relaxed);
    }

    /// How well one can do without it at an instant; `None` while one cannot.
    #[must_use]
    pub fn spare(&self, now: Instant) -> Option<Spare> {
        let long_ago = |since: u64, long: Duration| {
            (now - self.open).saturating_sub(Duration::from_millis(since)) >= long
        };
        match self.waits.load(Ordering::Relaxed) {
            BUSY => {
                let moved = self.moved.load(Ordering::Relaxed);
                long_ago(moved, STOOD).then_some(Spare::Stands(moved))
            }
            waits => long_ago(waits, WAITED).then_some(Spare::Waits(waits)),
        }
    }

    /// How many bytes of answers its client was given.
    #[must_use]
    pub fn given(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }

    /// Asks it to do something.
    pub fn call(&self, call: Call) {
        self.asked.fetch_max(call as u8, Ordering::Relaxed);
        self.call.notify_one();
    }

    /// Until it is asked to do something.
    pub async fn called(&self) -> Call {
        self.call.notified().await;
        if self.asked.load(Ordering::Relaxed) == Call::GiveWay as u8 { Call::GiveWay } else { Call::Leave }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_has_its_last_request() {
        let chair = Chair::new(Instant::now());
        assert_eq!((1..=MOST_REQUESTS).filter(|_| chair.work()).count(), 1);
        let chair = Chair::new(Instant::now());
        assert!(!chair.work());
        tokio::time::advance(OLDEST).await;
        chair.hear(Instant::now());
        assert!(chair.work());
        assert_eq!(chair.called().await, Call::Leave);
    }

    #[tokio::test(start_paused = true)]
    async fn one_can_do_without_who_waits_and_then_without_who_takes_nothing() {
        let open = Instant::now();
        let (waiting, standing) = (Chair::new(open), Chair::new(open));
        let spare = || (waiting.spare(Instant::now()), standing.spare(Instant::now()));
        tokio::time::advance(Duration::from_secs(2)).await;
        standing.hear(Instant::now());
        standing.work();
        assert_eq!(spare(), (Some(Spare::Waits(0)), None));
        tokio::time::advance(STOOD).await;
        standing.give(20_000, Instant::now());
        // Frames that say something of the connection are no answer.
        tokio::time::advance(STOOD - Duration::from_millis(1)).await;
        standing.give_frames(20_000, Instant::now());
        assert_eq!(spare().1, None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(spare().1, Some(Spare::Stands(7_000)));
        assert!(spare().0 < spare().1);
        standing.wait(Instant::now());
        assert_eq!(spare().1, None);
    }
}
