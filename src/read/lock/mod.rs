//! `calcast.lock` to [`History`]. One JSON object a line; `render::lock` writes it.

mod plain;

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Deserialize;

use super::folder::Folder;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::model::change::Change;
use crate::model::memory::{
    ArticleHistory, EventHistory, FORMAT, History, MOST_CHANGES, SiteHistory, TagHistory,
};
use crate::model::tag::{Facet, TagPath};

/// The name of the file.
pub const FILE: &str = "calcast.lock";
/// What helps when a line cannot be read.
const HELP: &str = "restore calcast.lock from its last good version, or run `calcast lock --rebuild`: it keeps every line that can be read";

/// What the first line of any version has.
#[derive(Deserialize)]
struct Version {
    calcast_lock: u32,
}

#[derive(Deserialize)]
struct TagLine {
    tag: Facet,
    name: Arc<str>,
    changed: Timestamp,
}

/// Why a line is not taken.
enum Refusal {
    /// It was written by a later calcast, or by one before the first release.
    Version,
    /// It is not as calcast wrote it.
    Damaged,
}

/// A line, told apart by its first key.
enum Line {
    Head(Box<SiteHistory>),
    Tag(TagPath, Box<TagLine>),
    Article(Box<ArticleHistory>),
    Change(Arc<Change>),
    Event(Arc<EventHistory>),
}

/// Reads the lock; without one the memory is empty. A damaged line is an error, never a silent new start. Keys
/// that a line has besides are passed over: a later calcast may add some without another format.
pub fn read(folder: &Folder, out: &mut Diagnostics) -> History {
    if let Some(memory) = folder.remembered() {
        return memory.clone();
    }
    let mut memory = History::default();
    let Some(bytes) = folder.get(FILE) else { return memory };
    let file = Folder::name(FILE);
    let lines: Vec<&[u8]> = lines(bytes).collect();
    let mut events = Vec::with_capacity(lines.len());
    for (number, parsed) in
        (0..).zip(lines.par_iter().with_min_len(1_000).map(|line| parse(bytes, line)).collect::<Vec<_>>())
    {
        let taken = parsed.and_then(|line| {
            let is_new = match line {
                Line::Event(event) => {
                    events.push((event.event.clone(), event));
                    true
                }
                line => take(line, &mut memory),
            };
            if is_new && memory.site.is_some() { Ok(()) } else { Err(Refusal::Damaged) }
        });
        if let Err(refusal) = taken {
            out.push(told(&file, number, lines[number], &refusal));
            return History::default();
        }
    }
    let count = events.len();
    memory.events = Arc::new(events.into_iter().collect());
    if memory.events.len() < count {
        let expected = "one line for each event";
        out.push(
            Diagnostic::new(Code::BadLock, Place::whole(&file), "two lines of one event", expected)
                .help(HELP),
        );
        return History::default();
    }
    if memory.site.is_none() {
        let expected = "what calcast wrote last";
        out.push(Diagnostic::new(Code::BadLock, Place::whole(&file), "nothing", expected).help(HELP));
    }
    memory
}

fn told(file: &Arc<str>, number: usize, line: &[u8], refusal: &Refusal) -> Diagnostic {
    let (expected, help) = match refusal {
        Refusal::Version => {
            ("a format this version of calcast knows", "run the calcast that wrote it, or a later one")
        }
        Refusal::Damaged => ("a line as calcast wrote it", HELP),
    };
    let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
    let found = quoted(&String::from_utf8_lossy(line));
    Diagnostic::new(Code::BadLock, Place::line(file, number), found, expected).help(help)
}

/// What can still be read of a damaged lock, and the numbers of the lines that cannot. Where two lines are of
/// one event, as after a merge, the one that changed more often is kept. `None` for a lock of another calcast, in
/// which nothing is damaged.
#[must_use]
pub fn salvage(bytes: &Bytes) -> Option<(History, Vec<u32>)> {
    let mut memory = History::default();
    let mut lost = Vec::new();
    for (number, line) in (1u32..).zip(lines(bytes)) {
        match parse(bytes, line) {
            Ok(Line::Event(event))
                if memory.events.get(&event.event).is_some_and(|known| known.sequence > event.sequence) => {}
            Ok(Line::Head(site))
                if memory.site.as_ref().is_some_and(|known| known.changed > site.changed) => {}
            Ok(line) => {
                take(line, &mut memory);
            }
            Err(Refusal::Damaged) => lost.push(number),
            Err(Refusal::Version) => return None,
        }
    }
    memory.changes.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
    memory.changes.dedup();
    Some((memory, lost))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    whole.split(|byte| *byte == b'\n').filter(|_| !bytes.is_empty())
}

/// `whole` is the text of which it is a line.
fn parse(whole: &Bytes, line: &[u8]) -> Result<Line, Refusal> {
    let begins = |key: &str| line.strip_prefix(b"{\"").is_some_and(|rest| rest.starts_with(key.as_bytes()));
    if begins("event\"") {
        let event = plain::event(whole, line).map_or_else(|| parsed(line), Ok)?;
        return Ok(Line::Event(Arc::new(event)));
    }
    if begins("change\"") {
        return Ok(Line::Change(Arc::new(parsed(line)?)));
    }
    if begins("article\"") {
        return Ok(Line::Article(Box::new(parsed(line)?)));
    }
    if begins("tag\"") {
        let tag: TagLine = parsed(line)?;
        return Ok(Line::Tag(TagPath::parse(&tag.name).ok_or(Refusal::Damaged)?, Box::new(tag)));
    }
    let Version { calcast_lock } = parsed(line)?;
    if calcast_lock != FORMAT {
        return Err(Refusal::Version);
    }
    Ok(Line::Head(Box::new(parsed(line)?)))
}

fn parsed<'l, T: Deserialize<'l>>(line: &'l [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(line).map_err(|_| Refusal::Damaged)
}

/// Takes a line; `false` when there was one of its name.
fn take(line: Line, memory: &mut History) -> bool {
    match line {
        Line::Event(event) => Arc::make_mut(&mut memory.events).insert(event.event.clone(), event).is_none(),
        Line::Article(line) => memory.articles.insert(line.article.clone(), *line).is_none(),
        Line::Tag(path, line) => {
            let TagLine { tag, name, changed } = *line;
            memory.tags.insert((tag, path), TagHistory { name, changed }).is_none()
        }
        Line::Change(change) => {
            memory.changes.push(change);
            memory.changes.len() <= MOST_CHANGES
        }
        Line::Head(site) => memory.site.replace(*site).is_none(),
    }
}
