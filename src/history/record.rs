//! Events as they stand in `calcast.lock`: the values of the model, as texts that read well in a diff.
//!
//! `EventRecord::from(event)` and `EventRecord::into_event` invert each other. A key without a value is left out, so
//! that a later version can add one without a difference in any line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ZonedDateTime;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::ical::zone;
use crate::link::Link;
use crate::model::event::{Contact, Coordinates, Event, EventId, Status};
use crate::model::repeat::Repeat;
use crate::model::tag::{Tag, TagPath};
use crate::model::when::{When, place};

/// An event without its id. The keys are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EventRecord<'a> {
    #[serde(skip_serializing_if = "is_default")]
    address: Option<Cow<'a, str>>,
    /// Starts added to the series.
    #[serde(skip_serializing_if = "is_default")]
    also: Cow<'a, [DateTime]>,
    #[serde(skip_serializing_if = "is_default")]
    contact: Option<ContactRecord<'a>>,
    /// Latitude and longitude, separated by a semicolon.
    #[serde(skip_serializing_if = "is_default")]
    coordinates: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    cost: Option<Cow<'a, str>>,
    /// Replaced occurrences of the series by their original start.
    #[serde(skip_serializing_if = "is_default")]
    dates: BTreeMap<DateTime, EventRecord<'a>>,
    #[serde(skip_serializing_if = "is_default")]
    description: Cow<'a, str>,
    /// The last day, or the local end, if it differs from the start.
    #[serde(skip_serializing_if = "is_default")]
    end: Option<String>,
    /// Starts excluded from the series.
    #[serde(skip_serializing_if = "is_default")]
    except: Cow<'a, [DateTime]>,
    #[serde(skip_serializing_if = "is_default")]
    image: Option<Cow<'a, str>>,
    /// The venue. In format 2, `place` is venue and street.
    #[serde(skip_serializing_if = "is_default", alias = "place")]
    location: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "is_default")]
    online_url: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "is_default")]
    organizer: Option<ContactRecord<'a>>,
    #[serde(skip_serializing_if = "is_default")]
    regions: Vec<Arc<str>>,
    /// The recurrence rule (RFC 5545 §3.3.10).
    #[serde(skip_serializing_if = "is_default")]
    repeat: Option<String>,
    /// The first day, `2026-05-12`, or the first start, `2026-05-12T18:00:00[America/Chicago]`. The second of two equal
    /// local times has its offset from UTC: `2026-11-01T01:30:00-06[America/Chicago]`.
    start: String,
    /// The status, unless it is confirmed.
    #[serde(skip_serializing_if = "is_default")]
    status: Status,
    title: Cow<'a, str>,
    #[serde(skip_serializing_if = "is_default")]
    topics: Vec<Arc<str>>,
    #[serde(skip_serializing_if = "is_default")]
    updated: Option<Date>,
    #[serde(skip_serializing_if = "is_default")]
    url: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "is_default")]
    verified: Option<Date>,
}

/// A person or organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct ContactRecord<'a> {
    #[serde(skip_serializing_if = "is_default")]
    link: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "is_default")]
    name: Cow<'a, str>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl<'a> From<&'a Event> for EventRecord<'a> {
    fn from(event: &'a Event) -> EventRecord<'a> {
        let Event {
            id: _,
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
        } = event;
        let text = |value: &'a Option<Box<str>>| value.as_deref().map(Cow::Borrowed);
        let link = |value: &'a Option<Link>| value.as_ref().map(|link| Cow::Borrowed(link.as_str()));
        let names = |tags: &[Arc<Tag>]| tags.iter().map(|tag| Arc::clone(&tag.name)).collect();
        let person = |value: &'a Option<Arc<Contact>>| {
            let contact = value.as_deref()?;
            Some(ContactRecord { name: Cow::Borrowed(&contact.name), link: link(&contact.link) })
        };
        let repeat = repeat.as_deref();
        let (start, end) = time_texts(when, repeat);
        EventRecord {
            address: text(address),
            also: repeat.map(|repeat| Cow::Borrowed(&*repeat.also)).unwrap_or_default(),
            contact: person(contact),
            coordinates: coordinates.map(|point| point.to_string()),
            cost: text(cost),
            dates: overrides.iter().map(|(at, other)| (*at, other.into())).collect(),
            description: Cow::Borrowed(description),
            end,
            except: repeat.map(|repeat| Cow::Borrowed(&*repeat.except)).unwrap_or_default(),
            image: link(image),
            location: text(location),
            online_url: link(online_url),
            organizer: person(organizer),
            regions: names(regions),
            repeat: repeat.map(|repeat| repeat.rule.to_string()),
            start,
            status: *status,
            title: Cow::Borrowed(title),
            topics: names(topics),
            updated: *updated,
            url: link(url),
            verified: *verified,
        }
    }
}

