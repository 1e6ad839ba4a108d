//! Reads and writes `calcast.lock`: one JSON object per line, sorted, so that a diff shows what changed.
//!
//! The first line has the format and the site. Then come tables, regions and topics, articles, changes, and events by id;
//! the README describes each key. Unknown keys are ignored, so that a later version can add some without a new format.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::record::EventRecord;
use super::serde_helpers::optional_hex;
use super::{ArticleHistory, EventHistory, History, MAX_CHANGES, SiteHistory, TableHistory, TagHistory};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::model::event::EventId;
use crate::model::tag::TagPath;

/// Name of the file.
pub const FILE: &str = "calcast.lock";

/// The format that is written.
const FORMAT: u32 = 3;
/// The formats that are read.
const FORMATS: [u32; 2] = [2, FORMAT];
/// Number of events written at a time.
const EVENTS_PER_CHUNK: usize = 64;
/// Number of events that one thread writes at a time.
const EVENTS_PER_PIECE: usize = 16;
/// Usual length of the line of an event, in bytes.
const EVENT_LINE: usize = 1_280;
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

/// The line of an event: its id, then the other keys in order.
#[derive(Serialize, Deserialize)]
struct EventLine<'a> {
    event: EventId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Arc<str>>,
    changed: Timestamp,
    first: Timestamp,
    /// In format 2, and until an event of such a lock is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_hex")]
    hash: Option<u128>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    removed: Option<Timestamp>,
    row: EventRecord<'a>,
    sequence: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    withdrawn: bool,
}

/// The line of a change.
#[derive(Serialize, Deserialize)]
struct ChangeLine<'a> {
    change: Timestamp,
    event: EventId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<EventRecord<'a>>,
    sequence: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<EventRecord<'a>>,
}

impl<'a> From<(&EventId, &'a EventHistory)> for EventLine<'a> {
    fn from((id, history): (&EventId, &'a EventHistory)) -> EventLine<'a> {
        let EventHistory { sequence, first, changed, removed, withdrawn, base, table, hash, event } = history;
        EventLine {
            event: id.clone(),
            base: base.clone(),
            changed: *changed,
            first: *first,
            hash: *hash,
            removed: *removed,
            row: EventRecord::from(&**event),
            sequence: *sequence,
            table: table.as_deref().map(Cow::Borrowed),
            withdrawn: *withdrawn,
        }
    }
}

impl EventLine<'_> {
    fn into_history(self) -> Option<EventHistory> {
        let event = self.row.into_event(&self.event)?;
        Some(EventHistory {
            sequence: self.sequence,
            first: self.first,
            changed: self.changed,
            removed: self.removed,
            withdrawn: self.withdrawn,
            base: self.base,
            table: self.table.map(Arc::from),
            hash: self.hash,
            event: Arc::new(event),
        })
    }
}

impl<'a> From<&'a Change> for ChangeLine<'a> {
    fn from(change: &'a Change) -> ChangeLine<'a> {
        let Change { at, event, sequence, was, is } = change;
        let [was, is] = [was, is].map(|event| event.as_ref().map(EventRecord::from));
        ChangeLine { change: *at, event: event.clone(), is, sequence: *sequence, was }
    }
}

impl ChangeLine<'_> {
    fn into_change(self) -> Option<Change> {
        let event = |record: Option<EventRecord<'_>>| match record {
            Some(record) => record.into_event(&self.event).map(Some),
            None => Some(None),
        };
        let (was, is) = (event(self.was)?, event(self.is)?);
        Some(Change { at: self.change, event: self.event, sequence: self.sequence, was, is })
    }
}

/// A parsed line.
enum LockLine {
    Header(Box<SiteHistory>),
    Table(TableHistory),
    Tag(TagPath, TagHistory),
    Article(ArticleHistory),
    Change(Arc<Change>),
    Event(Arc<EventHistory>),
}

