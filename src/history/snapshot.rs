//! Snapshot of an event as it was published: enough to say what changed, and to show the event after its row is deleted.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ZonedDateTime;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::serde_helpers::hex;
use crate::digest::Digest;
use crate::ical::zone;
use crate::link::Link;
use crate::model::event::{Contact, Event, EventId, Status};
use crate::model::repeat::Repeat;
use crate::model::tag::{Facet, Tag, TagPath};
use crate::model::when::{When, place};

/// An event as it was published, as texts that read well in a diff of `calcast.lock`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSnapshot {
    /// The title.
    pub title: String,
    /// The first day, `2026-05-12`, or the first start, `2026-05-12T18:00:00[America/Chicago]`. The second of two
    /// equal local times has its offset from UTC: `2026-11-01T01:30:00-06[America/Chicago]`.
    pub start: String,
    /// The last day, or the local end, if it differs from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// The recurrence rule (RFC 5545 §3.3.10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
    /// Starts excluded from the series.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<DateTime>,
    /// Starts added to the series.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<DateTime>,
    /// Replaced occurrences of the series by their original start.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<DateTime, EventSnapshot>,
    /// Venue and street address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The status, omitted if confirmed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: Status,
    /// Names of the regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Arc<str>>,
    /// Names of the topics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Arc<str>>,
    /// Hash of the other properties a subscriber can see: description, links, cost, people, coordinates.
    #[serde(with = "hex")]
    pub rest: u128,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<&Event> for EventSnapshot {
    fn from(event: &Event) -> EventSnapshot {
        let names = |tags: &[Arc<Tag>]| tags.iter().map(|tag| Arc::clone(&tag.name)).collect();
        let repeat = event.repeat.as_deref();
        let (start, end) = time_texts(&event.when, repeat);
        EventSnapshot {
            title: event.title.to_string(),
            start,
            end,
            repeat: repeat.map(|repeat| repeat.rule.to_string()),
            except: repeat.map(|repeat| repeat.except.clone()).unwrap_or_default(),
            also: repeat.map(|repeat| repeat.also.clone()).unwrap_or_default(),
            dates: event.overrides.iter().map(|(at, other)| (*at, other.into())).collect(),
            place: event.place(),
            status: event.status,
            regions: names(&event.regions),
            topics: names(&event.topics),
            rest: rest(event),
        }
    }
}

impl EventSnapshot {
    /// Parses the time of the event, of a series that of its first occurrence.
    ///
    /// Returns `None` if the texts are not as calcast writes them or name an unknown time zone.
    #[must_use]
    pub fn when(&self) -> Option<When> {
        if self.start.len() == 10 {
            let first: Date = self.start.parse().ok()?;
            let last = self.end.as_deref().map_or(Some(first), |last| last.parse().ok())?;
            return (last >= first).then_some(When::Days { first, last });
        }
        let (start, zone) = self.start.strip_suffix(']')?.split_once('[')?;
        let zone = zone::named(zone)?;
        let start = parse_local(start, &zone)?;
        let end = self.end.as_deref().map_or(Some(start.clone()), |end| parse_local(end, &zone))?;
        (end >= start).then_some(When::Hours { start, end })
    }

    /// Parses the series, given the time of its first occurrence.
    #[must_use]
    pub fn series(&self, when: &When) -> Option<Repeat> {
        let clock = match when {
            When::Days { .. } => Time::midnight(),
            When::Hours { .. } => self.start.get(11..19)?.parse().ok()?,
        };
        let rule = self.repeat.as_deref()?.parse().ok()?;
        Some(Repeat { clock, rule, except: self.except.clone(), also: self.also.clone() })
    }

    /// Restores the event, without the properties that are only hashed.
    #[must_use]
    pub fn event(&self, id: &EventId) -> Option<Event> {
        let when = self.when()?;
        let tags = |names: &[Arc<str>]| {
            let tag =
                |name: &Arc<str>| Some(Arc::new(Tag { path: TagPath::parse(name)?, name: Arc::clone(name) }));
            names.iter().filter_map(tag).collect()
        };
        let dates = self.dates.iter().filter_map(|(at, other)| Some((*at, other.event(id)?)));
        Some(Event {
            repeat: self.series(&when).map(Box::new),
            overrides: dates.collect(),
            location: self.place.as_deref().map(Box::from),
            status: self.status,
            regions: tags(&self.regions),
            topics: tags(&self.topics),
            ..Event::new(id.clone(), self.title.as_str(), when)
        })
    }

    /// Returns the names of its regions and topics.
    pub fn tag_names(&self) -> impl Iterator<Item = (Facet, &Arc<str>)> {
        let regions = self.regions.iter().map(|name| (Facet::Region, name));
        regions.chain(self.topics.iter().map(|name| (Facet::Topic, name)))
    }

    /// Returns whether the event ends before a day; `false` if its texts cannot be parsed.
    #[must_use]
    pub fn is_over_before(&self, day: Date) -> bool {
        let Some(when) = self.when() else { return false };
        when.last_day() < day
            && self.dates.values().all(|other| other.is_over_before(day))
            && self.series(&when).is_none_or(|repeat| repeat.is_over_before(&when, day))
    }
}

/// Returns the text of [`EventSnapshot::start`].
#[must_use]
pub fn start_text(when: &When, repeat: Option<&Repeat>) -> String {
    time_texts(when, repeat).0
}

