//! What calendar programs trip over in a calendar of whoever wrote it (RFC 5545, and what is known of each program).

use std::collections::{BTreeMap, BTreeSet};

use super::sheet::calendar;
use crate::ical::line::{ContentLine, LONGEST};
use crate::ical::zone;
use crate::model::finding::{Finding, Program, Weight};

/// The most bytes and events that Google Calendar takes of one calendar.
const GOOGLE_BYTES: usize = 1_000_000;
const GOOGLE_EVENTS: usize = 1_000;

/// What is counted of a calendar on the way through it.
#[derive(Default)]
struct Counts {
    events: usize,
    cancelled: usize,
    alarms: usize,
    properties: BTreeSet<String>,
    uids: BTreeMap<String, usize>,
    without_uid: usize,
    without_stamp: usize,
    without_start: usize,
    dates_alone: usize,
    mixed_forms: usize,
    defined: BTreeSet<String>,
    named: BTreeSet<String>,
}

/// Findings, as they are come to.
#[derive(Default)]
struct Notebook(Vec<Finding>);

impl Notebook {
    fn say(&mut self, weight: Weight, programs: &[Program], text: impl Into<String>) {
        self.0.push(Finding::new(weight, programs, text));
    }

    /// The same of so many, if there are any; `#` in the text is how many.
    fn count(&mut self, count: usize, weight: Weight, programs: &[Program], text: &str) {
        if count > 0 {
            self.say(weight, programs, text.replace('#', &count.to_string()));
        }
    }
}

const ALL: &[Program] = &Program::CALENDARS;

/// Judges a calendar.
#[must_use]
pub fn calendar(bytes: &[u8]) -> Vec<Finding> {
    let mut found = Notebook::default();
    let Ok(text) = std::str::from_utf8(bytes) else {
        found.say(Weight::Fails, ALL, "the calendar is not UTF-8: save it as UTF-8");
        return found.0;
    };
    let text = text.trim_start_matches('\u{feff}');
    let begin = text.trim_start().get(..15).unwrap_or_default();
    if !begin.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        let what = if text.trim_start().starts_with('<') { "a web page" } else { "something" };
        let text = format!("the answer is {what}, and no calendar: it has to begin with BEGIN:VCALENDAR");
        found.say(Weight::Fails, ALL, text);
        return found.0;
    }
    let counts = Counts::of(text);
    whole(text, &counts, &mut found);
    events(&counts, &mut found);
    zones(&counts, &mut found);
    found.0
}

/// What is wrong with the calendar as a whole.
fn whole(text: &str, counts: &Counts, found: &mut Notebook) {
    use Program::{Apple, Google, Outlook};
    let has = |name: &str| counts.properties.contains(name);
    if !text.trim_end().ends_with("END:VCALENDAR") {
        found.say(Weight::Fails, ALL, "the calendar is cut short: END:VCALENDAR is missing");
    }
    if !has("VERSION") {
        found.say(Weight::Fails, &[Outlook, Apple], "VERSION:2.0 is missing (RFC 5545 §3.7.4)");
    }
    if !has("PRODID") {
        found.say(Weight::Trips, &[Outlook], "PRODID is missing (RFC 5545 §3.7.3)");
    }
    if has("METHOD") {
        found.say(Weight::Trips, &[Outlook], "METHOD makes an invitation of a calendar: leave it out");
    }
    if text.len() > GOOGLE_BYTES {
        let (size, most) = (text.len() / 1_000, GOOGLE_BYTES / 1_000);
        let text = format!(
            "{size} kB are more than the {most} kB that are taken: split the calendar by region or topic"
        );
        found.say(Weight::Fails, &[Google], text);
    }
    if text.contains('\n') && !text.contains("\r\n") {
        found.say(Weight::Trips, &[Outlook], "lines end with LF alone; RFC 5545 §3.1 wants CRLF");
    }
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    if longest > LONGEST {
        let text =
            format!("the longest line has {longest} octets; RFC 5545 §3.1 wants {LONGEST} at the most");
        found.say(Weight::Note, ALL, text);
    }
}

/// What is wrong with its events.
fn events(counts: &Counts, found: &mut Notebook) {
    use Program::{Apple, Google, Outlook};
    found.count(
        counts.without_uid,
        Weight::Fails,
        &[Google, Outlook],
        "# events have no UID: they are doubled at each refresh, or dropped",
    );
    let doubled: Vec<&String> =
        counts.uids.iter().filter(|(_, count)| **count > 1).map(|(uid, _)| uid).collect();
    if let Some(first) = doubled.first() {
        let first = crate::diagnostic::visible(first);
        let text = format!(
            "{} UIDs belong to several events, such as {first}: only the last one of each is shown",
            doubled.len()
        );
        found.say(Weight::Fails, &[Google], text);
    }
    found.count(counts.without_start, Weight::Fails, ALL, "# events have no DTSTART");
    found.count(
        counts.without_stamp,
        Weight::Trips,
        &[Outlook],
        "# events have no DTSTAMP (RFC 5545 §3.8.7.2)",
    );
    found.count(counts.mixed_forms, Weight::Fails, &[Apple, Google], "# series have an EXDATE or RDATE in another form than DTSTART: dates that are cancelled are shown, or the series is not");
    found.count(
        counts.dates_alone,
        Weight::Trips,
        &[Google],
        "# events have an RDATE and no RRULE: only the first date is shown",
    );
    if counts.events > GOOGLE_EVENTS {
        let text =
            format!("{} events: above {GOOGLE_EVENTS} some have been seen to be dropped", counts.events);
        found.say(Weight::Trips, &[Google], text);
    }
    found.count(counts.cancelled, Weight::Note, &[Google], "# cancelled events are hidden");
    found.count(
        counts.alarms,
        Weight::Note,
        &[Google, Outlook],
        "# alarms are ignored: subscribers choose their own",
    );
    if counts.events == 0 {
        found.say(Weight::Note, ALL, "there is no event in it");
    }
}

