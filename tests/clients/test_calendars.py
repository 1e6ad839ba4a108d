"""`/calendar.ics` of both sites, read by other parsers and compared with each row of the table."""

import datetime as dt
import json
import re
import zoneinfo

import icalendar
import pytest
from conftest import node, shown_rows

STATUS = {"cancelled": "CANCELLED: ", "postponed": "POSTPONED: ", "sold out": "SOLD OUT: "}


def expected_of(row, domain):
    """What a row of canonical columns says, read here and not by calcast."""
    zone = zoneinfo.ZoneInfo(row["timezone"] or "UTC") if "T" in row["start"] else None
    title = STATUS.get(row["status"], "") + " ".join(row["title"].split())
    uid = f"{row['id']}@{domain}"
    if zone is None:
        first = dt.date.fromisoformat(row["start"])
        last = dt.date.fromisoformat(row["end"]) if row["end"] else first
        return uid, title, first, last + dt.timedelta(days=1)
    start = dt.datetime.fromisoformat(row["start"])
    end = start
    if row["end"]:
        whole = "T" in row["end"]
        end = dt.datetime.fromisoformat(row["end"] if whole else f"{row['start'][:10]}T{row['end']}")
    utc = [moment.replace(tzinfo=zone).astimezone(dt.timezone.utc) for moment in (start, end)]
    return uid, title, *utc


@pytest.fixture(scope="session")
def expected(site):
    domain = "calendar.dystonia.example.org" if site.folder.name == "sample" else "conferences.example.org"
    rows = shown_rows(site.folder)
    assert len(rows) > 60
    return {row[0]: row for row in (expected_of(row, domain) for row in rows)}


@pytest.fixture(scope="session")
def calendar(site):
    return site.get("/calendar.ics")


def test_lines_are_short_and_end_as_they_must(calendar):
    assert calendar.endswith(b"END:VCALENDAR\r\n")
    lines = calendar.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not [line for line in lines if b"\n" in line or b"\r" in line]


def test_each_uid_stands_once_and_each_zone_is_defined(calendar, expected):
    text = calendar.decode().replace("\r\n ", "")
    uids = re.findall(r"^UID:(.*)\r$", text, re.M)
    assert len(uids) == len(set(uids)) == len(expected)
    named = set(re.findall(r";TZID=([^:;]+)", text))
    defined = re.findall(r"^TZID:(.*)\r$", text, re.M)
    assert named == set(defined) and len(defined) == len(set(defined))


def test_python_icalendar_reads_every_row(calendar, expected):
    parsed = icalendar.Calendar.from_ical(calendar)
    assert parsed.errors == []
    seen = {}
    for event in parsed.walk("VEVENT"):
        assert event.errors == []
        start, end = event.start, event.end
        if isinstance(start, dt.datetime):
            start, end = start.astimezone(dt.timezone.utc), end.astimezone(dt.timezone.utc)
        seen[str(event["UID"])] = (str(event["UID"]), str(event["SUMMARY"]), start, end)
    assert seen == expected


def test_ical_js_reads_every_row(calendar, expected):
    parsed = json.loads(node("ical_js.cjs", calendar))
    assert len(parsed["events"]) == len(expected)
    for event in parsed["events"]:
        uid, title, start, end = expected[event["uid"]]
        assert event["title"] == title
        assert event["all_day"] == (not isinstance(start, dt.datetime))
        read = dt.date.fromisoformat if event["all_day"] else dt.datetime.fromisoformat
        assert (read(event["start"]), read(event["end"])) == (start, end), uid
        assert event["tzid"] is None or event["tzid"] in parsed["zones"]


def test_every_smaller_calendar_parses_too(site):
    sitemap = site.get("/sitemap.xml").decode()
    filters = re.findall(r"<loc>https://[^/]+(/(?:regions|topics)/[^<]+)</loc>", sitemap)
    filters = [address for address in filters if not address.endswith("/articles")]
    events = 0
    for address in filters:
        parsed = icalendar.Calendar.from_ical(site.get(address + ".ics"))
        assert parsed.errors == [] and parsed.calendar_name
        events += len(parsed.walk("VEVENT"))
    assert len(filters) > 20 and events > 100


@pytest.mark.parametrize(("alarm", "before"), [("1h", dt.timedelta(hours=1)), ("2d", dt.timedelta(days=2)), ("45m", dt.timedelta(minutes=45))])
def test_reminders_are_read_by_others(sample, alarm, before):
    calendar = sample.get("/calendar.ics")
    asked = sample.get(f"/f/alarm={alarm}.ics")
    events = icalendar.Calendar.from_ical(asked).walk("VEVENT")
    plain = icalendar.Calendar.from_ical(calendar).walk("VEVENT")
    assert [event["UID"] for event in events] == [event["UID"] for event in plain]
    for event in events:
        alarms = event.walk("VALARM")
        assert len(alarms) == (0 if event["STATUS"] == "CANCELLED" else 1), event["UID"]
        for rings in alarms:
            assert rings["ACTION"] == "DISPLAY" and rings["DESCRIPTION"] == event["SUMMARY"]
            is_timed = isinstance(event["DTSTART"].dt, dt.datetime)
            # Whole days begin at midnight: whoever sleeps then is told at nine in the morning of a day before.
            morning = dt.timedelta(days=max(before.days, 1)) - dt.timedelta(hours=9)
            assert -rings["TRIGGER"].dt == (before if is_timed else morning), event["UID"]
    assert max(map(len, asked.split(b"\r\n"))) <= 75
