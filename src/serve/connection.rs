//! State of one connection: idle or busy, requests served, pending shutdown.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::throughput::ThroughputMonitor;
use crate::mutex;

/// The most requests of a connection.
const MAX_REQUESTS: u32 = 1_000;
/// The longest time for which a connection is reused.
const MAX_AGE: Duration = Duration::from_secs(3600);
/// An idle connection may be evicted after this time.
const EVICT_IDLE: Duration = Duration::from_secs(1);
/// A busy connection may be evicted after this time without progress.
const EVICT_STALLED: Duration = Duration::from_secs(5);

/// State of one connection, shared by its I/O, its requests and the limiter.
#[derive(Debug)]
pub struct ConnectionState {
    accepted: Instant,
    requests: AtomicU32,
    progress: Mutex<Progress>,
    /// Asks the connection to close once its requests are answered.
    pub shutdown: Notify,
    /// Asks the connection to close at once.
    pub eviction: Notify,
}

#[derive(Debug)]
struct Progress {
    /// Answers that hyper has not taken whole.
    in_flight: u32,
    is_blocked: bool,
    idle_since: Instant,
    throughput: ThroughputMonitor,
}

impl Progress {
    fn is_busy(&self) -> bool {
        self.in_flight > 0 || self.is_blocked
    }
}

/// Activity of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Waiting for a request since an instant.
    Idle(Instant),
    /// Answering; to be checked again at an instant.
    Busy(Instant),
    /// Answering a client that takes too little.
    Stalled,
}

/// Eviction priority; the lowest is closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvictionPriority {
    /// Idle since an instant.
    Idle(Instant),
    /// Busy, without progress since an instant.
    Stalled(Instant),
}

impl ConnectionState {
    /// Returns the state of a connection that was accepted at an instant.
    #[must_use]
    pub fn new(now: Instant) -> ConnectionState {
        ConnectionState {
            accepted: now,
            requests: AtomicU32::new(0),
            progress: Mutex::new(Progress {
                in_flight: 0,
                is_blocked: false,
                idle_since: now,
                throughput: ThroughputMonitor::new(now),
            }),
            shutdown: Notify::new(),
            eviction: Notify::new(),
        }
    }

    /// Counts a request, which is in flight until the guard is dropped.
    #[must_use]
    pub fn begin_request(self: &Arc<Self>) -> InFlightGuard {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.update(|progress| progress.in_flight += 1);
        InFlightGuard(Arc::clone(self))
    }

    /// Returns the number of requests so far.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Returns whether the connection should serve no further request.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.requests() >= MAX_REQUESTS || self.accepted.elapsed() >= MAX_AGE
    }

    /// Records that bytes of answers wait because the socket accepts no more.
    pub fn block(&self) {
        self.update(|progress| progress.is_blocked = true);
    }

    /// Records that the socket accepted everything.
    pub fn unblock(&self) {
        self.update(|progress| progress.is_blocked = false);
    }

    /// Records bytes that a blocked socket accepted. While answers are in flight, only [`InFlightGuard::progress`]
    /// counts: other HTTP/2 frames must not keep a stalled connection alive.
    pub fn written(&self, bytes: usize) {
        let mut progress = mutex::lock(&self.progress);
        if progress.in_flight == 0 {
            progress.throughput.record(bytes, Instant::now());
        }
    }

    /// Applies a change and notes whether the connection became idle or busy by it.
    fn update(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = mutex::lock(&self.progress);
        let was_busy = progress.is_busy();
        change(&mut progress);
        match (was_busy, progress.is_busy()) {
            (false, true) => progress.throughput = ThroughputMonitor::new(Instant::now()),
            (true, false) => progress.idle_since = Instant::now(),
            _ => {}
        }
    }

    /// Returns the activity of the connection.
    #[must_use]
    pub fn activity(&self, now: Instant) -> Activity {
        let mut progress = mutex::lock(&self.progress);
        if progress.is_busy() {
            progress.throughput.next_check(now).map_or(Activity::Stalled, Activity::Busy)
        } else {
            Activity::Idle(progress.idle_since)
        }
    }

    /// Returns the eviction priority, or `None` while the connection must not be evicted.
    #[must_use]
    pub fn eviction_priority(&self, now: Instant) -> Option<EvictionPriority> {
        let progress = mutex::lock(&self.progress);
        let last_progress = progress.throughput.last_progress();
        if !progress.is_busy() {
            (now >= progress.idle_since + EVICT_IDLE).then_some(EvictionPriority::Idle(progress.idle_since))
        } else {
            (now >= last_progress + EVICT_STALLED).then_some(EvictionPriority::Stalled(last_progress))
        }
    }
}

/// A request in flight, until dropped.
#[derive(Debug)]
pub struct InFlightGuard(Arc<ConnectionState>);

impl InFlightGuard {
    /// Records bytes of the answer that the client is ready to take.
    pub fn progress(&self, bytes: usize) {
        mutex::lock(&self.0.progress).throughput.record(bytes, Instant::now());
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.update(|progress| progress.in_flight -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::throughput::STALL_TIMEOUT;
    use tokio::time::advance;

    fn new() -> Arc<ConnectionState> {
        Arc::new(ConnectionState::new(Instant::now()))
    }

    #[tokio::test(start_paused = true)]
    async fn connections_are_exhausted_by_requests_and_age() {
        let state = new();
        for _ in 1..MAX_REQUESTS {
            let _request = state.begin_request();
            assert!(!state.is_exhausted());
        }
        let _request = state.begin_request();
        assert!(state.is_exhausted());
        let state = new();
        advance(MAX_AGE).await;
        assert!(state.is_exhausted());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_once_no_answer_is_in_flight_or_blocked() {
        let state = new();
        let (one, other) = (state.begin_request(), state.begin_request());
        let is_busy = || matches!(state.activity(Instant::now()), Activity::Busy(_));
        drop(one);
        assert!(is_busy());
        state.block();
        drop(other);
        assert!(is_busy());
        advance(Duration::from_secs(3)).await;
        state.unblock();
        assert_eq!(state.activity(Instant::now()), Activity::Idle(Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn only_answers_are_progress_while_one_is_in_flight() {
        let state = new();
        let request = state.begin_request();
        state.block();
        advance(STALL_TIMEOUT / 2).await;
        request.progress(1);
        advance(STALL_TIMEOUT / 2).await;
        state.written(1_000);
        assert!(matches!(state.activity(Instant::now()), Activity::Busy(_)));
        advance(STALL_TIMEOUT / 2).await;
        assert_eq!(state.activity(Instant::now()), Activity::Stalled);
        drop(request);
        state.written(1_000);
        assert!(matches!(state.activity(Instant::now()), Activity::Busy(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_are_evicted_before_stalled_ones() {
        let (idle, stalled, start) = (new(), new(), Instant::now());
        let priorities =
            || (idle.eviction_priority(Instant::now()), stalled.eviction_priority(Instant::now()));
        let request = stalled.begin_request();
        assert_eq!(priorities(), (None, None));
        advance(EVICT_IDLE).await;
        request.progress(1);
        assert_eq!(priorities(), (Some(EvictionPriority::Idle(start)), None));
        advance(EVICT_STALLED).await;
        assert_eq!(priorities().1, Some(EvictionPriority::Stalled(start + EVICT_IDLE)));
        assert!(priorities().0 < priorities().1);
        drop(request);
        assert_eq!(priorities().1, None);
    }
}
