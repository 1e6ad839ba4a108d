//! Reads and writes `calcast.lock`: one JSON object per line, sorted, so that a diff shows what changed.
//!
//! The first line has the format and the site. Then come regions and topics, articles, changes, and events by id; the
//! README describes each key. Unknown keys are ignored, so that a later version can add some without a new format.

use std::sync::Arc;

use bytes::Bytes;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::{ArticleHistory, EventHistory, History, MAX_CHANGES, SiteHistory, TagHistory};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::model::tag::TagPath;

/// Name of the file.
pub const FILE: &str = "calcast.lock";

/// The format this version reads and writes.
const FORMAT: u32 = 2;
/// Number of events written at a time.
const EVENTS_PER_CHUNK: usize = 512;
/// Number of events that one thread writes at a time.
const EVENTS_PER_PIECE: usize = 128;
/// Usual length of the line of an event, in bytes.
const EVENT_LINE: usize = 640;
/// Advice for a damaged file.
const HELP: &str = "restore calcast.lock from its last good version, or run `calcast lock --rebuild`: it keeps every line that can be read";
/// Advice for a file of another format.
const FORMAT_HELP: &str = "run the calcast that wrote it, or a later one";

/// The first line. `S` is a reference for writing; for reading an option, since other formats may have other keys.
#[derive(Serialize, Deserialize)]
struct LockHeader<S> {
    calcast_lock: u32,
    #[serde(flatten)]
    site: S,
}

/// A parsed line.
enum LockLine {
    Header(Box<SiteHistory>),
    Tag(TagPath, TagHistory),
    Article(ArticleHistory),
    Change(Arc<Change>),
    Event(Arc<EventHistory>),
}

/// Why a line is not as calcast wrote it.
enum LineError {
    /// The file has another format than [`FORMAT`].
    Format,
    /// The line cannot be parsed.
    Damaged,
    /// The line has the key of another one or comes before the header, or there are too many changes.
    Misplaced,
    /// There are two lines of an event.
    DuplicateEvent,
}

/// Reads a whole file.
///
/// # Errors
/// The first line that is damaged, repeated or out of place. A damaged file must not be taken for a new site.
pub fn parse(bytes: &[u8]) -> Result<History, Box<Diagnostic>> {
    let lines = lines(bytes);
    let (history, errors) = parse_lines(&lines);
    let whole = Place::whole(&Arc::from(FILE));
    let (place, found, expected, help) = match errors.first() {
        None if history.site.is_some() => return Ok(history),
        None => (whole, "nothing".to_owned(), "what calcast wrote last", HELP),
        Some((_, LineError::DuplicateEvent)) => {
            (whole, "two lines of one event".to_owned(), "one line for each event", HELP)
        }
        Some((index, error)) => {
            let place = Place::line(&Arc::from(FILE), u32::try_from(index + 1).unwrap_or(u32::MAX));
            let found = quoted(&String::from_utf8_lossy(lines[*index]));
            match error {
                LineError::Format => (place, found, "a format this version of calcast knows", FORMAT_HELP),
                _ => (place, found, "a line as calcast wrote it", HELP),
            }
        }
    };
    Err(Box::new(Diagnostic::new(Code::BadLock, place, found, expected).help(help)))
}

/// Reads the undamaged lines of a file, with the numbers of the damaged ones.
///
/// Of two lines of one event, as after a merge, the one with the higher sequence is kept. Returns `None` if the file has
/// another format.
#[must_use]
pub fn salvage(bytes: &[u8]) -> Option<(History, Vec<usize>)> {
    let (mut history, errors) = parse_lines(&lines(bytes));
    let mut damaged = Vec::new();
    for (index, error) in errors {
        match error {
            LineError::Format => return None,
            LineError::Damaged => damaged.push(index + 1),
            LineError::Misplaced | LineError::DuplicateEvent => {}
        }
    }
    history.changes.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
    history.changes.dedup();
    Some((history, damaged))
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    whole.split(|byte| *byte == b'\n').filter(|_| !bytes.is_empty()).collect()
}

/// Parses lines to a history. Returns it with the indexes of lines that have errors.
fn parse_lines(lines: &[&[u8]]) -> (History, Vec<(usize, LineError)>) {
    let parsed: Vec<Result<LockLine, LineError>> = lines.par_iter().map(|line| parse_line(line)).collect();
    let mut history = History::default();
    let mut errors = Vec::new();
    for (index, line) in parsed.into_iter().enumerate() {
        if let Err(error) = line.and_then(|line| insert(line, &mut history)) {
            errors.push((index, error));
        }
    }
    (history, errors)
}

/// Parses a line. Its first key identifies the kind.
fn parse_line(line: &[u8]) -> Result<LockLine, LineError> {
    fn from_json<'l, T: Deserialize<'l>>(line: &'l [u8]) -> Result<T, LineError> {
        serde_json::from_slice(line).map_err(|_| LineError::Damaged)
    }
    if line.starts_with(b"{\"event\"") {
        Ok(LockLine::Event(from_json(line)?))
    } else if line.starts_with(b"{\"change\"") {
        Ok(LockLine::Change(from_json(line)?))
    } else if line.starts_with(b"{\"article\"") {
        Ok(LockLine::Article(from_json(line)?))
    } else if line.starts_with(b"{\"tag\"") {
        let tag: TagHistory = from_json(line)?;
        Ok(LockLine::Tag(TagPath::parse(&tag.name).ok_or(LineError::Damaged)?, tag))
    } else {
        let header: LockHeader<Option<Box<SiteHistory>>> = from_json(line)?;
        match header.site {
            _ if header.calcast_lock != FORMAT => Err(LineError::Format),
            site => site.map(LockLine::Header).ok_or(LineError::Damaged),
        }
    }
}