/// What is wrong with its zones.
fn zones(counts: &Counts, found: &mut Notebook) {
    for name in counts.named.difference(&counts.defined) {
        let shown = crate::diagnostic::visible(name);
        let text = format!("the zone {shown} is used and no VTIMEZONE defines it: times may be hours off");
        match zone::named(name) {
            Some(_) => found.say(Weight::Trips, &[Program::Outlook], text),
            None => found.say(Weight::Fails, ALL, text),
        }
    }
    for name in counts.defined.iter().filter(|name| zone::named(name).is_none()) {
        let shown = crate::diagnostic::visible(name);
        let text = format!("the zone {shown} is no IANA name: use one such as America/Chicago");
        found.say(Weight::Trips, &[Program::Google], text);
    }
}

impl Counts {
    fn of(text: &str) -> Counts {
        let mut counts = Counts::default();
        let mut open: Vec<String> = Vec::new();
        let mut event: Vec<ContentLine> = Vec::new();
        for (_, line) in calendar::lines::lines(text) {
            let Some(line) = ContentLine::parse(line.trim_end()) else { continue };
            let (name, value) = (line.name.to_ascii_uppercase(), line.value.trim());
            match (name.as_str(), open.last().map(String::as_str)) {
                ("BEGIN", _) => {
                    counts.alarms += usize::from(value.eq_ignore_ascii_case("VALARM"));
                    if value.eq_ignore_ascii_case("VEVENT") {
                        event.clear();
                    }
                    open.push(value.to_ascii_uppercase());
                }
                ("END", Some("VEVENT")) => {
                    counts.take(&event);
                    open.pop();
                }
                ("END", _) => drop(open.pop()),
                ("TZID", Some("VTIMEZONE")) => drop(counts.defined.insert(value.to_owned())),
                (_, Some("VCALENDAR")) => drop(counts.properties.insert(name)),
                (_, Some("VEVENT")) => event.push(ContentLine { name, ..line }),
                _ => {}
            }
        }
        counts
    }

    fn take(&mut self, event: &[ContentLine]) {
        let first = |name: &str| event.iter().find(|line| line.name == name);
        self.events += 1;
        self.cancelled += usize::from(first("STATUS").is_some_and(|line| line.value.trim() == "CANCELLED"));
        match (first("UID"), first("RECURRENCE-ID")) {
            (None, _) => self.without_uid += 1,
            (Some(uid), None) => *self.uids.entry(uid.value.trim().to_owned()).or_default() += 1,
            (Some(_), Some(_)) => {}
        }
        self.without_stamp += usize::from(first("DTSTAMP").is_none());
        self.dates_alone += usize::from(first("RDATE").is_some() && first("RRULE").is_none());
        let Some(start) = first("DTSTART") else {
            self.without_start += 1;
            return;
        };
        let zone = |line: &ContentLine| {
            line.parameters
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("TZID"))
                .map(|(_, zone)| zone.clone())
        };
        let form = |line: &ContentLine| {
            let value = line.value.trim().split(',').next().unwrap_or_default();
            (value.contains('T'), value.ends_with('Z'), zone(line))
        };
        let others = event.iter().filter(|line| matches!(line.name.as_str(), "EXDATE" | "RDATE"));
        self.mixed_forms += usize::from(others.into_iter().any(|line| form(line) != form(start)));
        self.named.extend(event.iter().filter_map(zone));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        calendar(text.replace('\n', "\r\n").as_bytes()).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn each_program_is_told_what_it_trips_over() {
        let event = "BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART;TZID=America/Chicago:20260512T180000\n\
            RRULE:FREQ=WEEKLY\nEXDATE:20260519T230000Z\nEND:VEVENT\n";
        let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:PUBLISH\n{event}{event}END:VCALENDAR\n");
        let told = told(&text);
        for part in [
            "PRODID is missing", "METHOD", "several events, such as a", "another form",
            "America/Chicago is used",
        ] {
            assert!(told.iter().any(|text| text.contains(part)), "{part}: {told:?}");
        }
        assert!(calendar(b"<html>")[0].text.contains("a web page"));
        assert_eq!(calendar(&[0xff])[0].weight, Weight::Fails);
        assert_eq!(calendar(b"").len(), 1);
    }
}
