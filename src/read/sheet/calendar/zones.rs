//! Time zones of a calendar: by name if the name is known, else by its VTIMEZONE (RFC 5545 §3.6.5).

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

use super::lines::{content_lines, parameter};
use crate::ical::line::ContentLine;
use crate::ical::rule::Rule;
use crate::ical::{recur, value, windows, zone};
use crate::model::when::place;

/// Names of zones in Rails, Exchange and Notes.
const OTHER_NAMES: [(&str, &str); 6] = [
    ("eastern time (us & canada)", "America/New_York"),
    ("central time (us & canada)", "America/Chicago"),
    ("mountain time (us & canada)", "America/Denver"),
    ("pacific time (us & canada)", "America/Los_Angeles"),
    ("atlantic time (canada)", "America/Halifax"),
    ("western/central europe", "Europe/Berlin"),
];
/// The first year in which a rule may begin. Programs write that their zones began in 1601.
const FIRST_YEAR: i16 = 1600;

/// A STANDARD or DAYLIGHT part of a VTIMEZONE: the offset that holds from each of its onsets.
#[derive(Clone, Debug, Default)]
struct Observance {
    start: Option<DateTime>,
    to: Option<Offset>,
    rule: Option<Rule>,
    dates: Vec<DateTime>,
}

impl Observance {
    /// Sets the field of a property.
    fn set(&mut self, key: &str, value: &str) {
        match key {
            "DTSTART" => self.start = value::parse_local(value.trim_end_matches('Z')),
            "TZOFFSETTO" => self.to = parse_offset(value),
            "RRULE" => self.rule = value.parse().ok(),
            "RDATE" => {
                let dates =
                    value.split(',').filter_map(|date| value::parse_local(date.trim().trim_end_matches('Z')));
                self.dates.extend(dates);
            }
            _ => {}
        }
    }

    /// Returns the last onset at a local time or before.
    fn onset(&self, at: DateTime) -> Option<DateTime> {
        let start = self.start.filter(|start| *start <= at)?;
        let single = self.dates.iter().copied().filter(|date| *date <= at).max();
        let before = at.date().checked_sub(2.years()).unwrap_or(at.date());
        let by_rule = self.rule.as_ref().filter(|_| start.year() >= FIRST_YEAR).and_then(|rule| {
            let dates = recur::dates(rule, start.date()).from(before);
            dates.map(|day| day.to_datetime(start.time())).take_while(|onset| *onset <= at).last()
        });
        [Some(start), single, by_rule].into_iter().flatten().max()
    }
}

/// The zones that a calendar defines, by their TZID.
#[derive(Clone, Debug, Default)]
pub struct ZoneDefinitions {
    defined: BTreeMap<String, Vec<Observance>>,
    /// IANA names that some programs add.
    named: BTreeMap<String, String>,
    resolved: BTreeMap<String, Option<TimeZone>>,
}

impl ZoneDefinitions {
    /// Reads the definitions of a calendar.
    #[must_use]
    pub fn parse(text: &str) -> ZoneDefinitions {
        let mut all = ZoneDefinitions::default();
        let mut name = String::new();
        let (mut is_inside, mut open): (bool, Option<Observance>) = (false, None);
        for (_, ContentLine { name: key, value, .. }) in content_lines(text) {
            match (key.as_str(), value.to_ascii_uppercase().as_str()) {
                ("BEGIN", "VTIMEZONE") => (is_inside, name) = (true, String::new()),
                ("END", "VTIMEZONE") => is_inside = false,
                _ if !is_inside => {}
                ("BEGIN", "STANDARD" | "DAYLIGHT") => open = Some(Observance::default()),
                ("END", "STANDARD" | "DAYLIGHT") => {
                    all.defined.entry(name.clone()).or_default().extend(open.take());
                }
                ("TZID", _) => name = value,
                ("X-LIC-LOCATION", _) => drop(all.named.insert(name.clone(), value)),
                (key, _) => {
                    if let Some(open) = &mut open {
                        open.set(key, &value);
                    }
                }
            }
        }
        all
    }

