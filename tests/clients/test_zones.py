"""The VTIMEZONE of a calendar, read by other people's programs, gives the offsets of the tz database."""

import importlib.resources
import re
import subprocess

import pytest
import zones
from conftest import BINARY, Server


def zone_folder(path, names):
    """A site with an event at both ends of the years in each zone."""
    path.mkdir()
    (path / "calcast.toml").write_text('past = "all"\nbase_url = "https://zones.example.org"\n')
    rows = ["id,title,start,timezone"]
    for number, name in enumerate(names):
        for which, day in (("first", f"{zones.FIRST}-01-01"), ("last", f"{zones.LAST}-12-31")):
            rows.append(f"{number}-{which},{name},{day}T12:00,{name}")
    (path / "events.csv").write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def calendar(tmp_path_factory):
    server = Server(zone_folder(tmp_path_factory.mktemp("zones") / "site", zones.names()))
    text = server.get("/calendar.ics").decode()
    server.close()
    return text


def test_every_name_of_the_database_is_known(calendar):
    defined = set(re.findall(r"^TZID:(.*)\r$", calendar, re.M))
    # UTC has a form of its own, without a zone.
    assert defined == set(zones.names()) - {"UTC"}


def test_the_database_is_the_one_that_everybody_has_now():
    said = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
    assert f"tz database {zones.version()}" in said


def test_the_same_database_in_a_folder_gives_the_same_bytes(calendar, tmp_path):
    folder = importlib.resources.files("tzdata").joinpath("zoneinfo")
    server = Server(zone_folder(tmp_path / "site", zones.names()), "--zoneinfo", str(folder))
    assert f'"tzdata": "{zones.version()}"' in server.get("/healthz").decode()
    other = server.get("/calendar.ics").decode()
    server.close()
    changing = re.compile(r"^(DTSTAMP|CREATED|LAST-MODIFIED):.*$", re.M)
    assert changing.sub("", other) == changing.sub("", calendar)


@pytest.mark.parametrize("name", zones.ODD)
def test_two_readers_see_the_offsets_of_the_database(calendar, name):
    spans = zones.near_changes(name)
    hours, wrong = zones.compared(name, spans, zones.seen_by_all(zones.only_zone(calendar, name), name, spans))
    assert hours > 6_000
    assert wrong == []


def test_offsets_have_no_seconds_and_nothing_is_older_than_it_must_be(calendar):
    assert set(map(len, re.findall(r"^TZOFFSET(?:FROM|TO):(.*)\r$", calendar, re.M))) == {len("+0000")}
    in_zones = "".join(re.findall(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE", calendar, re.S))
    starts = re.findall(r"^DTSTART:(\d{4})", in_zones, re.M)
    assert min(map(int, starts)) >= 1970
    assert not re.search(r"^(COMMENT|TZURL|LAST-MODIFIED|X-)", in_zones, re.M)
