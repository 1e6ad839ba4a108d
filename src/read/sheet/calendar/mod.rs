//! `.ics` calendars (RFC 5545) to records of our own columns: the first one is a header, the others are an
//! event each, at the line where it begins.
//!
//! A changed occurrence (RECURRENCE-ID) is taken out of its series and becomes an event of its own.

pub mod event;
mod moment;
mod zones;

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;
use jiff::tz::TimeZone;

use self::event::EventReader;
use self::moment::Moment;
use self::zones::Definitions;
use super::raw_row::{RawRow, RowVisitor, TableError};
use crate::ical::line::ContentLine;
use crate::ical::zone;

/// The columns of the records.
pub const COLUMNS: [&str; 21] = [
    "id", "title", "start", "end", "duration", "timezone", "location", "latitude", "longitude", "url",
    "online_url", "description", "topic", "organizer", "contact", "status", "repeat", "except", "also",
    "image", "private",
];
/// The longest content line after unfolding, in bytes; what is longer is cut.
const LONGEST_LINE: usize = 4 << 20;
/// What the product identifier of our own calendars begins with.
const OURS: &str = "-//calcast//";

/// Visits a header and the events of a calendar.
///
/// # Errors
///
/// Returns an error if the text is no calendar, or ends within an event.
pub fn rows(text: &str, visit: &mut RowVisitor<'_>) -> Result<(), TableError> {
    rows_beside(text, BTreeSet::new(), visit)
}

/// Visits the rows of a calendar as [`rows`] does, beside events that have the ids of `given`.
///
/// # Errors
///
/// Returns an error if the text is no calendar, or ends within an event.
pub fn rows_beside(
    text: &str,
    given: BTreeSet<String>,
    visit: &mut RowVisitor<'_>,
) -> Result<(), TableError> {
    let unreadable = |found: &str| {
        let expected = "a calendar as RFC 5545 has it".to_owned();
        Err(TableError::Unreadable { found: found.to_owned(), expected })
    };
    let mut begins = lines(text).map(|(_, line)| line);
    if begins.next().is_none_or(|line| !line.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return unreadable("a file that does not begin with BEGIN:VCALENDAR");
    }
    let mut roll = Roll { given, ..Roll::of(text) };
    let cells = StringRecord::from(COLUMNS.to_vec());
    let mut row = RawRow { number: 1, is_line: true, cells, quote_error: None };
    if visit(&row).is_break() {
        return Ok(());
    }
    let mut components = Components::new(text);
    while let Some(Component { line, properties }) = components.next() {
        let event = EventReader { properties: &properties, calendar_zone: components.zone.as_ref() };
        row.number = line;
        row.cells = event.cells(&mut roll).into_iter().collect();
        if visit(&row).is_break() {
            return Ok(());
        }
    }
    if components.open.is_some() { unreadable("an event that is cut short") } else { Ok(()) }
}

/// Unfolded lines with the number of their first line, from 1.
pub fn lines(text: &str) -> impl Iterator<Item = (u32, String)> + '_ {
    // Some programs leave lines blank, also between a line and what goes on with it.
    let is_blank = |line: &str| line.is_empty() || line == "\r";
    let mut raw = (1u32..).zip(text.split('\n')).filter(move |(_, line)| !is_blank(line)).peekable();
    std::iter::from_fn(move || {
        loop {
            let (number, first) = raw.next()?;
            let mut line = first.strip_suffix('\r').unwrap_or(first).to_owned();
            while let Some((_, more)) = raw.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
                let more = &more[1..];
                if line.len() + more.len() <= LONGEST_LINE {
                    line.push_str(more.strip_suffix('\r').unwrap_or(more));
                }
            }
            if !line.trim().is_empty() {
                return Some((number, line));
            }
        }
    })
}

/// The properties of one VEVENT and the line of its BEGIN.
struct Component {
    line: u32,
    properties: Vec<ContentLine>,
}

/// The VEVENTs of a text.
struct Components<'a> {
    lines: Box<dyn Iterator<Item = (u32, String)> + 'a>,
    /// X-WR-TIMEZONE.
    zone: Option<TimeZone>,
    open: Option<Component>,
}

impl<'a> Components<'a> {
    fn new(text: &'a str) -> Components<'a> {
        Components { lines: Box::new(lines(text)), zone: None, open: None }
    }

    fn next(&mut self) -> Option<Component> {
        let mut inner = 0u32;
        for (number, line) in self.lines.by_ref() {
            let Some(property) = ContentLine::parse(line.trim_end()) else { continue };
            let name = property.name.to_ascii_uppercase();
            let is_event = property.value.trim().eq_ignore_ascii_case("VEVENT");
            match (&mut self.open, name.as_str()) {
                (None, "BEGIN") if is_event => {
                    inner = 0;
                    self.open = Some(Component { line: number, properties: Vec::new() });
                }
                (None, "X-WR-TIMEZONE") => self.zone = zone::named(property.value.trim()),
                (None, _) => {}
                (Some(_), "END") if is_event && inner == 0 => return self.open.take(),
                // An alarm inside an event has properties of its own.
                (Some(_), "BEGIN") => inner += 1,
                (Some(_), "END") => inner = inner.saturating_sub(1),
                (Some(event), _) if inner == 0 => event.properties.push(ContentLine { name, ..property }),
                (Some(_), _) => {}
            }
        }
        None
    }
}

/// Who wrote a calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// We did: what we add for calendar programs is taken off again.
    Ours,
    /// Another program.
    #[default]
    Others,
}

