//! Common bugs of calendar feeds, one test each: wrong hours, wrong days, broken letters.

use crate::site::{made_of, reading, snapshot, text_at, unfold};

const SETTINGS: &str = "title = \"Pains\"\npast = \"all\"\nbase_url = \"https://example.org\"\n";

fn calendar(rows: &str) -> Vec<String> {
    unfold(&text_at(&snapshot(&made_of(SETTINGS, rows)), "/calendar.ics"))
}

fn values<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    let of = |line: &'a String| {
        let rest = line.strip_prefix(name)?;
        rest.starts_with([';', ':']).then_some(rest)
    };
    lines.iter().filter_map(of).collect()
}

/// The lines of the VTIMEZONE of a name.
fn zone<'a>(lines: &'a [String], name: &str) -> &'a [String] {
    let at = lines.iter().position(|line| *line == format!("TZID:{name}")).unwrap();
    let end = lines[at..].iter().position(|line| line == "END:VTIMEZONE").unwrap();
    &lines[at - 1..=at + end]
}

#[test]
fn every_tzid_has_its_vtimezone() {
    let lines = calendar(
        "id,title,start,timezone\na,A,2027-01-12T18:00,America/Chicago\nb,B,2027-01-12T18:00,Europe/Paris\nc,C,2027-01-13T18:00,Europe/Paris\nd,D,2027-01-13T18:00,UTC\n",
    );
    assert_eq!(values(&lines, "TZID"), [":America/Chicago", ":Europe/Paris"]);
    assert_eq!(values(&lines, "BEGIN").iter().filter(|what| **what == ":VTIMEZONE").count(), 2);
    for start in values(&lines, "DTSTART").iter().filter(|value| value.contains("TZID")) {
        assert!(start.contains("TZID=America/Chicago:") || start.contains("TZID=Europe/Paris:"), "{start}");
    }
}

#[test]
fn a_vtimezone_is_modern_and_reaches_a_year_around_the_events() {
    // Paris had offsets with seconds and a dozen rules before 1970.
    let lines = calendar("id,title,start,timezone\na,A,2027-01-12T18:00,Europe/Paris\n");
    let zone = zone(&lines, "Europe/Paris");
    let starts = values(zone, "DTSTART");
    assert_eq!(starts, [":20251026T030000", ":20260329T020000"]);
    assert!(values(zone, "TZOFFSETTO").iter().all(|offset| offset.len() == ":+0100".len()));
    assert!(values(zone, "RRULE").iter().all(|rule| !rule.contains("UNTIL")));
    // Where there is no rule, every change until a year after the last event is there.
    let lines = calendar("id,title,start,timezone\na,A,2027-06-12T18:00,Asia/Gaza\n");
    let starts = values(self::zone(&lines, "Asia/Gaza"), "DTSTART").join(" ");
    for year in ["2026", "2027", "2028"] {
        assert!(starts.contains(&format!(":{year}")), "{year} is not in {starts}");
    }
}

#[test]
fn a_tzid_is_an_iana_name() {
    let lines = calendar(
        "id,title,start,timezone\na,A,2027-01-12T18:00,Central Standard Time\nb,B,2027-01-12T18:00,W. Europe Standard Time\nc,C,2027-01-12T18:00,utc\nd,D,2027-01-12T18:00,\"\"\n",
    );
    assert_eq!(values(&lines, "TZID"), [":America/Chicago", ":Europe/Berlin"]);
    // The same instant has one form: UTC is no zone.
    assert_eq!(values(&lines, "DTSTART").iter().filter(|value| **value == ":20270112T180000Z").count(), 2);
    for odd in ["EST5EDT4", "CDT", "None", "\"\"\"America/Chicago\"\"\""] {
        let table = format!("id,title,start,timezone\na,A,2027-01-12T18:00,{odd}\n");
        let reading = reading(&made_of(SETTINGS, &table));
        let told: Vec<&str> = reading.diagnostics.iter().map(|fault| fault.code.name()).collect();
        assert_eq!(told, ["unknown-zone"], "{odd}");
    }
}

#[test]
fn a_weekly_meeting_keeps_its_hour_when_the_clock_changes() {
    let table =
        "id,title,start,end,repeat,timezone\na,A,2026-10-20T18:00,20:00,every Tuesday,America/Chicago\n";
    let lines = calendar(table);
    assert_eq!(values(&lines, "DTSTART").last(), Some(&";TZID=America/Chicago:20261020T180000"));
    assert_eq!(values(&lines, "DTEND"), [";TZID=America/Chicago:20261020T200000"]);
    let site = snapshot(&made_of(SETTINGS, table));
    let event = &site.site().events()[0];
    let day = |text: &str| text.parse().unwrap();
    let hours: Vec<String> = event
        .occurrences(day("2026-10-25"), day("2026-11-12"))
        .iter()
        .map(|(when, _)| format!("{} {}", when.local_start(), when.start_instant().unwrap()))
        .collect();
    assert_eq!(
        hours,
        [
            "2026-10-27T18:00:00 2026-10-27T23:00:00Z",
            "2026-11-03T18:00:00 2026-11-04T00:00:00Z",
            "2026-11-10T18:00:00 2026-11-11T00:00:00Z"
        ]
    );
}

