//! One event: one row of the spreadsheet, read and checked.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::repeat::Repeat;
use super::tag::Tag;
use super::when::When;
use crate::digest::Digest;
use crate::link::Link;

/// The longest id, in characters.
pub const LONGEST_ID: usize = 200;

/// The stable name of an event; the UID is this and the site's domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct EventId(Arc<str>);

impl TryFrom<String> for EventId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<EventId, &'static str> {
        EventId::parse(&text).ok_or("not an event id")
    }
}

impl EventId {
    /// Takes an id: not empty, not a dot segment, no control characters, at most [`LONGEST_ID`].
    #[must_use]
    pub fn parse(text: &str) -> Option<EventId> {
        let text = text.trim();
        EventId::is_one(text).then(|| EventId(Arc::from(text)))
    }

    /// Whether a text without space around it would be one.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        let is_short = text.len() <= LONGEST_ID || text.chars().count() <= LONGEST_ID;
        let is_dots = matches!(text, "" | "." | "..");
        let is_plain = text.bytes().all(|b| b.is_ascii_graphic()) || !text.chars().any(char::is_control);
        !is_dots && is_short && is_plain
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it takes place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As planned.
    #[default]
    Confirmed,
    /// Not sure yet.
    Tentative,
    /// It does not take place.
    Cancelled,
    /// It takes place later; nobody knows when.
    Postponed,
    /// As planned, but no place is left.
    #[serde(rename = "sold out")]
    SoldOut,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 5] =
        [Status::Confirmed, Status::Tentative, Status::Cancelled, Status::Postponed, Status::SoldOut];

    /// Whether nobody should come.
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Status::Cancelled | Status::Postponed)
    }

    /// The word in the spreadsheet.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Status::Confirmed => "confirmed",
            Status::Tentative => "tentative",
            Status::Cancelled => "cancelled",
            Status::Postponed => "postponed",
            Status::SoldOut => "sold out",
        }
    }
}

/// A point on the earth, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
}

/// A person or body: a name, an address to reach it, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// The name, or what was written when it is no address.
    pub name: String,
    /// `mailto:`, `tel:` or a web address.
    pub link: Option<Link>,
}

impl Contact {
    /// Both in one line: `Name (mail@example.org)`.
    #[must_use]
    pub fn in_words(&self) -> Cow<'_, str> {
        match self.parts() {
            [one, "", "", ""] => Cow::Borrowed(one),
            parts => Cow::Owned(parts.concat()),
        }
    }

    /// The same in parts.
    pub(super) fn parts(&self) -> [&str; 4] {
        let address =
            self.link.as_ref().map(Link::as_str).map(|link| {
                link.strip_prefix("mailto:").or_else(|| link.strip_prefix("tel:")).unwrap_or(link)
            });
        match address {
            Some(address) if self.name.is_empty() || self.name == address => [address, "", "", ""],
            Some(address) => [&self.name, " (", address, ")"],
            None => [&self.name, "", "", ""],
        }
    }
}

/// One event. Renderers take it apart without `..`, so a new field is decided by each of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its stable name.
    pub id: EventId,
    /// Its title, plain text.
    pub title: Box<str>,
    /// When it takes place (first), as the row says.
    pub when: When,
    /// The series, if it is one.
    pub repeat: Option<Box<Repeat>>,
    /// What takes place instead of single occurrences of the series, by the local start that each of those
    /// would have (RFC 5545 §3.8.4.4 `RECURRENCE-ID`). None is a series itself.
    pub overrides: BTreeMap<DateTime, Event>,
    /// Name of the venue.
    pub location: Option<Box<str>>,
    /// Street address.
    pub address: Option<Box<str>>,
    /// Where on the earth.
    pub coordinates: Option<Coordinates>,
    /// Page of the event.
    pub url: Option<Link>,
    /// Link to join.
    pub online_url: Option<Link>,
    /// Markdown.
    pub description: Box<str>,
    /// Regions.
    pub regions: Vec<Tag>,
    /// Topics.
    pub topics: Vec<Tag>,
    /// Who holds it.
    pub organizer: Option<Arc<Contact>>,
    /// Whom to ask.
    pub contact: Option<Arc<Contact>>,
    /// Whether it takes place.
    pub status: Status,
    /// A picture.
    pub image: Option<Link>,
    /// What it costs, free text.
    pub cost: Option<Box<str>>,
    /// When a human last confirmed a standing event.
    pub verified: Option<Date>,
    /// When the row says it was last changed.
    pub updated: Option<Date>,
}