/// What is to be known of a whole calendar before its events are read one by one.
#[derive(Default)]
pub struct Roll {
    /// The occurrences that are changed, by the UID of their series, as their own event has them.
    changed: BTreeMap<String, Vec<Moment>>,
    /// How many events there are of a UID that are no changed occurrence.
    events: BTreeMap<String, usize>,
    /// The ids that were given.
    given: BTreeSet<String>,
    /// With which number the next one begins to look that wants an id that was given.
    alike: BTreeMap<String, usize>,
    zones: Definitions,
    origin: Origin,
}

impl Roll {
    /// Of a calendar.
    #[must_use]
    pub fn of(text: &str) -> Roll {
        let mut roll = Roll { zones: Definitions::of(text), ..Roll::default() };
        let is_ours = lines(text)
            .take_while(|(_, line)| line != "BEGIN:VEVENT")
            .any(|(_, line)| line.strip_prefix("PRODID:").is_some_and(|product| product.starts_with(OURS)));
        roll.origin = if is_ours { Origin::Ours } else { Origin::Others };
        let mut components = Components::new(text);
        while let Some(Component { properties, .. }) = components.next() {
            let event = EventReader { properties: &properties, calendar_zone: components.zone.as_ref() };
            roll.zones.settle(&event);
            let uid = event.uid(roll.origin);
            match event.property("RECURRENCE-ID").and_then(|at| event.moment(at, &roll.zones)) {
                Some(moment) => roll.changed.entry(uid).or_default().push(moment),
                None => *roll.events.entry(uid).or_default() += 1,
            }
        }
        roll
    }

    /// The id of an event: its UID, made another where several have it; of what and when it is, where it has none.
    fn id(&mut self, uid: &str, title: &str, day: &str) -> String {
        let is_several = self.events.get(uid).is_some_and(|count| *count > 1);
        let base = match uid {
            "" => format!("{}-{day}", crate::slug::slug(title)),
            uid if is_several => format!("{uid}-{day}"),
            uid => uid.to_owned(),
        };
        self.give(base.trim_matches('-'))
    }

    /// An id that no other event has.
    fn give(&mut self, base: &str) -> String {
        let mut id = base.to_owned();
        // Of many that are alike each begins to look where the last one found.
        let from = self.alike.get(base).copied().unwrap_or(2);
        let mut number = from;
        while !self.given.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        if number > from {
            self.alike.insert(base.to_owned(), number);
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    fn table(text: &str) -> Vec<(u32, Vec<String>)> {
        let mut table = Vec::new();
        let result = rows(text, &mut |row| {
            table.push((row.number, row.cells.iter().map(str::to_owned).collect()));
            ControlFlow::Continue(())
        });
        assert_eq!(result, Ok(()));
        table
    }

    #[test]
    fn a_series_a_changed_date_and_whole_days() {
        let text = "BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:America/Chicago\r\nBEGIN:VEVENT\r\nUID:a\r\n\
            SUMMARY:Group\\, north\r\nDTSTART;TZID=Central Standard Time:20260512T180000\r\n\
            DTEND;TZID=America/Chicago:20260512T200000\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n\
            BEGIN:VALARM\r\nDESCRIPTION:no\r\nEND:VALARM\r\nCATEGORIES:One\\,two,Three\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID:20260519T230000Z\r\nSUMMARY:Moved\r\n\
            DTSTART:20260520T230000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:w\r\nSUMMARY:Wa\r\n lk\r\n\
            DTSTART;VALUE=DATE:20260601\r\nDTEND;VALUE=DATE:20260603\r\nCLASS:PRIVATE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let table = table(text);
        let shown = |row: usize, column: &str| {
            let at = COLUMNS.iter().position(|name| *name == column).unwrap();
            table[row].1[at].as_str()
        };
        assert_eq!((table.len(), table[1].0, table[2].0), (4, 3, 14));
        assert_eq!(shown(1, "title"), "Group, north");
        assert_eq!((shown(1, "start"), shown(1, "end")), ("2026-05-12 18:00", "2026-05-12 20:00"));
        assert_eq!((shown(1, "timezone"), shown(1, "topic")), ("America/Chicago", "One,two;Three"));
        assert_eq!((shown(1, "except"), shown(2, "id")), ("2026-05-19 18:00", "a-2026-05-19"));
        assert_eq!(
            (shown(3, "title"), shown(3, "start"), shown(3, "end")),
            ("Walk", "2026-06-01", "2026-06-02")
        );
        assert_eq!(shown(3, "private"), "private");
    }

    #[test]
    fn what_is_no_calendar_or_is_cut_is_told() {
        let result = |text: &str| rows(text, &mut |_| ControlFlow::Continue(()));
        assert!(matches!(result("a,b\n"), Err(TableError::Unreadable { .. })));
        assert!(matches!(
            result("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n"),
            Err(TableError::Unreadable { .. })
        ));
    }
}