#[test]
fn the_last_day_of_the_table_is_the_last_day_of_the_event() {
    let lines = calendar("id,title,start,end\na,A,2026-06-12,2026-06-14\nb,B,2026-06-20,\n");
    assert_eq!(values(&lines, "DTSTART"), [";VALUE=DATE:20260612", ";VALUE=DATE:20260620"]);
    assert_eq!(values(&lines, "DTEND"), [";VALUE=DATE:20260615", ";VALUE=DATE:20260621"]);
    // And back: the exclusive end of a calendar is the inclusive one of a table.
    let mut folder = made_of(&format!("{SETTINGS}[[events]]\nfile = \"events.ics\"\n"), "");
    folder.insert("events.ics", lines.join("\r\n"));
    let again = unfold(&text_at(&snapshot(&folder), "/calendar.ics"));
    assert_eq!(values(&again, "DTEND"), values(&lines, "DTEND"));
}

#[test]
fn an_event_of_several_days_has_whole_days() {
    let lines = calendar("id,title,start,end\na,A,2026-06-12,2026-06-14\n");
    assert!(values(&lines, "DTSTART").iter().all(|value| value.starts_with(";VALUE=DATE:")));
    let table = "id,title,start,end,timezone\na,A,2026-06-12T09:00,2026-06-14T17:00,Europe/Paris\n";
    let reading = reading(&made_of(SETTINGS, table));
    let told: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("type 2026-06-12 in `start` and 2026-06-14 in `end`"), "{told:?}");
}

#[test]
fn lines_are_folded_between_letters() {
    let title = "👩‍👩‍👧‍👦 ÄÖÜ — 北京 ".repeat(12);
    let table = format!("id,title,start,description\na,{title},2026-06-12,\"{}\"\n", "a;b,c\\\n".repeat(60));
    let text = text_at(&snapshot(&made_of(SETTINGS, &table)), "/calendar.ics");
    for line in text.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line}");
        // A fold inside an escape leaves its backslash at the end.
        let backslashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
        assert!(backslashes % 2 == 0, "{line}");
    }
    let lines = unfold(&text);
    assert_eq!(values(&lines, "SUMMARY"), [format!(":{}", title.trim())]);
}

#[test]
fn an_online_event_is_on_both_clocks_and_a_venue_on_its_own() {
    let site = snapshot(&made_of(
        "title = \"Clocks\"\ntimezone = \"America/Chicago\"\n",
        "id,title,start,timezone,location,online_url\nfar,Far,2026-07-12T18:00,Europe/Berlin,,https://example.org/join\nthere,There,2026-07-12T18:00,Europe/Berlin,Town hall,\n",
    ));
    let far = text_at(&site, "/events/far");
    for clock in ["6:00\u{a0}PM CEST", "11:00\u{a0}AM CDT", "4:00\u{a0}PM UTC"] {
        assert!(far.contains(clock), "{clock} is not in {far}");
    }
    let there = text_at(&site, "/events/there");
    assert!(there.contains("6:00\u{a0}PM CEST") && !there.contains("CDT"), "{there}");
}

#[test]
fn one_cancelled_date_does_not_cancel_the_group() {
    let rows = |next: &str| {
        format!(
            "id,occurrence,title,start,end,repeat,status,region\ncircle,,Circle,2026-06-02T18:00,20:00,every Tuesday,{next},USA\ncircle,2026-06-02,,,,,cancelled,\n"
        )
    };
    let settings = "title = \"Circles\"\ntimezone = \"America/Chicago\"\n";
    let site = snapshot(&made_of(settings, &rows("")));
    let page = text_at(&site, "/events/circle");
    assert!(
        page.contains("<dd class=\"big\">Tuesday, June 9, 2026, 6:00\u{a0}PM – 8:00\u{a0}PM CDT</dd>"),
        "{page}"
    );
    assert!(page.contains("Not on Tuesday, June 2, 2026: cancelled."), "{page}");
    assert!(!page.contains("This event is cancelled") && !page.contains("class=\"badge status\""), "{page}");
    assert!(page.contains("https://schema.org/EventScheduled"));
    for address in ["/", "/subscribe"] {
        let card = text_at(&site, address);
        assert!(card.contains("for example Circle, Tuesday, June 9, 2026"), "{card}");
    }
    // A group that is cancelled as a whole is.
    let page = text_at(&snapshot(&made_of(settings, &rows("cancelled"))), "/events/circle");
    assert!(page.contains("This event is cancelled. It does not take place."), "{page}");
}

#[test]
fn a_date_that_moves_has_nothing_of_the_old_place() {
    let site = snapshot(&made_of(
        "timezone = \"America/Chicago\"\n",
        "id,occurrence,title,start,end,repeat,location,address,latitude,longitude,cost\ncircle,,Circle,2026-06-02T18:00,20:00,every Tuesday,Library,1 Old Road,41.9,-87.6,free\ncircle,2026-06-02,,,,,Town hall,,,,\ncircle,2026-06-09,,2026-06-10T18:00,,,,,,,\n",
    ));
    let event = &site.site().events()[0];
    let places: Vec<_> = event
        .overrides
        .values()
        .map(|other| (other.location.as_deref(), other.address.as_deref(), other.coordinates.is_some()))
        .collect();
    assert_eq!(places, [(Some("Town hall"), None, false), (Some("Library"), Some("1 Old Road"), true)]);
    assert!(event.overrides.values().all(|other| other.cost.as_deref() == Some("free")));
}