impl Event {
    /// An event with what it must have and nothing else.
    #[must_use]
    pub fn new(id: EventId, title: impl Into<Box<str>>, when: When) -> Event {
        Event {
            id,
            title: title.into(),
            when,
            repeat: None,
            overrides: BTreeMap::new(),
            location: None,
            address: None,
            coordinates: None,
            url: None,
            online_url: None,
            description: Box::default(),
            regions: Vec::new(),
            topics: Vec::new(),
            organizer: None,
            contact: None,
            status: Status::Confirmed,
            image: None,
            cost: None,
            verified: None,
            updated: None,
        }
    }

    /// Whether one can take part from afar: it has a link to join, or a region `Online`.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online_url.is_some()
            || self.regions.iter().any(|tag| tag.path.as_str().split('/').any(|level| level == "online"))
    }

    /// Where it is: the venue, the street address, or both.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match (&self.location, &self.address) {
            (Some(location), Some(address)) => Some([location, ", ", address].concat()),
            (location, address) => location.as_ref().or(address.as_ref()).map(ToString::to_string),
        }
    }

    /// Whether there is no place to go to.
    #[must_use]
    pub fn is_purely_online(&self) -> bool {
        self.is_online() && self.location.is_none() && self.address.is_none()
    }

    /// The last day it touches; `None` for a series without end.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        let own = match &self.repeat {
            Some(repeat) => repeat.last_day(&self.when)?,
            None => self.when.last_day(),
        };
        let others = self.overrides.values().map(|other| other.when.last_day());
        Some(others.fold(own, Date::max))
    }

    /// Whether it is over before a day.
    #[must_use]
    pub fn is_over_before(&self, day: Date) -> bool {
        let series = self.repeat.as_deref();
        self.when.last_day() < day
            && self.overrides.values().all(|other| other.when.last_day() < day)
            && series.is_none_or(|repeat| repeat.is_over_before(&self.when, day))
    }

    /// The occurrences that touch the days from one to another, both inclusive, in the order of their starts;
    /// each with the event that says what it is: this one, or what takes place instead.
    #[must_use]
    pub fn occurrences(&self, from: Date, to: Date) -> Vec<(When, &Event)> {
        let touches = |when: &When| when.first_day() <= to && when.last_day() >= from;
        let Some(repeat) = &self.repeat else {
            return if touches(&self.when) { vec![(self.when.clone(), self)] } else { Vec::new() };
        };
        let mut all: Vec<(When, &Event)> = repeat
            .occurrences(&self.when, from, to)
            .into_iter()
            .filter(|(start, _)| !self.overrides.contains_key(start))
            .map(|(_, when)| (when, self))
            .collect();
        if !self.overrides.is_empty() {
            let others = self.overrides.values().filter(|other| touches(&other.when));
            all.extend(others.map(|other| (other.when.clone(), other)));
            all.sort_by_key(|(when, _)| when.order());
        }
        all
    }

    /// A hash of everything a subscriber could notice; equal for rows that differ in white space or order
    /// of columns only.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        self.fingerprint_by(&mut Digest::new())
    }

    /// The same by a digest that is used for many.
    #[must_use]
    pub fn fingerprint_by(&self, digest: &mut Digest) -> u128 {
        let Event {
            id,
            title,
            when,
            repeat,
            overrides,
            location,
            address,
            coordinates,
            url,
            online_url,
            description,
            regions,
            topics,
            organizer,
            contact,
            status,
            image,
            cost,
            verified,
            updated,
        } = self;
        digest.clear();
        digest.text(id.as_str());
        digest.text(title);
        digest_when(digest, when, repeat.as_deref());
        digest.optional(location.as_deref());
        digest.optional(address.as_deref());
        digest.optional(coordinates.map(|c| format!("{};{}", c.latitude, c.longitude)).as_deref());
        for link in [url, online_url, image] {
            digest.optional(link.as_ref().map(Link::as_str));
        }
        digest.text(description);
        for tags in [regions, topics] {
            tags.iter().for_each(|tag| digest.text(&tag.name));
            digest.text("");
        }
        for party in [organizer, contact] {
            digest.optional_parts(party.as_deref().map(Contact::parts));
        }
        digest.text(status.word());
        digest.optional(cost.as_deref());
        for date in [verified, updated] {
            digest.optional(date.map(|date| date.to_string()).as_deref());
        }
        for (start, other) in overrides {
            digest.text(&format!("{start} {:032x}", other.fingerprint()));
        }
        digest.finish()
    }
}

