//! Progress on stderr, for work that takes over a second, on a terminal only.

use std::sync::Once;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// Shorter work shows nothing.
const DELAY: Duration = Duration::from_secs(1);

/// A progress bar, cleared when dropped.
pub struct Progress {
    bar: ProgressBar,
    shown: Once,
}

impl Progress {
    /// Creates a bar from a template of `indicatif`, such as `reading, {pos} events`.
    pub fn new(template: &str) -> Progress {
        let style =
            ProgressStyle::with_template(template).expect("the template is a constant of this program");
        let bar = ProgressBar::hidden().with_style(style).with_finish(ProgressFinish::AndClear);
        Progress { bar, shown: Once::new() }
    }

    /// Counts one more item.
    pub fn step(&self) {
        self.bar.inc(1);
        self.show_after_delay();
    }

    /// Sets how many items of how many are done.
    pub fn set(&self, done: usize, total: usize) {
        self.bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
        self.bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        self.show_after_delay();
    }

    fn show_after_delay(&self) {
        if self.bar.elapsed() >= DELAY {
            self.shown.call_once(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }
}
