//! The line of an event in `calcast.lock`, cut at its quotation marks where it is as calcast writes it and has
//! nothing rare in it. Every other line is left to the reader of JSON; a property holds both together.

use std::sync::Arc;

use crate::digest::Known;
use crate::model::codec::{hex, instant};
use crate::model::event::{EventId, Status};
use crate::model::facts::Facts;
use crate::model::memory::EventMemory;

/// The event of a plain line; `None` for a line that is not plain, good or not.
pub(super) fn event(line: &[u8], names: &mut Names) -> Option<EventMemory> {
    let mut rest = Rest(std::str::from_utf8(line).ok()?);
    let id = EventId::parse(rest.text("{\"event\":\"")?)?;
    let sequence = rest.number(",\"sequence\":")?;
    let first = instant::whole_seconds(rest.text(",\"first\":\"")?)?;
    let changed = instant::whole_seconds(rest.text(",\"changed\":\"")?)?;
    let base = rest.perhaps(",\"base\":\"")?.map(Arc::from);
    let hash = hex::parse(rest.text(",\"hash\":\"")?)?;
    let title = rest.text(",\"row\":{\"title\":\"")?.to_owned();
    let start = rest.text(",\"start\":\"")?.to_owned();
    let end = rest.perhaps(",\"end\":\"")?.map(str::to_owned);
    let repeat = rest.perhaps(",\"repeat\":\"")?.map(str::to_owned);
    let place = rest.perhaps(",\"place\":\"")?.map(str::to_owned);
    let regions = rest.list(",\"regions\":[\"", names)?;
    let topics = rest.list(",\"topics\":[\"", names)?;
    let others = hex::parse(rest.text(",\"rest\":\"")?)?;
    (rest.0 == "}}").then(|| EventMemory {
        event: id,
        sequence,
        first,
        changed,
        removed: None,
        unread: false,
        base,
        hash,
        row: Facts {
            title,
            start,
            end,
            repeat,
            except: Vec::new(),
            also: Vec::new(),
            dates: std::collections::BTreeMap::new(),
            place,
            status: Status::Confirmed,
            regions,
            topics,
            rest: others,
        },
    })
}

/// Names that many lines have, each kept once.
#[derive(Default)]
pub(super) struct Names(Known<Arc<str>>);

impl Names {
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(name);
        self.0.take(&name, Arc::clone(&name));
        name
    }
}

/// What is left of a line.
struct Rest<'l>(&'l str);

impl<'l> Rest<'l> {
    /// Takes what must stand next, up to the opening quotation mark, and the text after that.
    fn text(&mut self, before: &str) -> Option<&'l str> {
        self.0 = self.0.strip_prefix(before)?;
        self.quoted()
    }

    /// The same where it may be missing: then there is nothing inside.
    fn perhaps(&mut self, before: &str) -> Option<Option<&'l str>> {
        if self.0.starts_with(before) { self.text(before).map(Some) } else { Some(None) }
    }

    /// Several texts, or none.
    fn list(&mut self, before: &str, names: &mut Names) -> Option<Vec<Arc<str>>> {
        let mut texts = Vec::new();
        if !self.0.starts_with(before) {
            return Some(texts);
        }
        texts.push(names.shared(self.text(before)?));
        while self.0.starts_with(",\"") {
            texts.push(names.shared(self.text(",\"")?));
        }
        self.0 = self.0.strip_prefix(']')?;
        Some(texts)
    }

    /// The text up to the closing quotation mark. One with escapes is not plain, and one with control characters
    /// no JSON (RFC 8259 §7).
    fn quoted(&mut self) -> Option<&'l str> {
        let end = memchr::memchr2(b'"', b'\\', self.0.as_bytes())?;
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix('"')?;
        // Every byte is looked at: that is many at once.
        text.bytes().fold(true, |all, byte| all & (byte >= b' ')).then_some(text)
    }

    fn number(&mut self, before: &str) -> Option<u32> {
        self.0 = self.0.strip_prefix(before)?;
        let end = self.0.bytes().position(|byte| !byte.is_ascii_digit())?;
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        // JSON has no zeros before a number (RFC 8259 §6).
        let is_plain = !digits.starts_with('0') || digits == "0";
        digits.parse().ok().filter(|_| is_plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words() -> impl Strategy<Value = String> {
        prop_oneof![Just("Support group".to_owned()), "\\PC{1,12}", "[ -~]{1,12}", ".{1,6}"]
    }

    fn memory() -> impl Strategy<Value = EventMemory> {
        let names = || prop::collection::vec(words().prop_map(|name| Arc::from(name.as_str())), 0..3);
        let perhaps = || prop::option::of(words());
        let row = (words(), words(), perhaps(), perhaps(), perhaps(), names(), names(), any::<u128>());
        (
            ("[a-z0-9 é-]{1,12}", any::<u32>(), 0i64..4_000_000_000, perhaps(), any::<(bool, bool, u128)>()),
            row,
        )
            .prop_filter_map(
                "an id",
                |((id, sequence, second, base, (is_gone, is_off, hash)), row)| {
                    let at = jiff::Timestamp::from_second(second).ok()?;
                    let (title, start, end, repeat, place, regions, topics, rest) = row;
                    let status = if is_off { Status::Cancelled } else { Status::Confirmed };
                    let (except, also, dates) = Default::default();
                    Some(EventMemory {
                        event: EventId::parse(&id)?,
                        sequence,
                        first: at,
                        changed: at,
                        removed: is_gone.then_some(at),
                        unread: false,
                        base: base.map(|base| Arc::from(base.as_str())),
                        hash,
                        row: Facts {
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
                        },
                    })
                },
            )
    }

    proptest! {
        #[test]
        fn a_plain_line_is_read_as_json_is(memory in memory(), place in 0usize..500, byte in any::<u8>()) {
            let line = serde_json::to_vec(&memory).unwrap();
            let cut = event(&line, &mut Names::default());
            prop_assert!(cut.is_none() || cut.as_ref() == Some(&memory));
            let is_plain = memory.removed.is_none()
                && memory.row.status == Status::Confirmed
                && !line.contains(&b'\\');
            prop_assert_eq!(cut.is_some(), is_plain);
            // One byte is another: what is cut is what a reader of JSON has.
            let mut damaged = line;
            let place = place % damaged.len();
            damaged[place] = byte;
            if let Some(cut) = event(&damaged, &mut Names::default()) {
                prop_assert_eq!(serde_json::from_slice::<EventMemory>(&damaged).ok(), Some(cut));
            }
        }
    }
}
