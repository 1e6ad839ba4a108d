//! [`Memory`] to `calcast.lock`: one JSON object a line, sorted, so that a diff shows what changed.
//!
//! The first line is the site's and says which format the file has; then come regions and topics, articles,
//! what happened lately, and the events, by id. The README describes each key.

use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use crate::model::codec::{hex, instant};
use crate::model::event::Status;
use crate::model::facts::Facts;
use crate::model::memory::{EventMemory, FORMAT, Memory, SiteMemory, TagMemory};
use crate::model::placed::ZoneBook;
use crate::model::tag::Facet;

/// About how many bytes of lines are put together before they are written.
const PIECE: usize = 256 << 10;

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
    pieces(memory).flatten().collect()
}

/// The same in pieces, each made when it is asked for.
pub fn pieces(memory: &Memory) -> impl Iterator<Item = Bytes> {
    let mut events = memory.events.values();
    let mut zones = ZoneBook::default();
    let more = move || {
        let mut piece = Vec::with_capacity(PIECE + PIECE / 8);
        for event in events.by_ref() {
            event_line(&mut piece, event, &mut zones);
            if piece.len() >= PIECE {
                break;
            }
        }
        (!piece.is_empty()).then(|| Bytes::from(piece))
    };
    std::iter::once(head(memory))
        .filter(|head| !head.is_empty())
        .map(Bytes::from)
        .chain(std::iter::from_fn(more))
}

/// The same in pieces, where the text of an earlier memory is at hand: lines of events that did not change are
/// taken over, those side by side in one piece.
#[must_use]
pub fn text_after(memory: &Memory, before: &Memory, text: &Bytes) -> Vec<Bytes> {
    let mut pieces = Pieces { text, taken: 0..0, own: head(memory), done: Vec::new() };
    let begins = |line: &&[u8]| line.starts_with(EVENT);
    let lines = text.split_inclusive(|byte| *byte == b'\n').skip_while(|line| !begins(line));
    let mut known = before.events.values().zip(lines).peekable();
    let mut zones = ZoneBook::default();
    for event in memory.events.values() {
        while known.next_if(|(known, _)| known.event < event.event).is_some() {}
        match known.peek() {
            Some((same, line)) if Arc::ptr_eq(same, event) && is_of(line, event.event.as_str()) => {
                pieces.take(line);
            }
            _ => event_line(&mut pieces.own, event, &mut zones),
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

/// The line of an event. There are many, so one that has nothing rare in it is put together here, with the same
/// bytes as [`line`] has for it.
fn event_line(out: &mut Vec<u8>, memory: &EventMemory, zones: &mut ZoneBook) {
    let start = out.len();
    if plain_line(out, memory, zones).is_none() {
        out.truncate(start);
        line(out, memory);
    }
}

/// `None` for what has something rare in it.
fn plain_line(out: &mut Vec<u8>, memory: &EventMemory, zones: &mut ZoneBook) -> Option<()> {
    let EventMemory { event, sequence, first, changed, removed, unread, base, hash, row } = memory;
    let facts = row.once(|event| Facts::of_one(event, &mut |at| zones.says_itself(at)));
    let Facts { title, start, end, repeat, except, also, dates, place, status, regions, topics, rest } =
        &*facts;
    let is_rare = removed.is_some() || *unread || *status != Status::Confirmed;
    if is_rare || !except.is_empty() || !also.is_empty() || !dates.is_empty() {
        return None;
    }
    member(out, "{\"event\":", event.as_str());
    out.extend_from_slice(b",\"sequence\":");
    write!(out, "{sequence}").ok()?;
    for (key, at) in [(",\"first\":\"", first), (",\"changed\":\"", changed)] {
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(&instant::digits(*at)?);
        out.push(b'"');
    }
    base.iter().for_each(|base| member(out, ",\"base\":", base));
    out.extend_from_slice(b",\"hash\":\"");
    out.extend_from_slice(&hex::digits(*hash));
    member(out, "\",\"row\":{\"title\":", title);
    member(out, ",\"start\":", start);
    for (key, value) in [(",\"end\":", end), (",\"repeat\":", repeat), (",\"place\":", place)] {
        value.iter().for_each(|value| member(out, key, value));
    }
    for (key, names) in [(",\"regions\":[", regions), (",\"topics\":[", topics)] {
        for (number, name) in names.iter().enumerate() {
            member(out, if number == 0 { key } else { "," }, name);
        }
        out.extend(names.first().map(|_| b']'));
    }
    out.extend_from_slice(b",\"rest\":\"");
    out.extend_from_slice(&hex::digits(*rest));
    out.extend_from_slice(b"\"}}\n");
    Some(())
}

/// What stands before a string, and the string (RFC 8259 §7).
fn member(out: &mut Vec<u8>, before: &str, text: &str) {
    out.extend_from_slice(before.as_bytes());
    let is_plain = |byte: u8| (byte >= b' ') & (byte != b'"') & (byte != b'\\');
    // Every byte is looked at: that is many at once.
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("a string is always JSON");
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::EventId;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn words() -> impl Strategy<Value = String> {
        prop_oneof![Just("Support group".to_owned()), "\\PC{1,12}", "[ -~]{0,12}", ".{0,6}"]
    }

    proptest! {
        #[test]
        fn the_line_of_an_event_is_the_json_of_its_memory(
            (id, sequence, second, base) in ("[a-z0-9 é\"-]{1,12}", any::<u32>(), -70_000_000_000i64..4_000_000_000, prop::option::of(words())),
            (is_gone, is_unread, is_off, is_odd, nanosecond) in any::<(bool, bool, bool, bool, bool)>(),
            (title, start, end, repeat, place) in (words(), words(), prop::option::of(words()), prop::option::of(words()), prop::option::of(words())),
            (regions, topics) in (prop::collection::vec(words(), 0..3), prop::collection::vec(words(), 0..3)),
            (hash, rest) in any::<(u128, u128)>(),
        ) {
            let Some(event) = EventId::parse(&id) else { return Ok(()) };
            let at = Timestamp::new(second, i32::from(nanosecond)).unwrap();
            let names = |names: Vec<String>| names.iter().map(|name| Arc::from(name.as_str())).collect();
            let row = Facts {
                title, start, end, repeat, place, rest,
                except: if is_odd { vec![date(2027, 1, 2).at(3, 4, 5, 0)] } else { Vec::new() },
                also: Vec::new(),
                dates: Default::default(),
                status: if is_off { Status::Cancelled } else { Status::Confirmed },
                regions: names(regions),
                topics: names(topics),
            };
            let memory = EventMemory {
                event, sequence, first: at, changed: at, hash,
                removed: is_gone.then_some(at),
                unread: is_unread,
                base: base.map(|base| Arc::from(base.as_str())),
                row: row.into(),
            };
            let (mut by_hand, mut by_serde) = (Vec::new(), Vec::new());
            event_line(&mut by_hand, &memory, &mut ZoneBook::default());
            line(&mut by_serde, &memory);
            prop_assert_eq!(String::from_utf8(by_hand).unwrap(), String::from_utf8(by_serde).unwrap());
        }
    }
}
