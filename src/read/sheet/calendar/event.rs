//! One VEVENT (RFC 5545 §3.6.1) to the cells of a row.

use jiff::ToSpan;
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::moment::Moment;
use super::zones::Definitions;
use super::{COLUMNS, Origin, Roll};
use crate::ical::line::ContentLine;
use crate::ical::{text, value};
use crate::link::Link;
use crate::markdown;

/// The properties that have a column.
pub const READ: [&str; 22] = [
    "UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "LOCATION", "GEO", "URL", "CONFERENCE",
    "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "DESCRIPTION", "CATEGORIES", "ORGANIZER",
    "CONTACT", "STATUS", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID", "IMAGE", "CLASS",
];
/// What stands for a title where there is none.
const UNTITLED: &str = "Untitled event";

/// Reads one event.
pub struct EventReader<'a> {
    /// Its properties, their names in capitals.
    pub properties: &'a [ContentLine],
    /// X-WR-TIMEZONE.
    pub calendar_zone: Option<&'a TimeZone>,
}

impl EventReader<'_> {
    /// The first property of a name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&ContentLine> {
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

    /// Its UID; of our own calendars the id alone.
    #[must_use]
    pub fn uid(&self, origin: Origin) -> String {
        let uid = self.text("UID");
        match uid.rsplit_once('@').filter(|_| origin == Origin::Ours) {
            Some((id, _)) => id.to_owned(),
            None => uid.trim().to_owned(),
        }
    }

    /// What a property says of time.
    #[must_use]
    pub fn moment(&self, property: &ContentLine, zones: &Definitions) -> Option<Moment> {
        self.moment_of(property, property.value.trim(), zones)
    }

    fn moment_of(&self, property: &ContentLine, value: &str, zones: &Definitions) -> Option<Moment> {
        if let Some(date) = value::parse_date(value) {
            return Some(Moment::Day(date));
        }
        if let Some(at) = value::parse_utc(value) {
            let zone = self.calendar_zone.cloned().unwrap_or(TimeZone::UTC);
            return Some(Moment::Zoned(ZonedDateTime::new(at, zone)));
        }
        let local = value::parse_local(value)?;
        let Some(name) = parameter(property, "TZID") else { return Some(Moment::Floating(local)) };
        let fixed = || zones.offset(name, local).map(TimeZone::fixed);
        Some(match zones.zone(name).or_else(fixed) {
            Some(zone) => {
                crate::model::when::place(local, &zone).map_or(Moment::Floating(local), Moment::Zoned)
            }
            None => Moment::Unknown(local, name.to_owned()),
        })
    }

    /// The cells in the order of [`COLUMNS`].
    pub fn cells(&self, roll: &mut Roll) -> [String; COLUMNS.len()] {
        let start = self.property("DTSTART").and_then(|property| self.moment(property, &roll.zones));
        let zone = match &start {
            Some(Moment::Zoned(at)) => Some(at.time_zone().clone()),
            _ => None,
        };
        let zone_name = match &start {
            Some(Moment::Unknown(_, name)) => name.clone(),
            _ => zone.as_ref().and_then(|zone| zone.iana_name()).unwrap_or_default().to_owned(),
        };
        let uid = self.uid(roll.origin);
        let title = self.title(roll.origin);
        let day = start.as_ref().map_or_else(String::new, |start| start.day().to_string());
        let occurrence = self.property("RECURRENCE-ID").and_then(|at| self.moment(at, &roll.zones));
        let mut except = self.dates("EXDATE", zone.as_ref(), &roll.zones);
        let also = self.dates("RDATE", zone.as_ref(), &roll.zones);
        let is_series = occurrence.is_none() && (self.property("RRULE").is_some() || !also.is_empty());
        let id = match &occurrence {
            Some(at) => roll.give(format!("{uid}-{}", at.day()).trim_matches('-')),
            None => {
                let changed = roll.changed.get(&uid).into_iter().flatten();
                except.extend(changed.map(|moment| moment.written(zone.as_ref())));
                roll.id(&uid, &title, &day)
            }
        };
        let of_series = |text: String| if is_series { text } else { String::new() };
        // Dates alone are no series: a rule that names the first one alone makes them one.
        let rule = Some(self.raw("RRULE")).filter(|rule| !rule.is_empty());
        let rule = rule.unwrap_or_else(|| "FREQ=DAILY;COUNT=1".to_owned());
        let (location, online) = self.place();
        let geo = self.raw("GEO");
        let (latitude, longitude) = geo.split_once(';').unwrap_or_default();
        let (end, duration) = self.end(start.as_ref(), zone.as_ref(), &roll.zones);
        [
            id.clone(),
            title,
            start.as_ref().map_or_else(|| self.raw("DTSTART"), |start| start.written(zone.as_ref())),
            end,
            duration,
            zone_name,
            location,
            latitude.to_owned(),
            longitude.to_owned(),
            self.url(roll.origin, &id),
            online,
            self.description(roll.origin),
            self.categories(),
            self.organizer(),
            if roll.origin == Origin::Ours { String::new() } else { self.text("CONTACT") },
            self.status(),
            of_series(rule),
            of_series(except.join(";")),
            of_series(also.join(";")),
            self.image(),
            self.raw("CLASS").to_lowercase().replace("public", ""),
        ]
    }

    /// SUMMARY; in our own calendars without the word that says what its status is.
    fn title(&self, origin: Origin) -> String {
        let title = self.text("SUMMARY");
        let is_told = origin == Origin::Ours && !self.raw("STATUS").eq_ignore_ascii_case("confirmed");
        let word = |word: &str| !word.is_empty() && !word.chars().any(char::is_lowercase);
        match title.split_once(": ") {
            _ if title.trim().is_empty() => UNTITLED.to_owned(),
            Some((first, rest)) if is_told && word(first) => rest.to_owned(),
            _ => title,
        }
    }

    /// URL; in our own calendars none that is the event's own page.
    fn url(&self, origin: Origin, id: &str) -> String {
        // Some programs write an address as HTML has it.
        let url = self.raw("URL").replace("&amp;", "&");
        let own = || {
            percent_encoding::percent_decode_str(&url).decode_utf8_lossy().ends_with(&format!("/events/{id}"))
        };
        match Link::parse(&url) {
            Some(_) if !(origin == Origin::Ours && own()) => url,
            _ => String::new(),
        }
    }

    /// LOCATION, and where to join. A place that is a link is none to go to.
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

    fn description(&self, origin: Origin) -> String {
        let text = self.text("DESCRIPTION");
        if origin == Origin::Ours {
            // What we wrote is plain text, and stays what it is.
            return markdown::from_text(&text).into_owned();
        }
        let html = self.text("X-ALT-DESC");
        let source = if text.trim().is_empty() { html } else { text };
        markdown::from_html(&source).into_owned()
    }

    /// STATUS, if it is one of an event (RFC 5545 §3.8.1.11).
    fn status(&self) -> String {
        let status = self.raw("STATUS").to_lowercase();
        if matches!(status.as_str(), "tentative" | "confirmed" | "cancelled") {
            status
        } else {
            String::new()
        }
    }

    /// DTEND, or else DURATION. The DTEND of whole days is the day after the last (RFC 5545 §3.6.1); one that is
    /// before its start is none.
    fn end(&self, start: Option<&Moment>, zone: Option<&TimeZone>, zones: &Definitions) -> (String, String) {
        let Some(property) = self.property("DTEND") else { return (String::new(), self.duration()) };
        let end = match (self.moment(property, zones), start) {
            (Some(Moment::Day(date)), Some(Moment::Day(first))) => {
                let last = date.checked_sub(1.days()).unwrap_or(date);
                last.max(*first).to_string()
            }
            // A day and an hour do not go together.
            (Some(Moment::Day(_)), Some(_)) | (Some(_), Some(Moment::Day(_))) => String::new(),
            (Some(end), Some(start)) if start.is_after(&end) => String::new(),
            (Some(moment), _) => moment.written(zone),
            (None, _) => self.raw("DTEND"),
        };
        (end, String::new())
    }

    /// DURATION; `P15M`, which some programs write, is meant as minutes.
    fn duration(&self) -> String {
        let duration = self.raw("DURATION").to_ascii_uppercase();
        let is_time = |rest: &str| rest.ends_with(['M', 'H', 'S']) && !rest.contains('T');
        match duration.strip_prefix('P') {
            Some(rest) if is_time(rest) => format!("PT{rest}"),
            _ => duration,
        }
    }

    fn dates(&self, name: &str, zone: Option<&TimeZone>, zones: &Definitions) -> Vec<String> {
        let each = |property: &ContentLine| -> Vec<String> {
            let values =
                property.value.split(',').map(|value| value.trim().split('/').next().unwrap_or_default());
            let written = |value: &str| {
                self.moment_of(property, value, zones).map_or_else(|| value.to_owned(), |at| at.written(zone))
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
        let address = property.value.trim();
        let mail =
            address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| &address[7..]);
        match (parameter(property, "CN"), mail) {
            (Some(name), Some(mail)) if name != mail => format!("{name} <{mail}>"),
            (Some(name), None) => name.to_owned(),
            (_, mail) => mail.unwrap_or(address).to_owned(),
        }
    }

    /// IMAGE (RFC 7986 §5.10), or an attachment that is a picture.
    fn image(&self) -> String {
        let is_picture = |property: &&ContentLine| {
            parameter(property, "FMTTYPE").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("image/"))
        };
        let attached =
            || self.all("ATTACH").find(is_picture).map(|property| property.value.trim().to_owned());
        let image = Some(self.raw("IMAGE")).filter(|image| !image.is_empty()).or_else(attached);
        image
            .filter(|image| image.starts_with("https://") && Link::parse(image).is_some())
            .unwrap_or_default()
    }
}

/// The value of a parameter.
#[must_use]
pub fn parameter<'a>(property: &'a ContentLine, name: &str) -> Option<&'a str> {
    property
        .parameters
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
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
