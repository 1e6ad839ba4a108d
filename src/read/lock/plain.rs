//! The line of an event in `calcast.lock`, cut at its quotation marks where it is as calcast writes it and has
//! nothing rare in it. Every other line is left to the reader of JSON; a property holds both together.

use std::sync::Arc;

use bytes::Bytes;

use crate::model::codec::{hex, instant};
use crate::model::event::{EventId, Status};
use crate::model::memory::EventHistory;
use crate::model::written::Written;

/// The event of a plain line; `None` for a line that is not plain, good or not.
///
/// `whole` holds the line: what is remembered of the row stays there until somebody asks for it.
pub(super) fn event(whole: &Bytes, line: &[u8]) -> Option<EventHistory> {
    let mut rest = Rest(std::str::from_utf8(line).ok()?);
    let id = EventId::parse(rest.text("{\"event\":\"")?)?;
    let sequence = rest.number(",\"sequence\":")?;
    let first = instant::whole_seconds(rest.text(",\"first\":\"")?)?;
    let changed = instant::whole_seconds(rest.text(",\"changed\":\"")?)?;
    let base = rest.perhaps(",\"base\":\"")?.map(Arc::from);
    let hash = hex::parse(rest.text(",\"hash\":\"")?)?;
    let row = rest.0.strip_prefix(",\"row\":")?;
    rest.text(",\"row\":{\"title\":\"")?;
    rest.text(",\"start\":\"")?;
    rest.perhaps(",\"end\":\"")?;
    rest.perhaps(",\"repeat\":\"")?;
    rest.perhaps(",\"place\":\"")?;
    let status = rest.perhaps(",\"status\":\"")?;
    if status.is_some_and(|status| !Status::ALL.iter().any(|known| known.word() == status)) {
        return None;
    }
    rest.list(",\"regions\":[\"")?;
    rest.list(",\"topics\":[\"")?;
    hex::parse(rest.text(",\"rest\":\"")?)?;
    if rest.0 != "}}" {
        return None;
    }
    // All but the brace that closes the line.
    let row = whole.slice_ref(row.strip_suffix('}')?.as_bytes());
    Some(EventHistory {
        event: id,
        sequence,
        first,
        changed,
        removed: None,
        unread: false,
        base,
        hash,
        row: Written::of_text(row),
    })
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

    /// Passes over several texts, or none.
    fn list(&mut self, before: &str) -> Option<()> {
        if !self.0.starts_with(before) {
            return Some(());
        }
        self.text(before)?;
        while self.0.starts_with(",\"") {
            self.text(",\"")?;
        }
        self.0 = self.0.strip_prefix(']')?;
        Some(())
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
    use crate::model::facts::EventSnapshot;
    use proptest::prelude::*;

    fn words() -> impl Strategy<Value = String> {
        prop_oneof![Just("Support group".to_owned()), "\\PC{1,12}", "[ -~]{1,12}", ".{1,6}"]
    }

    fn memory() -> impl Strategy<Value = EventHistory> {
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
                    let status = if is_off { Status::SoldOut } else { Status::Confirmed };
                    let (except, also, dates) = Default::default();
                    Some(EventHistory {
                        event: EventId::parse(&id)?,
                        sequence,
                        first: at,
                        changed: at,
                        removed: is_gone.then_some(at),
                        unread: false,
                        base: base.map(|base| Arc::from(base.as_str())),
                        hash,
                        row: EventSnapshot {
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
                        }
                        .into(),
                    })
                },
            )
    }

    proptest! {
        #[test]
        fn a_plain_line_is_read_as_json_is(memory in memory(), place in 0usize..500, byte in any::<u8>()) {
            let line = serde_json::to_vec(&memory).unwrap();
            let whole = Bytes::from(line.clone());
            let cut = event(&whole, &whole);
            prop_assert!(cut.is_none() || cut.as_ref() == Some(&memory));
            let is_plain = memory.removed.is_none() && !line.contains(&b'\\');
            prop_assert_eq!(cut.is_some(), is_plain);
            // One byte is another: what is cut is what a reader of JSON has.
            let mut damaged = line;
            let place = place % damaged.len();
            damaged[place] = byte;
            let whole = Bytes::from(damaged.clone());
            if let Some(cut) = event(&whole, &whole) {
                prop_assert_eq!(serde_json::from_slice::<EventHistory>(&damaged).ok(), Some(cut));
            }
        }
    }
}
