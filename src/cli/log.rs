//! The log on stderr. Lines are handed to a thread of their own: a reader of the log who has stopped reading, or a
//! full disk, stops no answer.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use clap::ValueEnum;
use tracing_subscriber::fmt::MakeWriter;

/// The most lines that wait to be written.
const WAITING: usize = 8_192;
/// How long the end of the program waits for lines that are not written yet.
const LAST: Duration = Duration::from_secs(1);
/// Characters that make a line look like another: they turn the direction of writing (Unicode TR9 §2).
const TURNS: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people.
    Plain,
    /// For machines: one JSON object a line.
    Json,
}

/// The log while the program runs; what waits is written when it is dropped.
pub(super) struct Log {
    lines: Lines,
}

enum Message {
    Line(Vec<u8>),
    /// Whoever waits hears that all before this is written.
    Last(std::sync::mpsc::Sender<()>),
}

/// Where lines are put in.
#[derive(Clone)]
struct Lines {
    give: Sender<Message>,
    count: Arc<Count>,
}

/// What became of lines that are not written.
#[derive(Default)]
struct Count {
    waiting: AtomicUsize,
    dropped: AtomicU64,
}

/// Begins the log.
pub(super) fn start(form: Form) -> Log {
    let colour = super::terminal::wants_colour(&io::stderr());
    let (give, given) = channel();
    let lines = Lines { give, count: Arc::default() };
    let count = Arc::clone(&lines.count);
    std::thread::spawn(move || write(&given, &count, &mut io::stderr()));
    let log = tracing_subscriber::fmt().with_writer(lines.clone()).with_target(false);
    // A second start in one process, as tests make it, keeps the first log.
    let _ = match form {
        Form::Plain => log.with_ansi(colour).try_init(),
        Form::Json => log.json().flatten_event(true).try_init(),
    };
    Log { lines }
}

/// Writes lines for ever. Where that fails there is no place to say so: the next one may succeed.
fn write(given: &Receiver<Message>, count: &Count, out: &mut dyn Write) {
    for message in given {
        let _ = match message {
            Message::Line(line) => {
                count.waiting.fetch_sub(1, Ordering::Relaxed);
                out.write_all(&line)
            }
            // Nobody waits any more where that fails.
            Message::Last(told) => told.send(()).map_err(|_| io::ErrorKind::BrokenPipe.into()),
        };
        let lost = count.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ =
                writeln!(out, "… {lost} lines of the log were dropped: they came faster than they were read");
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (tell, told) = channel();
        // Whoever cannot be told does not write any more, and then nobody answers.
        let _ = self.lines.give.send(Message::Last(tell));
        let _ = told.recv_timeout(LAST);
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

impl Write for Lines {
    /// Takes a whole line, which is what tracing hands over.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let Count { waiting, dropped } = &*self.count;
        let is_room = waiting.fetch_add(1, Ordering::Relaxed) < WAITING;
        if !is_room || self.give.send(Message::Line(straight(line))).is_err() {
            waiting.fetch_sub(1, Ordering::Relaxed);
            dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line in which nothing turns the direction of writing.
fn straight(line: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(line) {
        Ok(text) if text.contains(TURNS) => {
            let mut out = String::with_capacity(line.len() + 8);
            for c in text.chars() {
                if TURNS.contains(&c) { out.extend(c.escape_unicode()) } else { out.push(c) }
            }
            out.into_bytes()
        }
        _ => line.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_what_waits_are_dropped_and_counted() {
        let (give, given) = channel();
        let mut lines = Lines { give, count: Arc::default() };
        for number in 0..WAITING + 3 {
            lines.write_all(format!("line {number}\n").as_bytes()).unwrap();
        }
        let count = Arc::clone(&lines.count);
        drop(lines);
        let mut out = Vec::new();
        write(&given, &count, &mut out);
        assert_eq!(count.waiting.load(Ordering::Relaxed), 0);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("line 0\n… 3 lines of the log were dropped"), "{text}");
        assert!(text.ends_with(&format!("\nline {}\n", WAITING - 1)), "{text}");
    }

    #[test]
    fn no_line_turns_around() {
        assert_eq!(straight("a\u{202e}b".as_bytes()), b"a\\u{202e}b");
        assert_eq!(straight("Québec\n".as_bytes()), "Québec\n".as_bytes());
    }
}