/// Why a line is not as calcast wrote it.
enum LineError {
    /// The file has none of the [`FORMATS`].
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
        let history = from_json::<EventLine<'_>>(line)?.into_history();
        Ok(LockLine::Event(Arc::new(history.ok_or(LineError::Damaged)?)))
    } else if line.starts_with(b"{\"change\"") {
        let change = from_json::<ChangeLine<'_>>(line)?.into_change();
        Ok(LockLine::Change(Arc::new(change.ok_or(LineError::Damaged)?)))
    } else if line.starts_with(b"{\"table\"") {
        Ok(LockLine::Table(from_json(line)?))
    } else if line.starts_with(b"{\"article\"") {
        Ok(LockLine::Article(from_json(line)?))
    } else if line.starts_with(b"{\"tag\"") {
        let tag: TagHistory = from_json(line)?;
        Ok(LockLine::Tag(TagPath::parse(&tag.name).ok_or(LineError::Damaged)?, tag))
    } else {
        let header: LockHeader<Option<Box<SiteHistory>>> = from_json(line)?;
        match header.site {
            _ if !FORMATS.contains(&header.calcast_lock) => Err(LineError::Format),
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
        LockLine::Table(table) => history.tables.insert(Arc::clone(&table.table), table).is_none(),
        LockLine::Tag(path, tag) => history.tags.insert((tag.facet, path), tag).is_none(),
        LockLine::Article(article) => history.articles.insert(article.article.clone(), article).is_none(),
        LockLine::Change(change) => {
            history.changes.push(change);
            history.changes.len() <= MAX_CHANGES
        }
        LockLine::Event(event) => {
            let events = Arc::make_mut(&mut history.events);
            let id = event.event.id.clone();
            let known = events.insert(id.clone(), event);
            if let Some(known) = known {
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
    let mut events = history.events.iter();
    let event_chunks = std::iter::from_fn(move || {
        let chunk: Vec<(&EventId, &Arc<EventHistory>)> = events.by_ref().take(EVENTS_PER_CHUNK).collect();
        let pieces: Vec<Vec<u8>> = chunk.par_chunks(EVENTS_PER_PIECE).map(event_lines).collect();
        (!pieces.is_empty()).then_some(pieces)
    });
    std::iter::once(head(history)).chain(event_chunks.flatten()).map(Bytes::from)
}

fn event_lines(events: &[(&EventId, &Arc<EventHistory>)]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(events.len() * EVENT_LINE);
    events.iter().for_each(|(id, event)| write_line(&EventLine::from((*id, &***event)), &mut lines));
    lines
}

/// Returns all lines except those of events.
fn head(history: &History) -> Vec<u8> {
    let Some(site) = &history.site else { return Vec::new() };
    let mut lines = Vec::new();
    write_line(&LockHeader { calcast_lock: FORMAT, site }, &mut lines);
    history.tables.values().for_each(|table| write_line(table, &mut lines));
    history.tags.values().for_each(|tag| write_line(tag, &mut lines));
    history.articles.values().for_each(|article| write_line(article, &mut lines));
    history.changes.iter().for_each(|change| write_line(&ChangeLine::from(&**change), &mut lines));
    lines
}

fn write_line<T: Serialize>(value: &T, lines: &mut Vec<u8>) {
    serde_json::to_writer(&mut *lines, value).expect("keys are strings and no value fails to serialize");
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Event, Status};
    use crate::model::when::When;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![Just("Support group".to_owned()), "\\PC{1,12}", "[ -~]{1,12}", ".{1,6}"]
    }

    proptest! {
        #[test]
        fn parse_inverts_to_bytes(
            id in "[a-z0-9 é\"-]{1,12}",
            numbers in any::<(u32, Option<u128>, u32, bool, bool)>(),
            base in prop::option::of(texts()),
            (title, description, status) in (texts(), texts(), 0..5usize),
        ) {
            let Some(id) = EventId::parse(&id) else { return Ok(()) };
            let (sequence, hash, second, is_removed, approval) = numbers;
            let at = Timestamp::from_second(second.into()).unwrap();
            let day = jiff::civil::date(2026, 5, 12);
            let event = Event {
                description: description.into(),
                status: Status::ALL[status],
                ..Event::new(id.clone(), title, When::Days { first: day, last: day })
            };
            let table: Arc<str> = Arc::from("events.csv");
            let mut history = History {
                site: Some(SiteHistory {
                    uid_domain: "example.org".to_owned(),
                    changed: at,
                    events: at,
                    config_changed: at,
                    config_hash: 7,
                }),
                ..History::default()
            };
            history.changes.extend(Change::new(at, sequence, None, Some(&event)).map(Arc::new));
            let known = EventHistory {
                sequence,
                first: at,
                changed: at,
                removed: is_removed.then_some(at),
                withdrawn: is_removed && approval,
                base: base.as_deref().map(Arc::from),
                table: Some(Arc::clone(&table)),
                hash,
                event: Arc::new(event),
            };
            let unreadable = approval.then_some(at);
            let known_table = TableHistory {
                table: Arc::clone(&table),
                approval,
                private: approval,
                shrunk: None,
                unreadable,
                never_read: approval,
            };
            history.tables.insert(table, known_table);
            let _ = insert(LockLine::Event(Arc::new(known)), &mut history);
            let bytes = to_bytes(&history);
            prop_assert_eq!(parse(&bytes).ok(), Some(history));
            prop_assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 4);
        }
    }
}
