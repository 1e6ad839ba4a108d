//! Finds problems that calendar programs have with an iCalendar file (RFC 5545 and known bugs of each program).

use std::collections::{BTreeMap, BTreeSet};

use super::sheet::calendar;
use crate::diagnostic::Severity;
use crate::ical::line::{ContentLine, LONGEST};
use crate::ical::zone;
use crate::model::finding::{ClientProgram, Finding};

/// Most bytes and events that Google Calendar reads of one calendar.
const GOOGLE_BYTES: usize = 1_000_000;
const GOOGLE_EVENTS: usize = 1_000;

/// Counts of a calendar.
#[derive(Default)]
struct CalendarCounts {
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

/// Collected findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn push(&mut self, severity: Severity, programs: &[ClientProgram], text: impl Into<String>) {
        self.0.push(Finding::new(severity, programs, text));
    }

    /// Adds a finding about a number of things, unless it is zero. `#` in the text stands for the number.
    fn count(&mut self, count: usize, severity: Severity, programs: &[ClientProgram], text: &str) {
        if count > 0 {
            self.push(severity, programs, text.replace('#', &count.to_string()));
        }
    }
}

const ALL: &[ClientProgram] = &ClientProgram::CALENDARS;

/// Returns the findings of a calendar.
#[must_use]
pub fn calendar(bytes: &[u8]) -> Vec<Finding> {
    let mut found = Findings::default();
    let Ok(text) = std::str::from_utf8(bytes) else {
        found.push(Severity::Error, ALL, "the calendar is not UTF-8: save it as UTF-8");
        return found.0;
    };
    let text = text.trim_start_matches('\u{feff}');
    let begin = text.trim_start().get(..15).unwrap_or_default();
    if !begin.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        let what = if text.trim_start().starts_with('<') { "a web page" } else { "something" };
        let text = format!("the answer is {what}, and no calendar: it has to begin with BEGIN:VCALENDAR");
        found.push(Severity::Error, ALL, text);
        return found.0;
    }
    let counts = CalendarCounts::new(text);
    check_calendar(text, &counts, &mut found);
    check_events(&counts, &mut found);
    check_zones(&counts, &mut found);
    found.0
}

/// Checks the calendar as a whole.
fn check_calendar(text: &str, counts: &CalendarCounts, found: &mut Findings) {
    use ClientProgram::{Apple, Google, Outlook};
    let has = |name: &str| counts.properties.contains(name);
    if !text.trim_end().ends_with("END:VCALENDAR") {
        found.push(Severity::Error, ALL, "the calendar is cut short: END:VCALENDAR is missing");
    }
    if !has("VERSION") {
        found.push(Severity::Error, &[Outlook, Apple], "VERSION:2.0 is missing (RFC 5545 §3.7.4)");
    }
    if !has("PRODID") {
        found.push(Severity::Warning, &[Outlook], "PRODID is missing (RFC 5545 §3.7.3)");
    }
    if has("METHOD") {
        found.push(Severity::Warning, &[Outlook], "METHOD makes an invitation of a calendar: leave it out");
    }
    if text.len() > GOOGLE_BYTES {
        let (size, most) = (text.len() / 1_000, GOOGLE_BYTES / 1_000);
        let text = format!(
            "{size} kB are more than the {most} kB that are taken: split the calendar by region or topic"
        );
        found.push(Severity::Error, &[Google], text);
    }
    if text.contains('\n') && !text.contains("\r\n") {
        found.push(Severity::Warning, &[Outlook], "lines end with LF alone; RFC 5545 §3.1 wants CRLF");
    }
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    if longest > LONGEST {
        let text =
            format!("the longest line has {longest} octets; RFC 5545 §3.1 wants {LONGEST} at the most");
        found.push(Severity::Note, ALL, text);
    }
}

/// Checks the events.
fn check_events(counts: &CalendarCounts, found: &mut Findings) {
    use ClientProgram::{Apple, Google, Outlook};
    found.count(
        counts.without_uid,
        Severity::Error,
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
        found.push(Severity::Error, &[Google], text);
    }
    found.count(counts.without_start, Severity::Error, ALL, "# events have no DTSTART");
    found.count(
        counts.without_stamp,
        Severity::Warning,
        &[Outlook],
        "# events have no DTSTAMP (RFC 5545 §3.8.7.2)",
    );
    found.count(counts.mixed_forms, Severity::Error, &[Apple, Google], "# series have an EXDATE or RDATE in another form than DTSTART: dates that are cancelled are shown, or the series is not");
    found.count(
        counts.dates_alone,
        Severity::Warning,
        &[Google],
        "# events have an RDATE and no RRULE: only the first date is shown",
    );
    if counts.events > GOOGLE_EVENTS {
        let text =
            format!("{} events: above {GOOGLE_EVENTS} some have been seen to be dropped", counts.events);
        found.push(Severity::Warning, &[Google], text);
    }
    found.count(counts.cancelled, Severity::Note, &[Google], "# cancelled events are hidden");
    found.count(
        counts.alarms,
        Severity::Note,
        &[Google, Outlook],
        "# alarms are ignored: subscribers choose their own",
    );
    if counts.events == 0 {
        found.push(Severity::Note, ALL, "there is no event in it");
    }
}

/// Checks the time zones.
fn check_zones(counts: &CalendarCounts, found: &mut Findings) {
    for name in counts.named.difference(&counts.defined) {
        let shown = crate::diagnostic::visible(name);
        let text = format!("the zone {shown} is used and no VTIMEZONE defines it: times may be hours off");
        match zone::named(name) {
            Some(_) => found.push(Severity::Warning, &[ClientProgram::Outlook], text),
            None => found.push(Severity::Error, ALL, text),
        }
    }
    for name in counts.defined.iter().filter(|name| zone::named(name).is_none()) {
        let shown = crate::diagnostic::visible(name);
        let text = format!("the zone {shown} is no IANA name: use one such as America/Chicago");
        found.push(Severity::Warning, &[ClientProgram::Google], text);
    }
}

impl CalendarCounts {
    fn new(text: &str) -> CalendarCounts {
        let mut counts = CalendarCounts::default();
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

    fn findings(text: &str) -> Vec<String> {
        calendar(text.replace('\n', "\r\n").as_bytes()).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn problems_of_each_program_are_found() {
        let event = "BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART;TZID=America/Chicago:20260512T180000\n\
            RRULE:FREQ=WEEKLY\nEXDATE:20260519T230000Z\nEND:VEVENT\n";
        let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:PUBLISH\n{event}{event}END:VCALENDAR\n");
        let findings = findings(&text);
        for part in [
            "PRODID is missing", "METHOD", "several events, such as a", "another form",
            "America/Chicago is used",
        ] {
            assert!(findings.iter().any(|text| text.contains(part)), "{part}: {findings:?}");
        }
        assert!(calendar(b"<html>")[0].text.contains("a web page"));
        assert_eq!(calendar(&[0xff])[0].severity, Severity::Error);
        assert_eq!(calendar(b"").len(), 1);
    }
}