    /// Finds the zones of an event. Each is found once, by its offsets in the year of the first event that has it.
    pub fn resolve(&mut self, properties: &[ContentLine], calendar_zone: Option<&TimeZone>) {
        for property in properties.iter().filter(|property| property.name.starts_with("DT")) {
            let Some(name) = parameter(property, "TZID") else { continue };
            if !self.resolved.contains_key(name) {
                let at = value::parse_local(&property.value);
                let zone = zone_by_name(name)
                    .or_else(|| self.with_same_offsets(name, at?.year(), calendar_zone))
                    .or_else(|| zone_by_description(name));
                self.resolved.insert(name.to_owned(), zone);
            }
        }
    }

    /// Returns the zone of a name.
    #[must_use]
    pub fn zone(&self, name: &str) -> Option<TimeZone> {
        match self.resolved.get(name) {
            Some(zone) => zone.clone(),
            None => zone_by_name(name),
        }
    }

    /// Returns the offset of a defined zone at a local time.
    #[must_use]
    pub fn offset(&self, name: &str, at: DateTime) -> Option<Offset> {
        offset(self.defined.get(name)?, at)
    }

    /// Returns the first zone that has the offsets of a definition throughout a year: the one that it names, that of the
    /// calendar, those that Windows names, and those without daylight saving time.
    fn with_same_offsets(&self, name: &str, year: i16, calendar_zone: Option<&TimeZone>) -> Option<TimeZone> {
        let observances = self.defined.get(name)?;
        let days =
            (0..365).filter_map(|day| Date::new(year, 1, 1).ok()?.checked_add(i64::from(day).days()).ok());
        let noons: Vec<DateTime> = days.map(|day| day.at(12, 0, 0, 0)).collect();
        let offsets: Option<Vec<Offset>> = noons.iter().map(|noon| offset(observances, *noon)).collect();
        let offsets = offsets?;
        let named = self.named.get(name).and_then(|name| zone_by_name(name));
        let hours = (-14..=12).filter_map(|hours: i32| zone::named(&format!("Etc/GMT{hours:+}")));
        let common = windows::zones().filter_map(zone::named);
        named.into_iter().chain(calendar_zone.cloned()).chain(common).chain(hours).find(|zone| {
            noons
                .iter()
                .zip(&offsets)
                .all(|(noon, offset)| place(*noon, zone).is_some_and(|there| there.offset() == *offset))
        })
    }
}

/// Parses an offset such as `-0500` or `+053000`.
fn parse_offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with(['+', '-']) { "" } else { "+" };
    strtime::parse("%z", format!("{sign}{text}")).ok()?.offset()
}

fn offset(observances: &[Observance], at: DateTime) -> Option<Offset> {
    let onsets = observances.iter().filter_map(|observance| Some((observance.onset(at)?, observance.to?)));
    let latest = onsets.max_by_key(|(onset, _)| *onset).map(|(_, to)| to);
    // Before every onset the first observance is used.
    latest.or_else(|| observances.first()?.to)
}

/// Returns the zone of a TZID: a name of IANA or Windows, or a path that ends in an IANA name.
fn zone_by_name(name: &str) -> Option<TimeZone> {
    let suffixes = name.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| &name[at + 1..]);
    zone::named(name).or_else(|| suffixes.into_iter().find_map(zone::named))
}

/// Returns the zone of words such as `(UTC+01:00) Amsterdam, Berlin, Bern, Rome`.
fn zone_by_description(name: &str) -> Option<TimeZone> {
    let words = name.rsplit_once(") ").map_or(name, |(_, words)| words).trim();
    let words = words.to_lowercase().replace(" and ", " & ");
    let other = OTHER_NAMES.iter().find(|(other, _)| words == *other);
    let city = || words.split([',', ';']).find_map(|word| zone::of_city(word.trim()));
    other.map(|(_, name)| (*name).to_owned()).or_else(city).and_then(|name| zone::named(&name))
}
