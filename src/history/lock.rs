//! Reads and writes `calcast.lock`: one JSON object per line, sorted, so that a diff shows what changed.
//!
//! The first line has the format and the site. Then come regions and topics, articles, changes, and events by id; the
//! README describes each key. Unknown keys are ignored, so that a later version can add some without a new format.

use std::sync::Arc;

use bytes::Bytes;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::{ArticleHistory, EventHistory, History, MOST_CHANGES, SiteHistory, TagHistory};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::model::tag::TagPath;

/// Name of the file.
pub const FILE: &str = "calcast.lock";

/// The format this version reads and writes.
const FORMAT: u32 = 2;
/// Number of events written at a time.
const EVENTS_PER_CHUNK: usize = 1_024;
/// Advice for a damaged file.
const HELP: &str = "restore calcast.lock from its last good version, or run `calcast lock --rebuild`: it keeps every line that can be read";

/// The first line. `S` is a reference for writing; for reading an option, since other formats may have other keys.
#[derive(Serialize, Deserialize)]
struct Header<S> {
    calcast_lock: u32,
    #[serde(flatten)]
    site: S,
}

enum Line {
    Header(Box<SiteHistory>),
    Tag(TagPath, TagHistory),
    Article(ArticleHistory),
    Change(Arc<Change>),
    Event(Arc<EventHistory>),
}

enum LineError {
    /// Another format than [`FORMAT`].
    Format,
    Damaged,
}

/// Reads a whole file.
///
/// # Errors
/// The first line that is damaged, repeated or out of place. A damaged file must not be taken for a new site.
pub fn parse(bytes: &[u8]) -> Result<History, Box<Diagnostic>> {
    let lines: Vec<&[u8]> = lines(bytes).collect();
    let parsed: Vec<Result<Line, LineError>> = lines.par_iter().map(|line| parse_line(line)).collect();
    let mut history = History::default();
    let mut events = Vec::with_capacity(lines.len());
    for (index, line) in parsed.into_iter().enumerate() {
        let result = line.and_then(|line| {
            let is_new = match line {
                Line::Event(event) => {
                    events.push((event.event.clone(), event));
                    true
                }
                line => insert(line, &mut history),
            };
            if is_new && history.site.is_some() { Ok(()) } else { Err(LineError::Damaged) }
        });
        result.map_err(|error| line_diagnostic(index, lines[index], &error))?;
    }
    let count = events.len();
    history.events = Arc::new(events.into_iter().collect());
    if history.events.len() < count {
        return Err(file_diagnostic("two lines of one event", "one line for each event"));
    }
    if history.site.is_none() {
        return Err(file_diagnostic("nothing", "what calcast wrote last"));
    }
    Ok(history)
}

/// Reads the undamaged lines of a file, with the numbers of the damaged ones.
///
/// Of two lines of one event, as after a merge, the one with the higher sequence is kept. Returns `None` if the file has
/// another format.
#[must_use]
pub fn salvage(bytes: &[u8]) -> Option<(History, Vec<u32>)> {
    let mut history = History::default();
    let mut damaged = Vec::new();
    for (number, line) in (1u32..).zip(lines(bytes)) {
        match parse_line(line) {
            Ok(Line::Event(event))
                if history.events.get(&event.event).is_some_and(|known| known.sequence > event.sequence) => {}
            Ok(Line::Header(site))
                if history.site.as_ref().is_some_and(|known| known.changed > site.changed) => {}
            Ok(line) => {
                insert(line, &mut history);
            }
            Err(LineError::Damaged) => damaged.push(number),
            Err(LineError::Format) => return None,
        }
    }
    history.changes.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
    history.changes.dedup();
    Some((history, damaged))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    whole.split(|byte| *byte == b'\n').filter(|_| !bytes.is_empty())
}