impl EventRecord<'_> {
    /// Returns the event; `None` if a value is not as calcast writes it or names an unknown time zone.
    pub(super) fn into_event(self, id: &EventId) -> Option<Event> {
        let when = parse_when(&self.start, self.end.as_deref())?;
        let repeat = match &self.repeat {
            Some(rule) => Some(Box::new(Repeat {
                clock: clock(&self.start, &when)?,
                rule: rule.parse().ok()?,
                except: self.except.into_owned(),
                also: self.also.into_owned(),
            })),
            None => None,
        };
        let dates = self.dates.into_iter().map(|(at, other)| Some((at, other.into_event(id)?)));
        Some(Event {
            id: id.clone(),
            title: (!self.title.is_empty()).then(|| self.title.into())?,
            when,
            repeat,
            overrides: dates.collect::<Option<_>>()?,
            location: self.location.map(Box::from),
            address: self.address.map(Box::from),
            coordinates: optional(self.coordinates, |text| parse_coordinates(&text))?,
            url: link(self.url)?,
            online_url: link(self.online_url)?,
            description: self.description.into(),
            regions: tags(self.regions)?,
            topics: tags(self.topics)?,
            organizer: optional(self.organizer, contact)?,
            contact: optional(self.contact, contact)?,
            status: self.status,
            image: link(self.image)?,
            cost: self.cost.map(Box::from),
            verified: self.verified,
            updated: self.updated,
        })
    }
}

/// Parses a value that may be missing. The outer `None` stands for a value that cannot be parsed.
fn optional<T, V>(value: Option<T>, parse: impl Fn(T) -> Option<V>) -> Option<Option<V>> {
    value.map_or(Some(None), |value| parse(value).map(Some))
}

fn link(text: Option<Cow<'_, str>>) -> Option<Option<Link>> {
    optional(text, |text| Link::parse(&text))
}

fn contact(record: ContactRecord<'_>) -> Option<Arc<Contact>> {
    Some(Arc::new(Contact { name: record.name.into_owned(), link: link(record.link)? }))
}

fn tags(names: Vec<Arc<str>>) -> Option<Vec<Arc<Tag>>> {
    names.into_iter().map(|name| Some(Arc::new(Tag { path: TagPath::parse(&name)?, name }))).collect()
}

fn parse_coordinates(text: &str) -> Option<Coordinates> {
    let (latitude, longitude) = text.split_once(';')?;
    let (latitude, longitude) = (latitude.parse().ok()?, longitude.parse().ok()?);
    let is_valid = |degrees: f64, most: f64| degrees.abs() <= most;
    (is_valid(latitude, 90.0) && is_valid(longitude, 180.0)).then_some(Coordinates { latitude, longitude })
}

/// Parses the time of an event, of a series that of its first occurrence.
fn parse_when(start: &str, end: Option<&str>) -> Option<When> {
    if start.len() == 10 {
        let first: Date = start.parse().ok()?;
        let last = end.map_or(Some(first), |last| last.parse().ok())?;
        return (last >= first).then_some(When::Days { first, last });
    }
    let (start, zone) = start.strip_suffix(']')?.split_once('[')?;
    let zone = zone::named(zone)?;
    let start = parse_local(start, &zone)?;
    let end = end.map_or(Some(start.clone()), |end| parse_local(end, &zone))?;
    (end >= start).then_some(When::Hours { start, end })
}

