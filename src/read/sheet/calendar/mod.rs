//! `.ics` calendars (RFC 5545) to rows of calcast's own columns: a header, then one row for each event.
//!
//! A changed occurrence (RECURRENCE-ID) is left out of its series and becomes an event of its own.

pub mod event;
pub mod lines;
mod time;
mod zones;

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;

use self::event::VEvents;
use self::lines::lines;
use self::time::CalendarTime;
use self::zones::ZoneDefinitions;
use super::raw_row::{RawRow, RowVisitor, TableError};

/// The columns of the rows.
pub const COLUMNS: [&str; 21] = [
    "id", "title", "start", "end", "duration", "timezone", "location", "latitude", "longitude", "url",
    "online_url", "description", "topic", "organizer", "contact", "status", "repeat", "except", "also",
    "image", "private",
];
/// The beginning of the product identifier of calcast's own calendars.
const OWN_PRODUCT: &str = "-//calcast//";

/// Visits a header and the events of a calendar.
///
/// # Errors
///
/// Returns an error if the text is no calendar, or ends within an event.
pub fn rows(text: &str, visit: &mut RowVisitor<'_>) -> Result<(), TableError> {
    rows_beside(text, BTreeSet::new(), visit)
}

/// Visits the rows of a calendar like [`rows`], with ids that are not in `given`.
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
    let mut index = CalendarIndex { given, ..CalendarIndex::new(text) };
    let cells = StringRecord::from(COLUMNS.to_vec());
    let mut row = RawRow { number: 1, is_line: true, cells, quote_error: None };
    if visit(&row).is_break() {
        return Ok(());
    }
    let mut events = VEvents::new(text);
    for event in &mut events {
        row.number = event.line;
        row.cells = event.cells(&mut index).into_iter().collect();
        if visit(&row).is_break() {
            return Ok(());
        }
    }
    if events.is_truncated() { unreadable("an event that is cut short") } else { Ok(()) }
}

/// The program that wrote a calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CalendarOrigin {
    /// calcast. Its additions for calendar programs are removed.
    Own,
    /// Another program.
    #[default]
    Other,
}

/// Zones, ids and changed occurrences of a whole calendar, collected before its events become rows.
#[derive(Default)]
pub struct CalendarIndex {
    /// Times of changed occurrences by the UID of their series.
    changed: BTreeMap<String, Vec<CalendarTime>>,
    /// The number of events of a UID, without changed occurrences.
    events: BTreeMap<String, usize>,
    /// The ids in use.
    given: BTreeSet<String>,
    /// The number with which the search for an unused id continues, by the id that is in use.
    next_numbers: BTreeMap<String, usize>,
    zones: ZoneDefinitions,
    origin: CalendarOrigin,
}

impl CalendarIndex {
    /// Reads the index of a calendar.
    #[must_use]
    pub fn new(text: &str) -> CalendarIndex {
        let mut index = CalendarIndex { zones: ZoneDefinitions::parse(text), ..CalendarIndex::default() };
        let is_own = lines(text).take_while(|(_, line)| line != "BEGIN:VEVENT").any(|(_, line)| {
            line.strip_prefix("PRODID:").is_some_and(|product| product.starts_with(OWN_PRODUCT))
        });
        index.origin = if is_own { CalendarOrigin::Own } else { CalendarOrigin::Other };
        for event in VEvents::new(text) {
            index.zones.resolve(&event.properties, event.calendar_zone.as_ref());
            let uid = event.uid(index.origin);
            match event.property("RECURRENCE-ID").and_then(|at| event.time(at, &index.zones)) {
                Some(time) => index.changed.entry(uid).or_default().push(time),
                None => *index.events.entry(uid).or_default() += 1,
            }
        }
        index
    }

    /// Returns the id of an event: its UID, with the day where several events have it; or the title and the day of an
    /// event without UID.
    fn id(&mut self, uid: &str, title: &str, day: &str) -> String {
        let is_repeated = self.events.get(uid).is_some_and(|count| *count > 1);
        let base = match uid {
            "" => format!("{}-{day}", crate::slug::slug(title)),
            uid if is_repeated => format!("{uid}-{day}"),
            uid => uid.to_owned(),
        };
        self.unused_id(base.trim_matches('-'))
    }

    /// Returns an id that no other event has.
    fn unused_id(&mut self, base: &str) -> String {
        let mut id = base.to_owned();
        // The search continues where the last one for the same id ended, or many equal ids would take quadratic time.
        let from = self.next_numbers.get(base).copied().unwrap_or(2);
        let mut number = from;
        while !self.given.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        if number > from {
            self.next_numbers.insert(base.to_owned(), number);
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
    fn other_and_truncated_files_are_errors() {
        let result = |text: &str| rows(text, &mut |_| ControlFlow::Continue(()));
        assert!(matches!(result("a,b\n"), Err(TableError::Unreadable { .. })));
        assert!(matches!(
            result("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n"),
            Err(TableError::Unreadable { .. })
        ));
    }
}
