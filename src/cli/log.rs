//! The log on stderr. A thread writes the lines, so a blocked reader of the log or a full disk delays no request.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use clap::ValueEnum;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};

/// The most lines that wait to be written; more are dropped and counted.
const MAX_WAITING: usize = 8_192;
/// Characters that change the direction of text (Unicode TR9 §2) and so disguise a line.
const BIDI_CONTROLS: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Plain,
    /// For machines: one JSON object per line
    Json,
}

/// Starts the log. Dropping the guard writes the lines that wait, for a second at most.
pub(super) fn start(format: LogFormat) -> WorkerGuard {
    let colour = super::terminal::wants_colour(&io::stderr());
    let dropped = Arc::new(OnceLock::new());
    let writer = LineWriter { out: io::stderr(), dropped: Arc::clone(&dropped), reported: 0 };
    let (lines, guard) = NonBlockingBuilder::default().buffered_lines_limit(MAX_WAITING).finish(writer);
    dropped.get_or_init(|| lines.error_counter());
    let log = tracing_subscriber::fmt().with_writer(lines).with_target(false);
    // Only the first log of a process takes effect; tests start several.
    let _ = match format {
        LogFormat::Plain => log.with_ansi(colour).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    guard
}

/// Writes whole lines, escaped, and how many were dropped before each.
struct LineWriter<W> {
    out: W,
    dropped: Arc<OnceLock<ErrorCounter>>,
    reported: usize,
}

impl<W: Write> Write for LineWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.out.write_all(escape_bidi(&String::from_utf8_lossy(line)).as_bytes())?;
        let dropped = self.dropped.get().map_or(0, ErrorCounter::dropped_lines);
        let new = dropped - self.reported;
        if new > 0 {
            self.reported = dropped;
            writeln!(self.out, "… dropped {new} log lines: stderr is read too slowly")?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn escape_bidi(line: &str) -> Cow<'_, str> {
    if !line.contains(BIDI_CONTROLS) {
        return line.into();
    }
    let mut escaped = String::with_capacity(line.len() + 8);
    for c in line.chars() {
        if BIDI_CONTROLS.contains(&c) { escaped.extend(c.escape_unicode()) } else { escaped.push(c) }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Barrier, Mutex};

    /// Waits before each write until the test is ready for it.
    struct Gated(Arc<Barrier>, Arc<Mutex<Vec<u8>>>);

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.1.lock().unwrap().is_empty() {
                self.0.wait();
                self.0.wait();
            }
            self.1.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_beyond_the_limit_are_dropped_and_counted() {
        let (gate, text) = (Arc::new(Barrier::new(2)), Arc::default());
        let dropped = Arc::new(OnceLock::new());
        let out = Gated(Arc::clone(&gate), Arc::clone(&text));
        let writer = LineWriter { out, dropped: Arc::clone(&dropped), reported: 0 };
        let (mut lines, guard) = NonBlockingBuilder::default().buffered_lines_limit(4).finish(writer);
        dropped.get_or_init(|| lines.error_counter());
        lines.write_all(b"line 0\n").unwrap();
        gate.wait();
        for number in 1..8 {
            lines.write_all(format!("line {number}\n").as_bytes()).unwrap();
        }
        gate.wait();
        drop(guard);
        let text = String::from_utf8(text.lock().unwrap().clone()).unwrap();
        let notice = "… dropped 3 log lines: stderr is read too slowly\n";
        assert_eq!(text, format!("line 0\n{notice}line 1\nline 2\nline 3\nline 4\n"));
    }

    #[test]
    fn bidi_controls_are_escaped() {
        assert_eq!(escape_bidi("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(escape_bidi("Québec\n"), "Québec\n");
    }
}
