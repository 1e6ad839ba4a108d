//! What is remembered of an event beside the spreadsheet: enough to say what changed, and to speak of the
//! event when its row is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ZonedDateTime};
use serde::{Deserialize, Serialize};

use super::codec::instant::local_digits;
use super::event::{Contact, Event, EventId, Status};
use super::placed::says_itself;
use super::repeat::Repeat;
use super::tag::{Tag, TagPath};
use super::when::{When, place};
use crate::digest::Digest;
use crate::ical::zone;
use crate::link::Link;

/// One event as it was last published, in texts that a diff shows well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSnapshot {
    /// Its title.
    pub title: String,
    /// The first day, `2026-05-12`, or the first start, `2026-05-12T18:00:00[America/Chicago]`; with its offset
    /// from UTC where the clock shows that time twice.
    pub start: String,
    /// The last day where it is another, or the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// The rule of a series (RFC 5545 §3.3.10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
    /// Starts of the series that do not take place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<DateTime>,
    /// Starts added to the series.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<DateTime>,
    /// What takes place instead of single starts of the series.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<DateTime, EventSnapshot>,
    /// Venue and street address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether it takes place.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: Status,
    /// Its regions' names.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "super::codec::text::list::deserialize"
    )]
    pub regions: Vec<Arc<str>>,
    /// Its topics' names.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "super::codec::text::list::deserialize"
    )]
    pub topics: Vec<Arc<str>>,
    /// The fingerprint of what else a subscriber would want to hear of: description, links, cost, people.
    #[serde(with = "super::codec::hex")]
    pub rest: u128,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl EventSnapshot {
    /// What is to be remembered of an event.
    #[must_use]
    pub fn of(event: &Event) -> EventSnapshot {
        EventSnapshot::of_one(event, &mut says_itself)
    }

    /// The same of one of many, of which somebody knows whether a local time says which instant it is.
    #[must_use]
    pub fn of_one(event: &Event, says_itself: &mut dyn FnMut(&ZonedDateTime) -> bool) -> EventSnapshot {
        let names = |tags: &[Tag]| tags.iter().map(|tag| Arc::clone(&tag.name)).collect();
        let (start, end) = written(&event.when, event.repeat.as_deref(), says_itself);
        EventSnapshot {
            title: event.title.to_string(),
            start,
            end,
            repeat: event.repeat.as_ref().map(|repeat| repeat.rule.to_string()),
            except: event.repeat.as_ref().map(|repeat| repeat.except.clone()).unwrap_or_default(),
            also: event.repeat.as_ref().map(|repeat| repeat.also.clone()).unwrap_or_default(),
            dates: event.overrides.iter().map(|(at, other)| (*at, EventSnapshot::of(other))).collect(),
            place: event.place(),
            status: event.status,
            regions: names(&event.regions),
            topics: names(&event.topics),
            rest: rest(event, &mut Digest::new()),
        }
    }

    /// When it takes place (first). `None` when the text was not written by calcast, or names a zone that this
    /// one does not know.
    #[must_use]
    pub fn when(&self) -> Option<When> {
        if self.start.len() == 10 {
            let first: Date = self.start.parse().ok()?;
            let last = self.end.as_deref().map_or(Some(first), |last| last.parse().ok())?;
            return (last >= first).then_some(When::Days { first, last });
        }
        let (clock, zone) = self.start.strip_suffix(']')?.split_once('[')?;
        let zone = zone::named(zone)?;
        let start = instant(clock, &zone)?;
        let end = self.end.as_deref().map_or(Some(start.clone()), |end| instant(end, &zone))?;
        (end >= start).then_some(When::Hours { start, end })
    }

    /// The series, with the first time.
    #[must_use]
    pub fn series(&self, when: &When) -> Option<Repeat> {
        let clock = match when {
            When::Days { .. } => Time::midnight(),
            When::Hours { .. } => self.start.get(11..19)?.parse().ok()?,
        };
        let rule = self.repeat.as_deref()?.parse().ok()?;
        Some(Repeat { clock, rule, except: self.except.clone(), also: self.also.clone() })
    }

    /// The event as far as it is remembered.
    #[must_use]
    pub fn event(&self, id: &EventId) -> Option<Event> {
        let when = self.when()?;
        let tags = |names: &[Arc<str>]| {
            let tag = |name: &Arc<str>| Some(Tag { path: TagPath::parse(name)?, name: Arc::clone(name) });
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

    /// Whether it is over before a day. What cannot be read is not.
    #[must_use]
    pub fn is_over_before(&self, day: Date) -> bool {
        // Most are not, and their first day says so.
        let first: Option<Date> = self.start.get(..10).and_then(|day| day.parse().ok());
        if first.is_none_or(|first| first >= day) {
            return false;
        }
        let Some(when) = self.when() else { return false };
        when.last_day() < day
            && self.dates.values().all(|other| other.is_over_before(day))
            && self.series(&when).is_none_or(|repeat| repeat.is_over_before(&when, day))
    }
}

/// The first day or start as it is remembered.
#[must_use]
pub fn start(when: &When, repeat: Option<&Repeat>) -> String {
    written(when, repeat, &mut says_itself).0
}

/// The texts of start and end. The start of a series is the one that its rule means, also where the clock
/// skips it.
fn written(
    when: &When,
    repeat: Option<&Repeat>,
    says_itself: &mut dyn FnMut(&ZonedDateTime) -> bool,
) -> (String, Option<String>) {
    match when {
        When::Days { first, last } => (first.to_string(), (first != last).then(|| last.to_string())),
        When::Hours { start, end } => {
            let name = start.time_zone().iana_name().unwrap_or("UTC");
            let meant = repeat.map(|repeat| start.date().to_datetime(repeat.clock));
            let mut first = match meant.filter(|meant| *meant != start.datetime()) {
                Some(meant) => meant.to_string(),
                None => clock(start, says_itself, name.len() + 2),
            };
            first.push('[');
            first.push_str(name);
            first.push(']');
            (first, (start != end).then(|| clock(end, says_itself, 0)))
        }
    }
}

/// A local time that says which instant it is, with room for so many bytes more.
fn clock(at: &ZonedDateTime, says_itself: &mut dyn FnMut(&ZonedDateTime) -> bool, more: usize) -> String {
    if !says_itself(at) {
        return format!("{}{}", at.datetime(), at.offset());
    }
    let Some(digits) = local_digits(at.datetime()) else { return at.datetime().to_string() };
    let mut text = String::with_capacity(digits.len() + more);
    text.push_str(std::str::from_utf8(&digits).expect("digits are ASCII"));
    text
}

/// The instant of a text of [`clock`].
fn instant(text: &str, zone: &TimeZone) -> Option<ZonedDateTime> {
    let local: DateTime = text.get(..19)?.parse().ok()?;
    match text.get(19..)? {
        "" => place(local, zone),
        offset => {
            let hours: i8 = offset.get(..3)?.parse().ok()?;
            let minutes: i32 = offset.get(4..6).map_or(Some(0), |minutes| minutes.parse().ok())?;
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            let offset = Offset::from_seconds(i32::from(hours) * 3600 + sign * minutes * 60).ok()?;
            let at: Timestamp = offset.to_timestamp(local).ok()?;
            Some(ZonedDateTime::new(at, zone.clone()))
        }
    }
}

/// The fingerprint of what else a subscriber would want to hear of, as [`EventSnapshot::rest`] has it.
/// The digest is used for many.
#[must_use]
pub fn rest(event: &Event, digest: &mut Digest) -> u128 {
    let Event { coordinates, url, online_url, description, organizer, contact, image, cost, .. } = event;
    digest.clear();
    digest.optional(coordinates.map(|c| format!("{};{}", c.latitude, c.longitude)).as_deref());
    for link in [url, online_url, image] {
        digest.optional(link.as_ref().map(Link::as_str));
    }
    digest.text(description);
    for party in [organizer, contact] {
        digest.optional_parts(party.as_deref().map(Contact::parts));
    }
    digest.optional(cost.as_deref());
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
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
    fn a_time_that_the_clock_shows_twice_says_which() {
        // Chicago, 1 November 2026: 1:30 is at 6:30 and again at 7:30 UTC.
        for (at, start) in [
            ("2026-11-01T06:30:00Z", "2026-11-01T01:30:00[America/Chicago]"),
            ("2026-11-01T07:30:00Z", "2026-11-01T01:30:00-06[America/Chicago]"),
        ] {
            let when = hours(at, 60, "America/Chicago");
            let facts = EventSnapshot::of(&event(when.clone()));
            assert_eq!(facts.start, start);
            assert_eq!(facts.when(), Some(when));
        }
    }

    #[test]
    fn a_series_that_begins_in_a_gap_is_the_one_its_rule_means() {
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
        let again = EventSnapshot::of(&event).event(&event.id).unwrap();
        assert_eq!((again.when, again.repeat), (event.when, event.repeat));
    }

    proptest! {
        #[test]
        fn when_undoes_of(second in 0i64..4_000_000_000, minutes in 0i64..5_000, zone in 0usize..600) {
            let names = zone::names();
            let name = &names[zone % names.len()];
            let at = Timestamp::from_second(second / 900 * 900).unwrap().to_string();
            let when = hours(&at, minutes, name);
            let facts = EventSnapshot::of(&event(when.clone()));
            let text = serde_json::to_string(&facts).unwrap();
            prop_assert_eq!(serde_json::from_str::<EventSnapshot>(&text).unwrap(), facts.clone());
            prop_assert_eq!(facts.when(), Some(when), "{}", facts.start);
        }
    }
}
