//! The VEVENTs of a calendar (RFC 5545 §3.6.1), and the cells of the row of each.

use jiff::ToSpan;
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::lines::{content_lines, parameter};
use super::time::CalendarTime;
use super::zones::ZoneDefinitions;
use super::{COLUMNS, CalendarIndex, CalendarOrigin};
use crate::ical::line::ContentLine;
use crate::ical::{text, value, zone};
use crate::link::Link;
use crate::markdown;

/// The properties that have a column.
pub const READ: [&str; 22] = [
    "UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "LOCATION", "GEO", "URL", "CONFERENCE",
    "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "DESCRIPTION", "CATEGORIES", "ORGANIZER",
    "CONTACT", "STATUS", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID", "IMAGE", "CLASS",
];
/// The title of an event without one.
const UNTITLED: &str = "Untitled event";

/// One VEVENT.
pub struct VEvent {
    /// The line of its BEGIN, from 1.
    pub line: u32,
    /// Its properties, with names in capitals.
    pub properties: Vec<ContentLine>,
    /// The zone of the calendar (X-WR-TIMEZONE).
    pub calendar_zone: Option<TimeZone>,
}

/// Iterator over the VEVENTs of a text.
pub struct VEvents<'a> {
    lines: Box<dyn Iterator<Item = (u32, ContentLine)> + 'a>,
    zone: Option<TimeZone>,
    open: Option<VEvent>,
}

impl<'a> VEvents<'a> {
    /// Creates an iterator over the VEVENTs of a text.
    pub fn new(text: &'a str) -> VEvents<'a> {
        VEvents { lines: Box::new(content_lines(text)), zone: None, open: None }
    }

    /// Returns whether the text ended within an event.
    pub fn is_truncated(&self) -> bool {
        self.open.is_some()
    }
}

impl Iterator for VEvents<'_> {
    type Item = VEvent;

    fn next(&mut self) -> Option<VEvent> {
        let mut inner = 0u32;
        for (line, property) in self.lines.by_ref() {
            let is_event = property.value.eq_ignore_ascii_case("VEVENT");
            match (&mut self.open, property.name.as_str()) {
                (None, "BEGIN") if is_event => {
                    inner = 0;
                    let calendar_zone = self.zone.clone();
                    self.open = Some(VEvent { line, properties: Vec::new(), calendar_zone });
                }
                (None, "X-WR-TIMEZONE") => self.zone = zone::named(&property.value),
                (None, _) => {}
                (Some(_), "END") if is_event && inner == 0 => return self.open.take(),
                // An alarm inside an event has properties of its own.
                (Some(_), "BEGIN") => inner += 1,
                (Some(_), "END") => inner = inner.saturating_sub(1),
                (Some(event), _) if inner == 0 => event.properties.push(property),
                (Some(_), _) => {}
            }
        }
        None
    }
}

impl VEvent {
    /// Returns the first property of a name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&ContentLine> {
        self.properties.iter().find(|property| property.name == name)
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s ContentLine> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    fn text(&self, name: &str) -> String {
        self.property(name).map(|property| text::unescape(&property.value)).unwrap_or_default()
    }

    fn raw(&self, name: &str) -> String {
        self.property(name).map(|property| property.value.clone()).unwrap_or_default()
    }

    /// Returns its UID; the id alone if calcast wrote the calendar.
    #[must_use]
    pub fn uid(&self, origin: CalendarOrigin) -> String {
        let uid = self.text("UID");
        match uid.rsplit_once('@').filter(|_| origin == CalendarOrigin::Own) {
            Some((id, _)) => id.to_owned(),
            None => uid.trim().to_owned(),
        }
    }

    /// Returns the time of a property.
    #[must_use]
    pub fn time(&self, property: &ContentLine, zones: &ZoneDefinitions) -> Option<CalendarTime> {
        self.time_of(property, &property.value, zones)
    }