/// Parses the time of day of a series.
fn clock(start: &str, when: &When) -> Option<Time> {
    match when {
        When::Days { .. } => Some(Time::midnight()),
        When::Hours { .. } => start.get(11..19)?.parse().ok(),
    }
}

/// Returns the start of an event as a text, which identifies it among those of one title.
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

    /// Returns the event as it is read from its line.
    fn again(event: &Event) -> Option<Event> {
        let line = serde_json::to_string(&EventRecord::from(event)).unwrap();
        serde_json::from_str::<EventRecord<'_>>(&line).unwrap().into_event(&event.id)
    }

    #[test]
    fn the_second_of_two_equal_local_times_has_its_offset() {
        // Chicago, 1 November 2026: 1:30 is at 6:30 and again at 7:30 UTC.
        for (at, start) in [
            ("2026-11-01T06:30:00Z", "2026-11-01T01:30:00[America/Chicago]"),
            ("2026-11-01T07:30:00Z", "2026-11-01T01:30:00-06[America/Chicago]"),
        ] {
            let event = event(hours(at, 60, "America/Chicago"));
            assert_eq!(EventRecord::from(&event).start, start);
            assert_eq!(again(&event), Some(event));
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
            except: vec![jiff::civil::date(2027, 3, 21).at(2, 30, 0, 0)],
            also: Vec::new(),
        };
        let when = When::Hours { end: start.clone(), start };
        let event = Event { repeat: Some(Box::new(repeat)), ..event(when) };
        assert_eq!(again(&event), Some(event));
    }

    #[test]
    fn keys_are_sorted_and_those_without_a_value_left_out() {
        let whole = Event {
            location: Some("Library".into()),
            address: Some("1 Main St".into()),
            coordinates: Some(Coordinates { latitude: 41.88, longitude: -87.63 }),
            url: Link::parse("https://example.org/a"),
            description: "Room 2".into(),
            contact: Some(Arc::new(Contact { name: "Ann".to_owned(), link: Link::parse("mailto:a@b.org") })),
            status: Status::SoldOut,
            ..event(hours("2026-11-01T06:30:00Z", 60, "America/Chicago"))
        };
        let line = serde_json::to_string(&EventRecord::from(&whole)).unwrap();
        assert_eq!(
            line,
            r#"{"address":"1 Main St","contact":{"link":"mailto:a@b.org","name":"Ann"},"coordinates":"41.88;-87.63","description":"Room 2","end":"2026-11-01T01:30:00-06","location":"Library","start":"2026-11-01T01:30:00[America/Chicago]","status":"sold out","title":"A","url":"https://example.org/a"}"#
        );
        assert_eq!(again(&whole), Some(whole));
    }

    fn texts() -> impl Strategy<Value = Option<String>> {
        prop::option::of(prop_oneof!["\\PC{1,12}", "[ -~]{1,12}", ".{1,6}"])
    }

    proptest! {
        #[test]
        fn into_event_inverts_from_event(
            second in 0i64..4_000_000_000,
            minutes in 0i64..5_000,
            zone in 0usize..600,
            texts in prop::array::uniform6(texts()),
            degrees in prop::option::of((-90.0f64..90.0, -180.0f64..180.0)),
        ) {
            let names = zone::names();
            let name = &names[zone % names.len()];
            let at = Timestamp::from_second(second / 900 * 900).unwrap().to_string();
            let [location, address, description, cost, url, name_of_contact] = texts;
            let tag = |name: &String| Some(Arc::new(Tag { path: TagPath::parse(name)?, name: Arc::from(name.as_str()) }));
            let event = Event {
                regions: location.iter().filter_map(tag).collect(),
                topics: address.iter().chain(&cost).filter_map(tag).collect(),
                location: location.map(Box::from),
                address: address.map(Box::from),
                description: description.unwrap_or_default().into(),
                cost: cost.map(Box::from),
                url: url.and_then(|text| Link::parse(&format!("https://example.org/{text}"))),
                organizer: name_of_contact.map(|name| Arc::new(Contact { name, link: None })),
                coordinates: degrees.map(|(latitude, longitude)| Coordinates { latitude, longitude }),
                ..event(hours(&at, minutes, name))
            };
            prop_assert_eq!(again(&event), Some(event));
        }
    }
}