fn digest_when(digest: &mut Digest, when: &When, repeat: Option<&Repeat>) {
    match when {
        When::Days { first, last } => {
            digest.text("days");
            for day in [first, last] {
                digest.number(i64::from(day.year()) * 400 + i64::from(day.day_of_year()));
            }
        }
        When::Hours { start, end } => {
            digest.text(start.time_zone().iana_name().unwrap_or("UTC"));
            for at in [start, end] {
                digest.number(at.timestamp().as_second());
                digest.number(i64::from(at.timestamp().subsec_nanosecond()));
            }
        }
    }
    let series = repeat.map(|Repeat { clock, rule, except, also }| {
        let skipped = if *clock == when.local_start().time() { String::new() } else { format!("{clock} ") };
        format!("{skipped}{rule} {except:?} {also:?}")
    });
    digest.optional(series.as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn hours(at: DateTime, zone: &str) -> When {
        let start = crate::model::when::place(at, &crate::ical::zone::named(zone).unwrap()).unwrap();
        let end = start.checked_add(jiff::SignedDuration::from_mins(90)).unwrap();
        When::Hours { start, end }
    }

    #[test]
    fn what_takes_place_instead_is_shown_where_it_takes_place() {
        // On the second Sunday of March the clock skips the hour of the start.
        let first = date(2027, 3, 7).at(2, 30, 0, 0);
        let id = EventId::parse("night").unwrap();
        let other = |title: &str, at| Event::new(id.clone(), title.to_owned(), hours(at, "America/Chicago"));
        let mut series = other("Night", first);
        series.repeat = Some(Box::new(Repeat {
            clock: first.time(),
            rule: "FREQ=WEEKLY;COUNT=4".parse().unwrap(),
            except: Vec::new(),
            also: Vec::new(),
        }));
        series
            .overrides
            .insert(date(2027, 3, 14).at(2, 30, 0, 0), other("Early", date(2027, 3, 13).at(20, 0, 0, 0)));
        series
            .overrides
            .insert(date(2027, 3, 28).at(2, 30, 0, 0), other("Late", date(2027, 5, 1).at(2, 30, 0, 0)));
        let shown = |from, to| -> Vec<(String, String)> {
            let all = series.occurrences(from, to);
            all.iter().map(|(when, event)| (when.first_day().to_string(), event.title.to_string())).collect()
        };
        let pair = |day: &str, title: &str| (day.to_owned(), title.to_owned());
        assert_eq!(
            shown(date(2027, 3, 1), date(2027, 4, 1)),
            [pair("2027-03-07", "Night"), pair("2027-03-13", "Early"), pair("2027-03-21", "Night")]
        );
        assert_eq!(shown(date(2027, 4, 1), date(2027, 6, 1)), [pair("2027-05-01", "Late")]);
        assert_eq!(series.last_day(), Some(date(2027, 5, 1)));
        assert!(!series.is_over_before(date(2027, 5, 1)) && series.is_over_before(date(2027, 5, 2)));
    }
}
