"""Other people's calendars, imported, served, and compared with what they were by two programs that expand series."""

import collections
import csv
import datetime as dt
import io
import json
import os
import re
import subprocess
import warnings

import icalendar
import pytest
import recurring_ical_events
from conftest import BINARY, NEEDS, SHARED, Server

FOLDER = SHARED / "ics"
FILES = sorted(path for path in FOLDER.rglob("*.ics"))
SETTINGS = 'past = "all"\ntimezone = "UTC"\nbase_url = "https://imported.example.org"\nuid_domain = "imported.example.org"\n'
UTC = dt.timezone.utc
BOTH = {"python", "ical.js"}
NO_DATE = "no event of it has a date", BOTH
# What differs, by which of the two, and why it has to.
KNOWN = {
    "biweekly/rfc5545-example2.ics": ("ical.js takes a zone that is not defined, US-Eastern, for UTC", {"ical.js"}),
    "biweekly/rfc5545-example5.ics": NO_DATE,
    "feeds/kigkonsult-icalcreator.ics": ("ical.js takes a zone whose rules end in 2028 for UTC", {"ical.js"}),
    "feeds/localist-bloomington-search.ics": ("Python has no zone called Indiana (East)", {"python"}),
    "feeds/tockify-petaluma-downtown.ics": ("Python refuses the duration P15M, which is meant as minutes", {"python"}),
    "icalendar-py/america_new_york_forward_reference.ics": ("Python stumbles over an event with two starts", {"python"}),
    "icalendar-py/big_bad_calendar.ics": NO_DATE,
    "icalendar-py/bom_calendar.ics": NO_DATE,
    "icalendar-py/broken_ical.ics": ("Python stumbles over an event without a start", {"python"}),
    "icalendar-py/calendar_with_unicode.ics": NO_DATE,
    "icalendar-py/empty.ics": NO_DATE,
    "icalendar-py/issue_348_exception_parsing_value.ics": ("ical.js cannot read it", {"ical.js"}),
    "icalendar-py/issue_526_calendar_with_different_events.ics":
        ("both take Western/Central Europe, a name of Lotus Notes, for UTC", BOTH),
    "icalendar-py/multiple_calendar_components.ics": ("ical.js cannot read it", {"ical.js"}),
    "icalendar-py/rfc_5545_RDATE_example.ics": NO_DATE,
    "icalendar-py/rfc_7529.ics": ("ical.js cannot read it", {"ical.js"}),
    "icalendar-py/rfc_7986_conferences.ics": NO_DATE,
    "icalendar-py/rfc_7986_image.ics": NO_DATE,
    "node-ical/Office-2012-owa.ics": ("both take (UTC-05:00) Eastern Time (US & Canada) and the like for UTC", BOTH),
    "node-ical/bad_custom_ms_tz.ics":
        ("an event in a zone that nobody knows, and one of less than no time, are told and not published", BOTH),
    "node-ical/daily-count-exdate-recurrence-id.ics": ("an end before its start is left out", BOTH),
    "node-ical/event-with-category.ics": NO_DATE,
    "node-ical/exchange_whole_day_moved_recurrence.ics":
        ("ical.js shows a day that was moved at both of its days", {"ical.js"}),
    "node-ical/large-file-with-late-error.ics":
        ("30 February is told and not published; ical.js takes it for 1 March, Python stumbles", BOTH),
    "node-ical/ms_timezones.ics": ("ical.js cannot read it", {"ical.js"}),
    "node-ical/non-utc-until-ny.ics": ("both take an UNTIL by the clock of New York for UTC", BOTH),
    "node-ical/sabredav-school-holidays.ics": ("Python makes hours of days that name a zone", {"python"}),
    "node-ical/utf8-french-calendar.ics": NO_DATE,
    "node-ical/windows-quoted-tz-rrule.ics": ("both take (UTC-05:00) Eastern Time (US and Canada) for UTC", BOTH),
}


def imported(text):
    done = subprocess.run([BINARY, "import", "-"], input=text, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout, done.stderr.decode()


def served(table, folder):
    folder.mkdir()
    (folder / "calcast.toml").write_text(SETTINGS)
    (folder / "events.csv").write_bytes(table)
    server = Server(folder)
    calendar = server.get("/calendar.ics")
    server.close()
    return calendar


def rows(table):
    return list(csv.DictReader(io.StringIO(table.decode())))


def moment(value):
    """A day, or an instant; a time without a zone is told by the clock of the site, which is UTC."""
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def span(text):
    """From before the first date of a calendar until a good year after its last."""
    days = []
    for year, month, day in re.findall(rb"DTSTART.*?:\s*(\d{4})(\d\d)(\d\d)", text):
        days.append(dt.date(int(year), min(int(month), 12), min(int(day), 28)))
    if not days:
        return None
    return min(days) - dt.timedelta(days=2), min(max(days), dt.date(2190, 1, 1)) + dt.timedelta(days=400)


def by_python(text, first, last):
    found = []
    for calendar in icalendar.Calendar.from_ical(text, multiple=True):
        for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(first, last):
            if event.get("STATUS", "") != "CANCELLED":
                start, end = event["DTSTART"].dt, event.get("DTEND")
                found.append((moment(start), moment(end.dt if end else start)))
    return collections.Counter(found)


def by_ical_js(text, first, last):
    environment = {**os.environ, "NODE_PATH": str(NEEDS / "node_modules"), "TZ": "UTC"}
    given = json.dumps([text.decode("utf-8", "replace"), first.isoformat(), last.isoformat()])
    script = os.path.join(os.path.dirname(__file__), "ical_js_spans.cjs")
    done = subprocess.run(["node", script], input=given, capture_output=True, text=True, env=environment, timeout=60)
    if done.returncode:
        return None
    return collections.Counter((start, end) for start, end in json.loads(done.stdout))


def differences(path, folder):
    """What the two programs find in one calendar and not in the other, and the calendar that is served."""
    original = path.read_bytes()
    table, told = imported(original)
    calendar = served(table, folder)
    window, found = span(original), {}
    for name, expand in [("python", by_python), ("ical.js", by_ical_js)]:
        if window is None:
            found[name] = "has no date"
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                was, now = expand(original, *window), expand(calendar, *window)
        except Exception as error:  # noqa: BLE001 whatever another program stumbles over
            found[name] = f"stumbles: {type(error).__name__} {error}"[:120]
            continue
        if was is None or now is None:
            found[name] = "cannot read the original" if was is None else "cannot read ours"
        elif was != now:
            lost, new = sorted((was - now).elements()), sorted((now - was).elements())
            found[name] = f"{len(lost)} lost {lost[:3]}, {len(new)} new {new[:3]}"
    return found, calendar, told


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_calendar_is_the_same_after_its_import(path, tmp_path):
    found, calendar, told = differences(path, tmp_path / "one")
    why, programs = KNOWN.get(str(path.relative_to(FOLDER)), ("nothing should differ", set()))
    assert set(found) == programs, (why, found, told)
    # What calcast serves is imported as it is, again and again.
    once, _ = imported(calendar)
    twice, _ = imported(served(once, tmp_path / "two"))
    assert rows(once) == rows(twice)


def test_what_is_known_to_differ_is_there():
    assert set(KNOWN) <= {str(path.relative_to(FOLDER)) for path in FILES}
    assert len(FILES) >= 80