/// Adds a line to a history. Of two headers, or two lines of one event, the later one is kept.
fn insert(line: LockLine, history: &mut History) -> Result<(), LineError> {
    let is_new = match line {
        LockLine::Header(site) if history.site.as_ref().is_some_and(|known| known.changed > site.changed) => {
            false
        }
        LockLine::Header(site) => history.site.replace(*site).is_none(),
        LockLine::Tag(path, tag) => history.tags.insert((tag.facet, path), tag).is_none(),
        LockLine::Article(article) => history.articles.insert(article.article.clone(), article).is_none(),
        LockLine::Change(change) => {
            history.changes.push(change);
            history.changes.len() <= MAX_CHANGES
        }
        LockLine::Event(event) => {
            let events = Arc::make_mut(&mut history.events);
            let known = events.insert(event.event.clone(), event);
            if let Some(known) = known {
                let id = known.event.clone();
                if events.get(&id).is_some_and(|event| known.sequence > event.sequence) {
                    events.insert(id, known);
                }
                return Err(LineError::DuplicateEvent);
            }
            true
        }
    };
    if is_new && history.site.is_some() { Ok(()) } else { Err(LineError::Misplaced) }
}

/// Returns the whole file; it is empty for a site that was never published.
#[must_use]
pub fn to_bytes(history: &History) -> Vec<u8> {
    chunks(history).flatten().collect()
}

/// Returns the file in chunks, each created on demand, so that a large file is never in memory as a whole.
pub fn chunks(history: &History) -> impl Iterator<Item = Bytes> {
    let mut events = history.events.values();
    let event_chunks = std::iter::from_fn(move || {
        let chunk: Vec<&Arc<EventHistory>> = events.by_ref().take(EVENTS_PER_CHUNK).collect();
        let pieces: Vec<Vec<u8>> = chunk.par_chunks(EVENTS_PER_PIECE).map(event_lines).collect();
        (!pieces.is_empty()).then_some(pieces)
    });
    std::iter::once(head(history)).chain(event_chunks.flatten()).map(Bytes::from)
}

fn event_lines(events: &[&Arc<EventHistory>]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(events.len() * EVENT_LINE);
    events.iter().for_each(|event| write_line(&***event, &mut lines));
    lines
}

/// Returns all lines except those of events.
fn head(history: &History) -> Vec<u8> {
    let Some(site) = &history.site else { return Vec::new() };
    let mut lines = Vec::new();
    write_line(&LockHeader { calcast_lock: FORMAT, site }, &mut lines);
    history.tags.values().for_each(|tag| write_line(tag, &mut lines));
    history.articles.values().for_each(|article| write_line(article, &mut lines));
    history.changes.iter().for_each(|change| write_line(&**change, &mut lines));
    lines
}

fn write_line<T: Serialize>(value: &T, lines: &mut Vec<u8>) {
    serde_json::to_writer(&mut *lines, value).expect("keys are strings and no value fails to serialize");
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::snapshot::EventSnapshot;
    use crate::model::event::{EventId, Status};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![Just("Support group".to_owned()), "\\PC{1,12}", "[ -~]{0,12}", ".{0,6}"]
    }

    fn snapshot() -> impl Strategy<Value = EventSnapshot> {
        let names = || prop::collection::vec(texts().prop_map(|name| Arc::from(name.as_str())), 0..3);
        let optional = || prop::option::of(texts());
        (texts(), texts(), optional(), optional(), names(), names(), any::<(bool, u128)>()).prop_map(
            |(title, start, end, place, regions, topics, (is_off, rest))| EventSnapshot {
                title,
                start,
                end,
                repeat: None,
                except: Vec::new(),
                also: Vec::new(),
                dates: Default::default(),
                place,
                status: if is_off { Status::SoldOut } else { Status::Confirmed },
                regions,
                topics,
                rest,
            },
        )
    }

    proptest! {
        #[test]
        fn parse_inverts_to_bytes(
            id in "[a-z0-9 é\"-]{1,12}",
            numbers in any::<(u32, u128, u32, bool, bool)>(),
            base in prop::option::of(texts()),
            row in snapshot(),
        ) {
            let Some(event) = EventId::parse(&id) else { return Ok(()) };
            let (sequence, hash, second, is_removed, unread) = numbers;
            let at = Timestamp::from_second(second.into()).unwrap();
            let mut history = History {
                site: Some(SiteHistory {
                    uid_domain: "example.org".to_owned(),
                    changed: at,
                    events: at,
                    config_changed: at,
                    config_hash: hash,
                }),
                ..History::default()
            };
            history.changes.push(Arc::new(Change {
                at,
                event: event.clone(),
                sequence,
                was: None,
                is: Some(row.clone()),
            }));
            let _ = insert(
                LockLine::Event(Arc::new(EventHistory {
                    event,
                    sequence,
                    first: at,
                    changed: at,
                    removed: is_removed.then_some(at),
                    unread,
                    base: base.as_deref().map(Arc::from),
                    hash,
                    row: crate::history::snapshot::PublishedRow::Recorded(Box::new(row)),
                })),
                &mut history,
            );
            let bytes = to_bytes(&history);
            prop_assert_eq!(parse(&bytes).ok(), Some(history));
            prop_assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 3);
        }
    }
}