/// Parses a line, whose first key tells what it is.
fn parse_line(line: &[u8]) -> Result<Line, LineError> {
    if line.starts_with(b"{\"event\"") {
        Ok(Line::Event(from_json(line)?))
    } else if line.starts_with(b"{\"change\"") {
        Ok(Line::Change(from_json(line)?))
    } else if line.starts_with(b"{\"article\"") {
        Ok(Line::Article(from_json(line)?))
    } else if line.starts_with(b"{\"tag\"") {
        let tag: TagHistory = from_json(line)?;
        Ok(Line::Tag(TagPath::parse(&tag.name).ok_or(LineError::Damaged)?, tag))
    } else {
        let header: Header<Option<Box<SiteHistory>>> = from_json(line)?;
        match header.site {
            _ if header.calcast_lock != FORMAT => Err(LineError::Format),
            site => site.map(Line::Header).ok_or(LineError::Damaged),
        }
    }
}

fn from_json<'l, T: Deserialize<'l>>(line: &'l [u8]) -> Result<T, LineError> {
    serde_json::from_slice(line).map_err(|_| LineError::Damaged)
}

/// Adds a line to a history, replacing an earlier one with its key. Returns `false` if there was one, or if there are too
/// many changes.
fn insert(line: Line, history: &mut History) -> bool {
    match line {
        Line::Header(site) => history.site.replace(*site).is_none(),
        Line::Tag(path, tag) => history.tags.insert((tag.facet, path), tag).is_none(),
        Line::Article(article) => history.articles.insert(article.article.clone(), article).is_none(),
        Line::Change(change) => {
            history.changes.push(change);
            history.changes.len() <= MOST_CHANGES
        }
        Line::Event(event) => Arc::make_mut(&mut history.events).insert(event.event.clone(), event).is_none(),
    }
}

fn line_diagnostic(index: usize, line: &[u8], error: &LineError) -> Box<Diagnostic> {
    let (expected, help) = match error {
        LineError::Format => {
            ("a format this version of calcast knows", "run the calcast that wrote it, or a later one")
        }
        LineError::Damaged => ("a line as calcast wrote it", HELP),
    };
    let place = Place::line(&Arc::from(FILE), u32::try_from(index + 1).unwrap_or(u32::MAX));
    let found = quoted(&String::from_utf8_lossy(line));
    Box::new(Diagnostic::new(Code::BadLock, place, found, expected).help(help))
}

fn file_diagnostic(found: &str, expected: &str) -> Box<Diagnostic> {
    let place = Place::whole(&Arc::from(FILE));
    Box::new(Diagnostic::new(Code::BadLock, place, found, expected).help(HELP))
}

/// Returns the whole file; it is empty for a site that was never published.
#[must_use]
pub fn to_bytes(history: &History) -> Vec<u8> {
    chunks(history).flatten().collect()
}

/// Returns the file in chunks, each created when it is asked for, so that a large file is never in memory as a whole.
pub fn chunks(history: &History) -> impl Iterator<Item = Bytes> {
    let mut events = history.events.values();
    let event_chunks = std::iter::from_fn(move || {
        let chunk: Vec<&Arc<EventHistory>> = events.by_ref().take(EVENTS_PER_CHUNK).collect();
        let lines: Vec<Vec<u8>> = chunk.par_iter().map(|event| to_line(&**event)).collect();
        (!lines.is_empty()).then(|| lines.concat())
    });
    std::iter::once(head(history)).chain(event_chunks).map(Bytes::from)
}

/// Returns all lines except those of events.
fn head(history: &History) -> Vec<u8> {
    let Some(site) = &history.site else { return Vec::new() };
    let mut lines = vec![to_line(&Header { calcast_lock: FORMAT, site })];
    lines.extend(history.tags.values().map(to_line));
    lines.extend(history.articles.values().map(to_line));
    lines.extend(history.changes.iter().map(|change| to_line(&**change)));
    lines.concat()
}

fn to_line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("keys are strings and no value fails to serialize");
    line.push(b'\n');
    line
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
            insert(
                Line::Event(Arc::new(EventHistory {
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
