//! `.ics` calendars (RFC 5545) to records of our own columns: the first one is a header, the others are an
//! event each, at the line where it begins.
//!
//! A changed occurrence (RECURRENCE-ID) is taken out of its series and becomes an event of its own.

use std::collections::BTreeMap;

use csv::StringRecord;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{ToSpan, ZonedDateTime};

use super::table::{Ending, Flow, Line};
use crate::ical::line::ContentLine;
use crate::ical::{text, value, zone};

/// The columns of the records.
const COLUMNS: [&str; 20] = [
    "id", "title", "start", "end", "duration", "timezone", "location", "latitude", "longitude", "url",
    "online_url", "description", "topic", "organizer", "status", "repeat", "except", "also", "image",
    "private",
];
/// The longest content line after unfolding, in bytes; what is longer is cut.
const LONGEST_LINE: usize = 4 << 20;

/// Hands the events of a calendar over.
pub fn rows(text: &str, take: &mut dyn FnMut(Line<'_>) -> Flow) -> Ending {
    let broken = |why: &str| Ending::Broken(why.to_owned(), "a calendar as RFC 5545 has it".to_owned());
    let mut begins = lines(text).map(|(_, line)| line);
    if begins.next().is_none_or(|line| !line.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return broken("a file that does not begin with BEGIN:VCALENDAR");
    }
    let changed = changed(text);
    let mut cells = StringRecord::from(COLUMNS.to_vec());
    if take(Line { row: 1, cells: &cells, stray: None }) == Flow::Stop {
        return Ending::Whole;
    }
    let mut components = Components::new(text);
    while let Some(component) = components.next() {
        let Component { line, properties } = component;
        let event = EventReader { properties: &properties, calendar_zone: components.zone.clone() };
        cells.clear();
        for cell in event.cells(&changed) {
            cells.push_field(&cell);
        }
        if take(Line { row: line, cells: &cells, stray: None }) == Flow::Stop {
            return Ending::Whole;
        }
    }
    if components.open.is_some() { broken("an event that is cut short") } else { Ending::Whole }
}

/// Unfolded lines with the number of their first line, from 1.
fn lines(text: &str) -> impl Iterator<Item = (u32, String)> + '_ {
    let mut raw = (1u32..).zip(text.split('\n')).peekable();
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

/// The occurrences that are changed, by the UID of their series, as their own event has them.
fn changed(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut components = Components::new(text);
    while let Some(Component { properties, .. }) = components.next() {
        let event = EventReader { properties: &properties, calendar_zone: components.zone.clone() };
        if let Some(moment) = event.property("RECURRENCE-ID").and_then(|at| event.moment(at)) {
            changed.entry(event.text("UID")).or_default().push(moment.written(None));
        }
    }
    changed
}

/// A value of DTSTART and its like.
enum Moment {
    Day(Date),
    Floating(DateTime),
    Zoned(ZonedDateTime),
    /// In a zone that nobody knows: its name.
    Unknown(DateTime, String),
}

impl Moment {
    /// As a cell has it: in the zone of the row where there is one, with the offset.
    fn written(&self, zone: Option<&TimeZone>) -> String {
        match self {
            Moment::Day(date) => date.to_string(),
            Moment::Floating(at) | Moment::Unknown(at, _) => at.to_string(),
            Moment::Zoned(at) => {
                let there = zone.map_or_else(|| at.clone(), |zone| at.with_time_zone(zone.clone()));
                there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            }
        }
    }
}

struct EventReader<'a> {
    properties: &'a [ContentLine],
    calendar_zone: Option<TimeZone>,
}

