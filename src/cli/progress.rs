//! A sign of life on work over a second, on a terminal only.

#![expect(clippy::disallowed_methods, reason = "the command line is an edge: this is a person's second")]

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long nothing is shown.
const QUIET: Duration = Duration::from_secs(1);
/// How often what is shown is renewed.
const TICK: Duration = Duration::from_millis(100);

/// Shows how far some work is, until dropped.
pub struct Progress {
    done: Arc<AtomicUsize>,
    stop: Option<Sender<()>>,
    shown: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins; `what` is the work in a word: `reading`.
    pub fn start(what: &'static str) -> Progress {
        let done = Arc::new(AtomicUsize::new(0));
        if !io::stderr().is_terminal() {
            return Progress { done, stop: None, shown: None };
        }
        let (stop, stopped) = channel();
        let counted = Arc::clone(&done);
        let shown = std::thread::spawn(move || {
            let start = Instant::now();
            let mut wait = QUIET;
            let mut drawn = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = TICK;
                drawn = true;
                draw(what, counted.load(Ordering::Relaxed), start.elapsed());
            }
            if drawn {
                // With stderr gone there is nobody to tidy up for.
                let _ = io::stderr().lock().write_all(b"\r\x1b[K");
            }
        });
        Progress { done, stop: Some(stop), shown: Some(shown) }
    }

    /// One more is done.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(shown) = self.shown.take() {
            // A thread that only draws has nothing to report.
            let _ = shown.join();
        }
    }
}

/// A bar that runs to and fro: how many rows there are is known at the end only.
fn draw(what: &str, done: usize, elapsed: Duration) {
    const WIDTH: usize = 24;
    const RUNNER: usize = 5;
    let way = WIDTH - RUNNER;
    let step = usize::try_from(elapsed.as_millis() / TICK.as_millis()).unwrap_or(0) % (2 * way);
    let at = if step < way { step } else { 2 * way - step };
    let bar = format!("{}{}{}", " ".repeat(at), "=".repeat(RUNNER), " ".repeat(way - at));
    let text = format!("\r\x1b[K{what} [{bar}] {done} events, {} s", elapsed.as_secs());
    // With stderr gone nobody looks.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
