//! Minimum rate at which a client must take an answer.

use std::time::Duration;

use tokio::time::Instant;

/// The longest time without progress.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest time for one answer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// The period over which the rate is averaged.
const WINDOW: Duration = Duration::from_secs(60);
/// The minimum rate, in bytes per second.
const MIN_RATE: u64 = 1 << 10;

/// Progress of a connection since it became busy.
#[derive(Debug)]
pub struct ThroughputMonitor {
    started: Instant,
    window_start: Instant,
    window_bytes: u64,
    last_progress: Instant,
}

impl ThroughputMonitor {
    /// Starts to measure.
    #[must_use]
    pub fn new(now: Instant) -> ThroughputMonitor {
        ThroughputMonitor { started: now, window_start: now, window_bytes: 0, last_progress: now }
    }

    /// Records that the client took some bytes.
    pub fn record(&mut self, bytes: usize, now: Instant) {
        self.window_bytes = self.window_bytes.saturating_add(bytes as u64);
        self.last_progress = now;
    }

    /// Returns when the client last took something.
    #[must_use]
    pub fn last_progress(&self) -> Instant {
        self.last_progress
    }

    /// Returns the instant of the next check, or `None` if the client is too slow.
    #[must_use]
    pub fn next_check(&mut self, now: Instant) -> Option<Instant> {
        if now >= self.window_start + WINDOW {
            if self.window_bytes < MIN_RATE * WINDOW.as_secs() {
                return None;
            }
            (self.window_start, self.window_bytes) = (now, 0);
        }
        let (stalled, overdue) = (self.last_progress + STALL_TIMEOUT, self.started + ANSWER_TIMEOUT);
        (now < stalled.min(overdue)).then(|| stalled.min(overdue).min(self.window_start + WINDOW))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records some bytes every so many seconds; returns after how many seconds the client is found too slow.
    fn too_slow_after(bytes: usize, every: u64) -> u64 {
        let start = Instant::now();
        let mut monitor = ThroughputMonitor::new(start);
        let mut next = Some(start);
        let mut second = 0;
        while let Some(check) = next {
            second += 1;
            let now = start + Duration::from_secs(second);
            if second % every == 0 {
                monitor.record(bytes, now);
            }
            if now >= check {
                next = monitor.next_check(now);
            }
        }
        second
    }

    #[test]
    fn stalled_slow_and_endless_answers_are_found() {
        assert_eq!(too_slow_after(1, 1_000), 30);
        assert_eq!(too_slow_after(1, 20), 60);
        assert_eq!(too_slow_after(20_479, 20), 60);
        assert_eq!(too_slow_after(20_480, 20), 900);
        assert_eq!(too_slow_after(1 << 30, 31), 30);
    }
}