/// Returns the texts of start and end. A series starts at the time its rule says, even if the clock skips it.
fn time_texts(when: &When, repeat: Option<&Repeat>) -> (String, Option<String>) {
    match when {
        When::Days { first, last } => (first.to_string(), (first != last).then(|| last.to_string())),
        When::Hours { start, end } => {
            let zone = start.time_zone().iana_name().unwrap_or("UTC");
            let by_rule = repeat.map(|repeat| start.date().to_datetime(repeat.clock));
            let mut text = match by_rule.filter(|by_rule| *by_rule != start.datetime()) {
                Some(by_rule) => by_rule.to_string(),
                None => local_text(start),
            };
            text.extend(["[", zone, "]"]);
            (text, (start != end).then(|| local_text(end)))
        }
    }
}

/// Formats a local time, with its offset if the local time alone means another instant.
fn local_text(at: &ZonedDateTime) -> String {
    match place(at.datetime(), at.time_zone()) {
        Some(placed) if placed == *at => at.datetime().to_string(),
        _ => format!("{}{}", at.datetime(), at.offset()),
    }
}

/// Parses a text of [`local_text`].
fn parse_local(text: &str, zone: &TimeZone) -> Option<ZonedDateTime> {
    let pieces = Pieces::parse(text).ok()?;
    let local = pieces.date().to_datetime(pieces.time()?);
    match pieces.to_numeric_offset() {
        Some(offset) => Some(ZonedDateTime::new(offset.to_timestamp(local).ok()?, zone.clone())),
        None => place(local, zone),
    }
}

/// Hashes the properties that are not stored.
fn rest(event: &Event) -> u128 {
    // What is `_` here is stored, or of no interest to subscribers.
    let Event {
        id: _,
        title: _,
        when: _,
        repeat: _,
        overrides: _,
        location: _,
        address: _,
        coordinates,
        url,
        online_url,
        description,
        regions: _,
        topics: _,
        organizer,
        contact,
        status: _,
        image,
        cost,
        verified: _,
        updated: _,
    } = event;
    let mut digest = Digest::new();
    digest.optional(coordinates.map(|point| point.to_string()).as_deref());
    for link in [url, online_url, image] {
        digest.optional(link.as_ref().map(Link::as_str));
    }
    digest.text(description);
    for contact in [organizer, contact] {
        digest.optional(contact.as_deref().map(Contact::in_words).as_deref());
    }
    digest.optional(cost.as_deref());
    digest.finish()
}

/// The row of an event as last published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishedRow {
    /// An event that was loaded; its snapshot is created on demand. To keep one snapshot for every event takes
    /// 0.4 times the size of the table in memory.
    Loaded(Arc<Event>),
    /// A snapshot read from `calcast.lock`.
    Recorded(Box<EventSnapshot>),
}

impl PublishedRow {
    /// Returns the snapshot of the row.
    #[must_use]
    pub fn snapshot(&self) -> Cow<'_, EventSnapshot> {
        match self {
            PublishedRow::Loaded(event) => Cow::Owned(EventSnapshot::from(&**event)),
            PublishedRow::Recorded(snapshot) => Cow::Borrowed(snapshot),
        }
    }
}

impl Serialize for PublishedRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PublishedRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PublishedRow, D::Error> {
        Box::deserialize(deserializer).map(PublishedRow::Recorded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Timestamp, ToSpan};
    use proptest::prelude::*;

    fn hours(from: &str, minutes: i64, zone: &str) -> When {
        let zone = zone::named(zone).unwrap();
        let at: Timestamp = from.parse().unwrap();
        let start = ZonedDateTime::new(at, zone);
        let end = start.checked_add(minutes.minutes()).unwrap();
        When::Hours { start, end }
    }

    fn event(when: When) -> Event {
        Event::new(EventId::parse("a").unwrap(), "A", when)
    }

    #[test]
    fn the_second_of_two_equal_local_times_has_its_offset() {
        // Chicago, 1 November 2026: 1:30 is at 6:30 and again at 7:30 UTC.
        for (at, start) in [
            ("2026-11-01T06:30:00Z", "2026-11-01T01:30:00[America/Chicago]"),
            ("2026-11-01T07:30:00Z", "2026-11-01T01:30:00-06[America/Chicago]"),
        ] {
            let when = hours(at, 60, "America/Chicago");
            let snapshot = EventSnapshot::from(&event(when.clone()));
            assert_eq!(snapshot.start, start);
            assert_eq!(snapshot.when(), Some(when));
        }
    }

    #[test]
    fn a_series_starting_in_a_gap_keeps_the_time_of_its_rule() {
        let zone = zone::named("America/Chicago").unwrap();
        let meant = jiff::civil::date(2027, 3, 14).at(2, 30, 0, 0);
        let start = place(meant, &zone).unwrap();
        let repeat = Repeat {
            clock: meant.time(),
            rule: "FREQ=WEEKLY;COUNT=3".parse().unwrap(),
            except: Vec::new(),
            also: Vec::new(),
        };
        let when = When::Hours { end: start.clone(), start };
        let event = Event { repeat: Some(Box::new(repeat)), ..event(when) };
        let again = EventSnapshot::from(&event).event(&event.id).unwrap();
        assert_eq!((again.when, again.repeat), (event.when, event.repeat));
    }

    proptest! {
        #[test]
        fn when_inverts_from_event(second in 0i64..4_000_000_000, minutes in 0i64..5_000, zone in 0usize..600) {
            let names = zone::names();
            let name = &names[zone % names.len()];
            let at = Timestamp::from_second(second / 900 * 900).unwrap().to_string();
            let when = hours(&at, minutes, name);
            let snapshot = EventSnapshot::from(&event(when.clone()));
            let text = serde_json::to_string(&snapshot).unwrap();
            prop_assert_eq!(serde_json::from_str::<EventSnapshot>(&text).unwrap(), snapshot.clone());
            prop_assert_eq!(snapshot.when(), Some(when), "{}", snapshot.start);
        }
    }
}
