//! [`Memory`] to `calcast.lock`: one JSON object a line, sorted, so that a diff shows what changed.
//!
//! The first line is the site's and says which format the file has; then come regions and topics, articles,
//! what happened lately, and the events, by id. The README describes each key.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use crate::model::memory::{FORMAT, Memory, SiteMemory, TagMemory};
use crate::model::tag::Facet;

#[derive(Serialize)]
struct Head<'a> {
    calcast_lock: u32,
    #[serde(flatten)]
    memory: &'a SiteMemory,
}

#[derive(Serialize)]
struct TagLine<'a> {
    tag: Facet,
    name: &'a str,
    changed: Timestamp,
}

/// The whole file; empty for a memory that never saw a site.
#[must_use]
pub fn text(memory: &Memory) -> Vec<u8> {
    let mut out = head(memory);
    out.reserve(memory.events.len() * 400);
    memory.events.values().for_each(|event| line(&mut out, &**event));
    out
}

/// The same in pieces, where the text of an earlier memory is at hand: lines of events that did not change are
/// taken over, those side by side in one piece.
#[must_use]
pub fn text_after(memory: &Memory, before: &Memory, text: &Bytes) -> Vec<Bytes> {
    let mut pieces = Pieces { text, taken: 0..0, own: head(memory), done: Vec::new() };
    let begins = |line: &&[u8]| line.starts_with(EVENT);
    let lines = text.split_inclusive(|byte| *byte == b'\n').skip_while(|line| !begins(line));
    let mut known = before.events.values().zip(lines).peekable();
    for event in memory.events.values() {
        while known.next_if(|(known, _)| known.event < event.event).is_some() {}
        match known.peek() {
            Some((same, line)) if Arc::ptr_eq(same, event) && is_of(line, event.event.as_str()) => {
                pieces.take(line);
            }
            _ => line(&mut pieces.own, &**event),
        }
    }
    pieces.finish()
}

/// A text that is put together of parts of another, and of what is new.
struct Pieces<'t> {
    text: &'t Bytes,
    /// The part that was taken last; what is new comes after it.
    taken: Range<usize>,
    own: Vec<u8>,
    done: Vec<Bytes>,
}

impl Pieces<'_> {
    /// Takes a line of the other text.
    fn take(&mut self, line: &[u8]) {
        let start = line.as_ptr().addr() - self.text.as_ptr().addr();
        if !self.own.is_empty() || self.taken.end != start {
            self.close();
            self.taken.start = start;
        }
        self.taken.end = start + line.len();
    }

    fn close(&mut self) {
        let parts = [self.text.slice(self.taken.clone()), Bytes::from(std::mem::take(&mut self.own))];
        self.done.extend(parts.into_iter().filter(|part| !part.is_empty()));
        self.taken = 0..0;
    }

    fn finish(mut self) -> Vec<Bytes> {
        self.close();
        self.done
    }
}

/// How the line of an event begins.
const EVENT: &[u8] = b"{\"event\":\"";

/// Whether a line is that of an event; one whose id is written with escapes is written anew.
fn is_of(line: &[u8], id: &str) -> bool {
    let rest = line.strip_prefix(EVENT).and_then(|rest| rest.strip_prefix(id.as_bytes()));
    rest.is_some_and(|rest| rest.starts_with(b"\"") && rest.ends_with(b"\n"))
}

/// All lines but those of the events.
fn head(memory: &Memory) -> Vec<u8> {
    let mut out = Vec::new();
    let Some(site) = &memory.site else { return out };
    line(&mut out, &Head { calcast_lock: FORMAT, memory: site });
    for ((facet, _), TagMemory { name, changed }) in &memory.tags {
        line(&mut out, &TagLine { tag: *facet, name, changed: *changed });
    }
    memory.articles.values().for_each(|article| line(&mut out, article));
    memory.changes.iter().for_each(|change| line(&mut out, &**change));
    out
}

fn line(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *out, value).expect("strings, numbers and lists are always JSON");
    out.push(b'\n');
}

/// What is remembered, in a sentence.
#[must_use]
pub fn summary(memory: &Memory) -> String {
    let Some(site) = &memory.site else {
        return "nothing is remembered yet: calcast.lock is written when the folder is served\n".to_owned();
    };
    let gone = memory.events.values().filter(|event| event.removed.is_some()).count();
    format!(
        "calcast.lock remembers {} events, {gone} of them gone; {} articles; {} regions and topics; {} changes, the last on {}\n",
        memory.events.len(),
        memory.articles.len(),
        memory.tags.len(),
        memory.changes.len(),
        site.changed
    )
}

/// What became of a damaged lock: which lines were lost, and what was remembered anew.
#[must_use]
pub fn rebuilt(known: &Memory, memory: &Memory, lost: &[u32], aside: &str) -> String {
    let mut out = String::new();
    for number in lost {
        out.push_str(&format!("calcast.lock:{number}: lost, it cannot be read\n"));
    }
    let new = memory.events.keys().filter(|id| !known.events.contains_key(*id));
    for id in new.clone() {
        out.push_str(&format!("event {id}: remembered anew, as if it had come today\n"));
    }
    if known.site.is_none()
        && let Some(site) = &memory.site
    {
        out.push_str(&format!("the site: remembered anew; UIDs end in @{}\n", site.uid_domain));
    }
    out.push_str(&format!(
        "calcast.lock is mended: {} events kept, {} anew; the damaged one is {aside}\n",
        memory.events.len() - new.count(),
        memory.events.keys().filter(|id| !known.events.contains_key(*id)).count(),
    ));
    out
}
