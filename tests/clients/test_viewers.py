"""People in three zones see the sample site in three programs: each shows the local times that there are."""

import datetime as dt
import json
import re
import subprocess
import zoneinfo

import pytest
import series
import zones  # noqa: F401  the database is that of PyPI
from conftest import ROOT, Server, node, rows_of, sample_folder
from test_sync import Client

# From winter into summer, on both sides of the ocean.
FIRST, LAST = "2027-02-01", "2027-04-30"
# Whose law is newer than many programs.
CHANGED_IN_2026 = {"America/Vancouver", "America/Edmonton", "America/Winnipeg", "America/Havana", "Africa/Casablanca"}
VIEWERS = ["America/Chicago", "Europe/Berlin", "Asia/Kathmandu"]


@pytest.fixture(scope="module")
def shown_by_calcast(tmp_path_factory):
    folder = sample_folder(tmp_path_factory.mktemp("viewers") / "site")
    found, _ = series.by_calcast(folder)
    zone = re.search(r'^timezone = "(.*)"', (folder / "calcast.toml").read_text(), re.M)[1]
    names = {row["id"]: row["timezone"] or zone for row in rows_of(folder)}
    titles = {row["id"]: " ".join(row["title"].split()) for row in rows_of(folder)}
    off = {row["id"]: row["status"] for row in rows_of(folder)}
    prefix = {"cancelled": "CANCELLED: ", "postponed": "POSTPONED: ", "sold out": "SOLD OUT: "}
    occurrences = [
        (series.instant(start), prefix.get(off[key], "") + titles[key], names[key])
        for key, pairs in found.items()
        for start, _ in pairs
        if "T" in start
    ]
    server = Server(folder)
    yield server, occurrences
    server.close()


def by_khal(server, viewer, path):
    """khal, after vdirsyncer fetched the calendar."""
    client = Client(path, server.address, viewer)
    client.sync()
    after = (dt.date.fromisoformat(LAST) + dt.timedelta(days=1)).isoformat()
    lines = client.shown(FIRST, after)
    timed = {line for line in lines if len(line) > 16 and line[13:14] == ":"}
    return {line for line in timed if FIRST <= line[:10] <= LAST}


def by_libical(server, viewer, path):
    """libical, which evolution-data-server, GNOME Calendar and KOrganizer are built on."""
    program = ["/usr/bin/python3", ROOT / "tests/clients/libical_view.py", viewer, FIRST, LAST]
    done = subprocess.run(program, input=server.get("/calendar.ics"), capture_output=True, check=True)
    return set(done.stdout.decode().splitlines())


def by_node_ical(server, viewer, path):
    """node-ical, which reads the names of zones and not our VTIMEZONE: it knows what Node knows."""
    asked = json.dumps([server.get("/calendar.ics").decode(), viewer, FIRST, LAST]).encode()
    return set(node("node_ical_view.cjs", asked).decode().splitlines())


def as_node_has_it(occurrences):
    """The same local times by Node's own zones. Where those are older than the law, it shows another hour."""
    asked = json.dumps([[name, at.isoformat()] for at, _, name in occurrences]).encode()
    theirs = json.loads(node("node_offsets.cjs", asked))
    ours = [at.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() for at, _, name in occurrences]
    late = [offset - dt.timedelta(minutes=minutes) for offset, minutes in zip(ours, theirs)]
    assert {name for (_, _, name), by in zip(occurrences, late) if by} <= CHANGED_IN_2026
    return [(at + by, title, name) for (at, title, name), by in zip(occurrences, late)]


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("program", [by_khal, by_libical, by_node_ical])
def test_a_program_shows_the_local_times(shown_by_calcast, program, viewer, tmp_path):
    server, occurrences = shown_by_calcast
    if program is by_node_ical:
        occurrences = as_node_has_it(occurrences)
    local = [(at.astimezone(zoneinfo.ZoneInfo(viewer)), title) for at, title, _ in occurrences]
    expected = {f"{at:%Y-%m-%d %H:%M} {title}" for at, title in local if FIRST <= f"{at:%Y-%m-%d}" <= LAST}
    assert len(expected) > 80
    assert program(server, viewer, tmp_path / "client") == expected
