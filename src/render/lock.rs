//! [`History`] to `calcast.lock`: one JSON object a line, sorted, so that a diff shows what changed.
//!
//! The first line is the site's and says which format the file has; then come regions and topics, articles,
//! what happened lately, and the events, by id. The README describes each key.

use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use crate::digest::Digest;
use crate::model::codec::{hex, instant};
use crate::model::event::{Event, Status};
use crate::model::facts::{self, EventSnapshot};
use crate::model::memory::{EventHistory, FORMAT, History, SiteHistory, TagHistory};
use crate::model::placed::OffsetCache;
use crate::model::tag::Facet;
use crate::model::when::When;

/// About how many bytes of lines are put together before they are written.
const PIECE: usize = 64 << 10;

#[derive(Serialize)]
struct Head<'a> {
    calcast_lock: u32,
    #[serde(flatten)]
    memory: &'a SiteHistory,
}

#[derive(Serialize)]
struct TagLine<'a> {
    tag: Facet,
    name: &'a str,
    changed: Timestamp,
}

/// The whole file; empty for a memory that never saw a site.
#[must_use]
pub fn text(memory: &History) -> Vec<u8> {
    pieces(memory).flatten().collect()
}

/// The same in pieces, each made when it is asked for.
pub fn pieces(memory: &History) -> impl Iterator<Item = Bytes> {
    let mut events = memory.events.values();
    let mut lines = EventLines::default();
    let more = move || {
        let mut piece = Vec::with_capacity(PIECE + PIECE / 8);
        for event in events.by_ref() {
            lines.write(&mut piece, event);
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
pub fn text_after(memory: &History, before: &History, text: &Bytes) -> Vec<Bytes> {
    let mut pieces = Pieces { text, taken: 0..0, own: head(memory), done: Vec::new() };
    let begins = |line: &&[u8]| line.starts_with(EVENT);
    let lines = text.split_inclusive(|byte| *byte == b'\n').skip_while(|line| !begins(line));
    let mut known = before.events.values().zip(lines).peekable();
    let mut own = EventLines::default();
    for event in memory.events.values() {
        while known.next_if(|(known, _)| known.event < event.event).is_some() {}
        match known.peek() {
            Some((same, line)) if Arc::ptr_eq(same, event) && is_of(line, event.event.as_str()) => {
                pieces.take(line);
            }
            _ => own.write(&mut pieces.own, event),
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
fn head(memory: &History) -> Vec<u8> {
    let mut out = Vec::new();
    let Some(site) = &memory.site else { return out };
    line(&mut out, &Head { calcast_lock: FORMAT, memory: site });
    for ((facet, _), TagHistory { name, changed }) in &memory.tags {
        line(&mut out, &TagLine { tag: *facet, name, changed: *changed });
    }
    memory.articles.values().for_each(|article| line(&mut out, article));
    memory.changes.iter().for_each(|change| line(&mut out, &**change));
    out
}

/// Writes the lines of events, of which there are many: one that has nothing rare in it is put together here, with
/// the same bytes as [`line`] has for it.
#[derive(Default)]
struct EventLines {
    zones: OffsetCache,
    /// The instant that was written last: many events have the same.
    instant: Option<(Timestamp, [u8; 20])>,
    digest: Digest,
}

impl EventLines {
    fn write(&mut self, out: &mut Vec<u8>, memory: &EventHistory) {
        let start = out.len();
        if self.plain(out, memory).is_none() {
            out.truncate(start);
            line(out, memory);
        }
    }

    /// `None` for what has something rare in it.
    fn plain(&mut self, out: &mut Vec<u8>, memory: &EventHistory) -> Option<()> {
        let EventHistory { event, sequence, first, changed, removed, unread, base, hash, row } = memory;
        if removed.is_some() || *unread {
            return None;
        }
        member(out, "{\"event\":", &[event.as_str()]);
        out.extend_from_slice(b",\"sequence\":");
        match u8::try_from(*sequence) {
            Ok(digit @ 0..10) => out.push(b'0' + digit),
            _ => write!(out, "{sequence}").ok()?,
        }
        for (key, at) in [(",\"first\":\"", first), (",\"changed\":\"", changed)] {
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(&self.digits(*at)?);
            out.push(b'"');
        }
        base.iter().for_each(|base| member(out, ",\"base\":", &[base]));
        out.extend_from_slice(b",\"hash\":\"");
        out.extend_from_slice(&hex::digits(*hash));
        out.extend_from_slice(b"\",\"row\":{");
        let start = out.len();
        if row.source().and_then(|event| self.row_of(out, event)).is_none() {
            out.truncate(start);
            let facts = row.once(|event| EventSnapshot::of_one(event, &mut |at| self.zones.says_itself(at)));
            row_of_facts(out, &facts)?;
        }
        out.extend_from_slice(b"\"}}\n");
        Some(())
    }

    fn digits(&mut self, at: Timestamp) -> Option<[u8; 20]> {
        if self.instant.is_none_or(|(known, _)| known != at) {
            self.instant = Some((at, instant::digits(at)?));
        }
        self.instant.map(|(_, digits)| digits)
    }

    /// The facts of an event, up to the last quotation mark, where nobody needs them as [`EventSnapshot`]. `None` for a series,
    /// and for what has something rare in it.
    fn row_of(&mut self, out: &mut Vec<u8>, event: &Event) -> Option<()> {
        let Event { title, when, repeat, overrides, location, address, regions, topics, status, .. } = event;
        if repeat.is_some() || !overrides.is_empty() {
            return None;
        }
        member(out, "\"title\":", &[title]);
        match when {
            When::Days { first, last } => {
                let [first, last] = [first, last].map(|day| instant::local_digits(day.at(0, 0, 0, 0)));
                quoted(out, ",\"start\":\"", &first?[..10]);
                if first != last {
                    quoted(out, ",\"end\":\"", &last?[..10]);
                }
            }
            When::Hours { start, end } => {
                if !self.zones.says_itself(start) || !self.zones.says_itself(end) {
                    return None;
                }
                let name = start.time_zone().iana_name().unwrap_or("UTC");
                quoted(out, ",\"start\":\"", &instant::local_digits(start.datetime())?);
                out.pop();
                quoted(out, "[", name.as_bytes());
                out.pop();
                out.extend_from_slice(b"]\"");
                if start != end {
                    quoted(out, ",\"end\":\"", &instant::local_digits(end.datetime())?);
                }
            }
        }
        match (location, address) {
            (Some(location), Some(address)) => member(out, ",\"place\":", &[location, ", ", address]),
            (Some(place), None) | (None, Some(place)) => member(out, ",\"place\":", &[place]),
            (None, None) => {}
        }
        standing(out, *status);
        names(out, ",\"regions\":[", regions.iter().map(|tag| &*tag.name));
        names(out, ",\"topics\":[", topics.iter().map(|tag| &*tag.name));
        out.extend_from_slice(b",\"rest\":\"");
        out.extend_from_slice(&hex::digits(facts::rest(event, &mut self.digest)));
        Some(())
    }
}

/// EventSnapshot up to the last quotation mark. `None` for what has something rare in it.
fn row_of_facts(out: &mut Vec<u8>, row: &EventSnapshot) -> Option<()> {
    let EventSnapshot {
        title,
        start,
        end,
        repeat,
        except,
        also,
        dates,
        place,
        status,
        regions,
        topics,
        rest,
    } = row;
    if !except.is_empty() || !also.is_empty() || !dates.is_empty() {
        return None;
    }
    member(out, "\"title\":", &[title]);
    member(out, ",\"start\":", &[start]);
    for (key, value) in [(",\"end\":", end), (",\"repeat\":", repeat), (",\"place\":", place)] {
        value.iter().for_each(|value| member(out, key, &[value]));
    }
    standing(out, *status);
    names(out, ",\"regions\":[", regions.iter().map(|name| &**name));
    names(out, ",\"topics\":[", topics.iter().map(|name| &**name));
    out.extend_from_slice(b",\"rest\":\"");
    out.extend_from_slice(&hex::digits(*rest));
    Some(())
}

/// Whether it takes place, unless it does as planned.
fn standing(out: &mut Vec<u8>, status: Status) {
    if status != Status::default() {
        quoted(out, ",\"status\":\"", status.word().as_bytes());
    }
}

/// What stands before a list of strings, and the list, unless it is empty.
fn names<'n>(out: &mut Vec<u8>, before: &str, names: impl Iterator<Item = &'n str>) {
    let start = out.len();
    for (number, name) in names.enumerate() {
        member(out, if number == 0 { before } else { "," }, &[name]);
    }
    if out.len() > start {
        out.push(b']');
    }
}

/// What stands before a string up to its quotation mark, and a string in which nothing is to be escaped.
fn quoted(out: &mut Vec<u8>, before: &str, text: &[u8]) {
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(text);
    out.push(b'"');
}

/// What stands before a string, and the string (RFC 8259 §7), given in parts.
fn member(out: &mut Vec<u8>, before: &str, parts: &[&str]) {
    out.extend_from_slice(before.as_bytes());
    let is_odd = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if !parts.iter().any(|part| part.bytes().fold(false, |any, byte| any | is_odd(byte))) {
        out.push(b'"');
        parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
        out.push(b'"');
    } else {
        serde_json::to_writer(out, &parts.concat()).expect("a string is always JSON");
    }
}

fn line(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *out, value).expect("strings, numbers and lists are always JSON");
    out.push(b'\n');
}

/// What is remembered, in a sentence.
#[must_use]
pub fn summary(memory: &History) -> String {
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
pub fn rebuilt(known: &History, memory: &History, lost: &[u32], aside: &str) -> String {
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
    use crate::ical::zone;
    use crate::model::event::EventId;
    use crate::model::tag::{Tag, TagPath};
    use crate::model::written::Written;
    use jiff::civil::date;
    use jiff::{ToSpan, ZonedDateTime};
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
            let row = EventSnapshot {
                title, start, end, repeat, place, rest,
                except: if is_odd { vec![date(2027, 1, 2).at(3, 4, 5, 0)] } else { Vec::new() },
                also: Vec::new(),
                dates: Default::default(),
                status: if is_off { Status::Cancelled } else { Status::Confirmed },
                regions: names(regions),
                topics: names(topics),
            };
            let memory = EventHistory {
                event, sequence, first: at, changed: at, hash,
                removed: is_gone.then_some(at),
                unread: is_unread,
                base: base.map(|base| Arc::from(base.as_str())),
                row: row.into(),
            };
            let (mut by_hand, mut by_serde) = (Vec::new(), Vec::new());
            EventLines::default().write(&mut by_hand, &memory);
            line(&mut by_serde, &memory);
            prop_assert_eq!(String::from_utf8(by_hand).unwrap(), String::from_utf8(by_serde).unwrap());
        }

        #[test]
        fn an_event_is_written_as_its_facts_are(
            (title, location, address) in (words(), prop::option::of(words()), prop::option::of(words())),
            (region, topic) in (words(), prop::option::of(words())),
            (second, minutes, zone) in (-2_000_000_000i64..4_000_000_000, 0i64..3_000, 0usize..600),
            (is_off, whole_days) in any::<(bool, bool)>(),
        ) {
            let names = zone::names();
            let zone = zone::named(&names[zone % names.len()]).unwrap();
            let start = ZonedDateTime::new(Timestamp::from_second(second / 900 * 900).unwrap(), zone);
            let end = start.checked_add(minutes.minutes()).unwrap();
            let when = if whole_days {
                When::Days { first: start.date(), last: end.date() }
            } else {
                When::Hours { start, end }
            };
            let tag = |name: &String| {
                Some(Tag { path: TagPath::parse(name)?, name: Arc::from(name.as_str()) })
            };
            let event = Event {
                location: location.map(Into::into),
                address: address.map(Into::into),
                regions: tag(&region).into_iter().collect(),
                topics: topic.iter().chain([&title]).filter_map(tag).collect(),
                status: if is_off { Status::Postponed } else { Status::Confirmed },
                ..Event::new(EventId::parse("a").unwrap(), title, when)
            };
            let at = Timestamp::UNIX_EPOCH;
            let of = |row: Written| EventHistory {
                event: event.id.clone(),
                sequence: 12,
                first: at,
                changed: at,
                removed: None,
                unread: false,
                base: None,
                hash: 1,
                row,
            };
            let (mut of_event, mut of_facts) = (Vec::new(), Vec::new());
            EventLines::default().write(&mut of_event, &of(Written::of_event(Arc::new(event.clone()))));
            line(&mut of_facts, &of(EventSnapshot::of(&event).into()));
            prop_assert_eq!(String::from_utf8(of_event).unwrap(), String::from_utf8(of_facts).unwrap());
        }
    }
}