impl EventReader<'_> {
    fn property(&self, name: &str) -> Option<&ContentLine> {
        self.properties.iter().find(|property| property.name == name)
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s ContentLine> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    fn text(&self, name: &str) -> String {
        self.property(name).map(|property| text::unescape(property.value.trim())).unwrap_or_default()
    }

    fn raw(&self, name: &str) -> String {
        self.property(name).map(|property| property.value.trim().to_owned()).unwrap_or_default()
    }

    fn moment(&self, property: &ContentLine) -> Option<Moment> {
        self.moment_of(property, property.value.trim())
    }

    fn moment_of(&self, property: &ContentLine, value: &str) -> Option<Moment> {
        if let Some(date) = value::parse_date(value) {
            return Some(Moment::Day(date));
        }
        if let Some(at) = value::parse_utc(value) {
            let zone = self.calendar_zone.clone().unwrap_or(TimeZone::UTC);
            return Some(Moment::Zoned(ZonedDateTime::new(at, zone)));
        }
        let local = value::parse_local(value)?;
        Some(match parameter(property, "TZID") {
            None => Moment::Floating(local),
            Some(name) => match known_zone(name) {
                Some(zone) => {
                    crate::model::when::place(local, &zone).map_or(Moment::Floating(local), Moment::Zoned)
                }
                None => Moment::Unknown(local, name.to_owned()),
            },
        })
    }

    /// The cells in the order of [`COLUMNS`].
    fn cells(&self, changed: &BTreeMap<String, Vec<String>>) -> [String; 20] {
        let start = self.property("DTSTART").and_then(|property| self.moment(property));
        let zone = match &start {
            Some(Moment::Zoned(at)) => Some(at.time_zone().clone()),
            _ => None,
        };
        let zone_name = match &start {
            Some(Moment::Unknown(_, name)) => name.clone(),
            _ => zone.as_ref().and_then(|zone| zone.iana_name()).unwrap_or_default().to_owned(),
        };
        let uid = self.text("UID");
        let occurrence = self.property("RECURRENCE-ID").and_then(|at| self.moment(at));
        let mut except = self.dates("EXDATE", zone.as_ref());
        let id = match &occurrence {
            Some(at) => format!("{uid}-{}", at.written(None).split('T').next().unwrap_or_default()),
            None => {
                except.extend(changed.get(&uid).into_iter().flatten().cloned());
                uid
            }
        };
        let geo = self.raw("GEO");
        let (latitude, longitude) = geo.split_once(';').unwrap_or_default();
        let is_series = self.property("RRULE").is_some() && occurrence.is_none();
        [
            id,
            self.text("SUMMARY"),
            start.as_ref().map(|start| start.written(zone.as_ref())).unwrap_or_else(|| self.raw("DTSTART")),
            self.end(zone.as_ref()),
            self.raw("DURATION"),
            zone_name,
            self.text("LOCATION"),
            latitude.to_owned(),
            longitude.to_owned(),
            self.raw("URL"),
            self.online(),
            self.text("DESCRIPTION"),
            self.categories(),
            self.organizer(),
            self.raw("STATUS").to_lowercase(),
            if is_series { self.raw("RRULE") } else { String::new() },
            if is_series { except.join(";") } else { String::new() },
            if is_series { self.dates("RDATE", zone.as_ref()).join(";") } else { String::new() },
            self.raw("IMAGE"),
            self.raw("CLASS").to_lowercase().replace("public", ""),
        ]
    }

    /// DTEND; that of whole days is the day after the last (RFC 5545 §3.6.1).
    fn end(&self, zone: Option<&TimeZone>) -> String {
        let Some(property) = self.property("DTEND") else { return String::new() };
        match self.moment(property) {
            Some(Moment::Day(date)) => {
                let first = self.property("DTSTART").and_then(|start| value::parse_date(start.value.trim()));
                let last = date.checked_sub(1.days()).unwrap_or(date);
                first.map_or(last, |first| last.max(first)).to_string()
            }
            Some(moment) => moment.written(zone),
            None => self.raw("DTEND"),
        }
    }

    fn dates(&self, name: &str, zone: Option<&TimeZone>) -> Vec<String> {
        let each = |property: &ContentLine| -> Vec<String> {
            let values =
                property.value.split(',').map(|value| value.trim().split('/').next().unwrap_or_default());
            values
                .map(|value| {
                    self.moment_of(property, value).map_or_else(|| value.to_owned(), |at| at.written(zone))
                })
                .collect()
        };
        self.all(name).flat_map(each).collect()
    }

    fn categories(&self) -> String {
        let names: Vec<String> = self
            .all("CATEGORIES")
            .flat_map(|property| split_text(&property.value))
            .map(|name| text::unescape(name.trim()).replace([';', '/'], ","))
            .filter(|name| !name.trim().is_empty())
            .collect();
        names.join(";")
    }

    fn organizer(&self) -> String {
        let Some(property) = self.property("ORGANIZER") else { return String::new() };
        let address = property.value.trim();
        let mail =
            address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| &address[7..]);
        match (parameter(property, "CN"), mail) {
            (Some(name), Some(mail)) if name != mail => format!("{name} <{mail}>"),
            (Some(name), None) => name.to_owned(),
            (_, mail) => mail.unwrap_or(address).to_owned(),
        }
    }

    fn online(&self) -> String {
        let names = ["CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL"];
        names.iter().map(|name| self.raw(name)).find(|link| link.starts_with("https://")).unwrap_or_default()
    }
}

fn parameter<'a>(property: &'a ContentLine, name: &str) -> Option<&'a str> {
    property
        .parameters
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// A zone by the TZID of some program: IANA, Windows, or a path that ends in an IANA name.
fn known_zone(name: &str) -> Option<TimeZone> {
    let tails = name.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| &name[at + 1..]);
    zone::named(name).or_else(|| tails.into_iter().find_map(zone::named))
}

/// Cuts at commas that are no escaped ones.
fn split_text(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in value.chars() {
        if c == ',' && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Vec<(u32, Vec<String>)> {
        let mut table = Vec::new();
        let ending = rows(text, &mut |line| {
            table.push((line.row, line.cells.iter().map(str::to_owned).collect()));
            Flow::On
        });
        assert_eq!(ending, Ending::Whole);
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
        assert_eq!(
            (shown(1, "start"), shown(1, "end")),
            ("2026-05-12T18:00:00-05:00", "2026-05-12T20:00:00-05:00")
        );
        assert_eq!((shown(1, "timezone"), shown(1, "topic")), ("America/Chicago", "One,two;Three"));
        assert_eq!((shown(1, "except"), shown(2, "id")), ("2026-05-19T18:00:00-05:00", "a-2026-05-19"));
        assert_eq!(
            (shown(3, "title"), shown(3, "start"), shown(3, "end")),
            ("Walk", "2026-06-01", "2026-06-02")
        );
        assert_eq!(shown(3, "private"), "private");
    }

    #[test]
    fn what_is_no_calendar_or_is_cut_is_told() {
        let end = |text: &str| rows(text, &mut |_| Flow::On);
        assert!(matches!(end("a,b\n"), Ending::Broken(..)));
        assert!(matches!(end("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n"), Ending::Broken(..)));
    }
}