    fn time_of(&self, property: &ContentLine, value: &str, zones: &ZoneDefinitions) -> Option<CalendarTime> {
        if let Some(date) = value::parse_date(value) {
            return Some(CalendarTime::Day(date));
        }
        if let Some(at) = value::parse_utc(value) {
            let zone = self.calendar_zone.clone().unwrap_or(TimeZone::UTC);
            return Some(CalendarTime::Zoned(ZonedDateTime::new(at, zone)));
        }
        let local = value::parse_local(value)?;
        let Some(name) = parameter(property, "TZID") else { return Some(CalendarTime::Local(local, None)) };
        let fixed = || zones.offset(name, local).map(TimeZone::fixed);
        let Some(zone) = zones.zone(name).or_else(fixed) else {
            return Some(CalendarTime::Local(local, Some(name.to_owned())));
        };
        let zoned = crate::model::when::place(local, &zone);
        Some(zoned.map_or(CalendarTime::Local(local, None), CalendarTime::Zoned))
    }

    /// Returns the cells of its row, in the order of [`COLUMNS`].
    pub fn cells(&self, index: &mut CalendarIndex) -> [String; COLUMNS.len()] {
        let start = self.property("DTSTART").and_then(|property| self.time(property, &index.zones));
        let zone = match &start {
            Some(CalendarTime::Zoned(at)) => Some(at.time_zone().clone()),
            _ => None,
        };
        let zone_name = match &start {
            Some(CalendarTime::Local(_, Some(name))) => name.clone(),
            _ => zone.as_ref().and_then(|zone| zone.iana_name()).unwrap_or_default().to_owned(),
        };
        let uid = self.uid(index.origin);
        let title = self.title(index.origin);
        let day = start.as_ref().map_or_else(String::new, |start| start.day().to_string());
        let occurrence = self.property("RECURRENCE-ID").and_then(|at| self.time(at, &index.zones));
        let mut except = self.dates("EXDATE", zone.as_ref(), &index.zones);
        let also = self.dates("RDATE", zone.as_ref(), &index.zones);
        let is_series = occurrence.is_none() && (self.property("RRULE").is_some() || !also.is_empty());
        let id = match &occurrence {
            Some(at) => index.unused_id(format!("{uid}-{}", at.day()).trim_matches('-')),
            None => {
                let changed = index.changed.get(&uid).into_iter().flatten();
                except.extend(changed.map(|time| time.cell(zone.as_ref())));
                index.id(&uid, &title, &day)
            }
        };
        let of_series = |text: String| if is_series { text } else { String::new() };
        // RDATE needs a rule: this one is for the start alone.
        let rule = Some(self.raw("RRULE")).filter(|rule| !rule.is_empty());
        let rule = rule.unwrap_or_else(|| "FREQ=DAILY;COUNT=1".to_owned());
        let (location, online) = self.place();
        let geo = self.raw("GEO");
        let (latitude, longitude) = geo.split_once(';').unwrap_or_default();
        let (end, duration) = self.end(start.as_ref(), zone.as_ref(), &index.zones);
        [
            id.clone(),
            title,
            start.as_ref().map_or_else(|| self.raw("DTSTART"), |start| start.cell(zone.as_ref())),
            end,
            duration,
            zone_name,
            location,
            latitude.to_owned(),
            longitude.to_owned(),
            self.url(index.origin, &id),
            online,
            self.description(index.origin),
            self.categories(),
            self.organizer(),
            if index.origin == CalendarOrigin::Own { String::new() } else { self.text("CONTACT") },
            self.status(),
            of_series(rule),
            of_series(except.join(";")),
            of_series(also.join(";")),
            self.image(),
            self.raw("CLASS").to_lowercase().replace("public", ""),
        ]
    }

    /// Returns SUMMARY; without the word for the status if calcast wrote the calendar.
    fn title(&self, origin: CalendarOrigin) -> String {
        let title = self.text("SUMMARY");
        let has_status =
            origin == CalendarOrigin::Own && !self.raw("STATUS").eq_ignore_ascii_case("confirmed");
        let word = |word: &str| !word.is_empty() && !word.chars().any(char::is_lowercase);
        match title.split_once(": ") {
            _ if title.trim().is_empty() => UNTITLED.to_owned(),
            Some((first, rest)) if has_status && word(first) => rest.to_owned(),
            _ => title,
        }
    }

    /// Returns URL, unless it is the page that calcast made for the event.
    fn url(&self, origin: CalendarOrigin, id: &str) -> String {
        // Some programs escape addresses as in HTML.
        let url = self.raw("URL").replace("&amp;", "&");
        let own = || {
            percent_encoding::percent_decode_str(&url).decode_utf8_lossy().ends_with(&format!("/events/{id}"))
        };
        match Link::parse(&url) {
            Some(_) if !(origin == CalendarOrigin::Own && own()) => url,
            _ => String::new(),
        }
    }

