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
    /// How much there is to do, once that is known.
    all: Arc<AtomicUsize>,
    stop: Option<Sender<()>>,
    shown: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins; `what` is the work in a word, and of what there are many: `reading`, `events`.
    pub fn start(what: (&'static str, &'static str)) -> Progress {
        let (done, all) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        if !io::stderr().is_terminal() {
            return Progress { done, all, stop: None, shown: None };
        }
        let (stop, stopped) = channel();
        let (counted, known) = (Arc::clone(&done), Arc::clone(&all));
        let shown = std::thread::spawn(move || {
            let start = Instant::now();
            let mut wait = QUIET;
            let mut drawn = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = TICK;
                drawn = true;
                let count = (counted.load(Ordering::Relaxed), known.load(Ordering::Relaxed));
                draw(what, count, start.elapsed());
            }
            if drawn {
                // With stderr gone there is nobody to tidy up for.
                let _ = io::stderr().lock().write_all(b"\r\x1b[K");
            }
        });
        Progress { done, all, stop: Some(stop), shown: Some(shown) }
    }

    /// One more is done.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// So much of so much is done.
    pub fn reach(&self, done: usize, all: usize) {
        self.done.fetch_max(done, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
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

/// A bar that fills, or one that runs to and fro while nobody knows how much there is.
fn draw((what, noun): (&str, &str), (done, all): (usize, usize), elapsed: Duration) {
    const WIDTH: usize = 24;
    const RUNNER: usize = 5;
    let seconds = elapsed.as_secs();
    let text = if let Some(full) = (WIDTH * done.min(all)).checked_div(all) {
        let bar = format!("{}{}", "=".repeat(full), " ".repeat(WIDTH - full));
        format!("\r\x1b[K{what} [{bar}] {done} of {all} {noun}, {seconds} s")
    } else {
        let way = WIDTH - RUNNER;
        let step = usize::try_from(elapsed.as_millis() / TICK.as_millis()).unwrap_or(0) % (2 * way);
        let at = if step < way { step } else { 2 * way - step };
        let bar = format!("{}{}{}", " ".repeat(at), "=".repeat(RUNNER), " ".repeat(way - at));
        let count = if done == 0 { String::new() } else { format!(" {done} {noun},") };
        format!("\r\x1b[K{what} [{bar}]{count} {seconds} s")
    };
    // With stderr gone nobody looks.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
