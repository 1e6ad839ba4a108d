//! An event: one row of the spreadsheet, parsed and checked.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::repeat::Repeat;
use super::tag::{Facet, Tag};
use super::when::When;
use crate::link::Link;

/// Maximum length of an id, in characters.
pub const LONGEST_ID: usize = 200;

/// The stable id of an event. Its UID is this id, `@` and the site's UID domain.
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
    /// Parses an id, ignoring white space around it.
    ///
    /// Returns `None` if it is empty, a dot segment, longer than [`LONGEST_ID`] or has control characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<EventId> {
        let text = text.trim();
        let is_valid = !matches!(text, "" | "." | "..")
            && text.chars().count() <= LONGEST_ID
            && !text.chars().any(char::is_control);
        is_valid.then(|| EventId(Arc::from(text)))
    }

    /// Returns whether the event is one of a new site's samples, which nobody misses when they are gone.
    #[must_use]
    pub fn is_sample(&self) -> bool {
        self.0.starts_with("sample-")
    }

    /// Returns the id as written.
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

/// Whether an event takes place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Takes place as planned.
    #[default]
    Confirmed,
    /// May not take place.
    Tentative,
    /// Does not take place.
    Cancelled,
    /// Takes place later, at an unknown date.
    Postponed,
    /// Takes place as planned, without free places.
    #[serde(rename = "sold out")]
    SoldOut,
}

impl Status {
    /// All values.
    pub const ALL: [Status; 5] =
        [Status::Confirmed, Status::Tentative, Status::Cancelled, Status::Postponed, Status::SoldOut];

    /// Returns whether the event is cancelled or postponed.
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Status::Cancelled | Status::Postponed)
    }

    /// Returns the word in the spreadsheet.
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

/// A point on the earth (WGS 84). Neither number is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
}

impl Eq for Coordinates {}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.latitude, self.longitude)
    }
}

/// A person or organization with a name, an address, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// The name, or the text of the cell if it is not an address.
    pub name: String,
    /// A `mailto:`, `tel:` or web address.
    pub link: Option<Link>,
}

impl Contact {
    /// Formats name and address as `Name (mail@example.org)`.
    #[must_use]
    pub fn in_words(&self) -> Cow<'_, str> {
        let Some(link) = self.link.as_ref().map(Link::as_str) else { return Cow::Borrowed(&self.name) };
        let address = link.strip_prefix("mailto:").or_else(|| link.strip_prefix("tel:")).unwrap_or(link);
        if self.name.is_empty() || self.name == address {
            return Cow::Borrowed(address);
        }
        Cow::Owned(format!("{} ({address})", self.name))
    }
}

/// An event. Renderers destructure it without `..`, so that the compiler names those that must handle a new field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The id.
    pub id: EventId,
    /// The title, plain text.
    pub title: Box<str>,
    /// When it takes place; of a series the first occurrence.
    pub when: When,
    /// The series, if it is one.
    pub repeat: Option<Box<Repeat>>,
    /// Replaced occurrences of the series by their original local start (RFC 5545 §3.8.4.4 `RECURRENCE-ID`). None of
    /// them is a series.
    pub overrides: BTreeMap<DateTime, Event>,
    /// Name of the venue.
    pub location: Option<Box<str>>,
    /// Street address.
    pub address: Option<Box<str>>,
    /// Geographic position.
    pub coordinates: Option<Coordinates>,
    /// Web page of the event.
    pub url: Option<Link>,
    /// Link to join online.
    pub online_url: Option<Link>,
    /// Description in Markdown.
    pub description: Box<str>,
    /// Regions.
    pub regions: Vec<Arc<Tag>>,
    /// Topics.
    pub topics: Vec<Arc<Tag>>,
    /// The organizer.
    pub organizer: Option<Arc<Contact>>,
    /// The contact for questions.
    pub contact: Option<Arc<Contact>>,
    /// Whether it takes place.
    pub status: Status,
    /// A picture.
    pub image: Option<Link>,
    /// The price, free text.
    pub cost: Option<Box<str>>,
    /// When somebody last confirmed that a series still takes place.
    pub verified: Option<Date>,
    /// When the row last changed, as it says.
    pub updated: Option<Date>,
}

impl Event {
    /// Creates an event with the required properties.
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

    /// Returns its regions and topics.
    pub fn tags(&self) -> impl Iterator<Item = (Facet, &Tag)> {
        let regions = self.regions.iter().map(|tag| (Facet::Region, &**tag));
        regions.chain(self.topics.iter().map(|tag| (Facet::Topic, &**tag)))
    }

    /// Returns whether people can take part online: there is a link to join, or a region `Online`.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online_url.is_some()
            || self.regions.iter().any(|tag| tag.path.as_str().split('/').any(|level| level == "online"))
    }

    /// Returns venue and street address, separated by a comma.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let parts: Vec<&str> =
            [&self.location, &self.address].into_iter().flatten().map(|part| &**part).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Returns whether the event is online and has no place.
    #[must_use]
    pub fn is_purely_online(&self) -> bool {
        self.is_online() && self.location.is_none() && self.address.is_none()
    }

    /// Returns the last day of the event; `None` for a series without end.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        let own = match &self.repeat {
            Some(repeat) => repeat.last_day(&self.when)?,
            None => self.when.last_day(),
        };
        Some(self.overrides.values().map(|other| other.when.last_day()).fold(own, Date::max))
    }

    /// Returns whether the event ends before a day.
    #[must_use]
    pub fn is_over_before(&self, day: Date) -> bool {
        self.when.last_day() < day
            && self.overrides.values().all(|other| other.when.last_day() < day)
            && self.repeat.as_ref().is_none_or(|repeat| repeat.is_over_before(&self.when, day))
    }

    /// Returns the occurrences that overlap the days `from` to `to`, both inclusive, ordered by start.
    ///
    /// Each comes with the event that describes it: this one, or the one that replaces the occurrence.
    #[must_use]
    pub fn occurrences(&self, from: Date, to: Date) -> Vec<(When, &Event)> {
        let overlaps = |when: &When| when.first_day() <= to && when.last_day() >= from;
        let Some(repeat) = &self.repeat else {
            return if overlaps(&self.when) { vec![(self.when.clone(), self)] } else { Vec::new() };
        };
        let mut all: Vec<(When, &Event)> = repeat
            .occurrences(&self.when, from, to)
            .into_iter()
            .filter(|(start, _)| !self.overrides.contains_key(start))
            .map(|(_, when)| (when, self))
            .collect();
        if !self.overrides.is_empty() {
            let others = self.overrides.values().filter(|other| overlaps(&other.when));
            all.extend(others.map(|other| (other.when.clone(), other)));
            all.sort_by_key(|(when, _)| when.order());
        }
        all
    }
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
    fn replaced_occurrences_are_listed_at_their_own_dates() {
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