    /// Returns LOCATION and the link to join online. A location that is a link is the latter.
    fn place(&self) -> (String, String) {
        let location = self.text("LOCATION");
        let names = ["CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL"];
        let online = names.iter().map(|name| self.raw(name)).find(|link| link.starts_with("https://"));
        let is_link = location.starts_with("https://") && !location.contains(char::is_whitespace);
        match online {
            Some(online) if location == online => (String::new(), online),
            None if is_link => (String::new(), location),
            online => (location, online.unwrap_or_default()),
        }
    }

    fn description(&self, origin: CalendarOrigin) -> String {
        let text = self.text("DESCRIPTION");
        if origin == CalendarOrigin::Own {
            // calcast writes plain text.
            return markdown::from_text(&text).into_owned();
        }
        let html = self.text("X-ALT-DESC");
        let source = if text.trim().is_empty() { html } else { text };
        markdown::from_html(&source).into_owned()
    }

    /// Returns STATUS, if it is one of an event (RFC 5545 §3.8.1.11).
    fn status(&self) -> String {
        let status = self.raw("STATUS").to_lowercase();
        let is_known = matches!(status.as_str(), "tentative" | "confirmed" | "cancelled");
        if is_known { status } else { String::new() }
    }

    /// Returns the end and the duration, of which one is empty. DTEND of whole days is the day after the last (RFC 5545
    /// §3.6.1). An end before the start is left out.
    fn end(
        &self,
        start: Option<&CalendarTime>,
        zone: Option<&TimeZone>,
        zones: &ZoneDefinitions,
    ) -> (String, String) {
        let Some(property) = self.property("DTEND") else { return (String::new(), self.duration()) };
        let end = match (self.time(property, zones), start) {
            (Some(CalendarTime::Day(date)), Some(CalendarTime::Day(first))) => {
                let last = date.checked_sub(1.days()).unwrap_or(date);
                last.max(*first).to_string()
            }
            // A date and a time cannot be compared.
            (Some(CalendarTime::Day(_)), Some(_)) | (Some(_), Some(CalendarTime::Day(_))) => String::new(),
            (Some(end), Some(start)) if start.is_after(&end) => String::new(),
            (Some(end), _) => end.cell(zone),
            (None, _) => self.raw("DTEND"),
        };
        (end, String::new())
    }

    /// Returns DURATION. Some programs write `P15M` for minutes.
    fn duration(&self) -> String {
        let duration = self.raw("DURATION").to_ascii_uppercase();
        let is_time = |rest: &str| rest.ends_with(['M', 'H', 'S']) && !rest.contains('T');
        match duration.strip_prefix('P') {
            Some(rest) if is_time(rest) => format!("PT{rest}"),
            _ => duration,
        }
    }

    fn dates(&self, name: &str, zone: Option<&TimeZone>, zones: &ZoneDefinitions) -> Vec<String> {
        let each = |property: &ContentLine| -> Vec<String> {
            let values =
                property.value.split(',').map(|value| value.trim().split('/').next().unwrap_or_default());
            let written = |value: &str| {
                self.time_of(property, value, zones).map_or_else(|| value.to_owned(), |at| at.cell(zone))
            };
            values.filter(|value| !value.is_empty()).map(written).collect()
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
        let address = property.value.as_str();
        let mail =
            address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| &address[7..]);
        match (parameter(property, "CN"), mail) {
            (Some(name), Some(mail)) if name != mail => format!("{name} <{mail}>"),
            (Some(name), None) => name.to_owned(),
            (_, mail) => mail.unwrap_or(address).to_owned(),
        }
    }

    /// Returns IMAGE (RFC 7986 §5.10), or an attachment that is a picture.
    fn image(&self) -> String {
        let is_picture = |property: &&ContentLine| {
            parameter(property, "FMTTYPE").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("image/"))
        };
        let attached = || self.all("ATTACH").find(is_picture).map(|property| property.value.clone());
        let image = Some(self.raw("IMAGE")).filter(|image| !image.is_empty()).or_else(attached);
        image
            .filter(|image| image.starts_with("https://") && Link::parse(image).is_some())
            .unwrap_or_default()
    }
}

/// Splits at commas that are not escaped.
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
