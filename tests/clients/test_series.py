"""Random series: the pages, recurring-ical-events on the feed and ical.js on the feed have the same occurrences,
or RFC 5545 says why ours are right."""

import shutil

import series
from conftest import ROOT, Server

SEED, COUNT = 5545, 600
READERS = ("python", "ical.js")


def test_three_programs_agree_on_random_series(tmp_path):
    counts, unexplained = series.judge(tmp_path / "site", SEED, COUNT)
    assert unexplained == []
    assert sum(counts.values()) == COUNT * len(READERS)
    for reader in READERS:
        assert counts[reader, "agrees"] > COUNT * 0.85, counts


def test_replaced_dates_are_where_they_were_moved_to(tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "tests/sites/changed-dates", folder)
    ours, refused = series.by_calcast(folder)
    assert refused == []
    assert ("2026-05-28T00:00:00Z", "2026-05-28T02:00:00Z") in ours["circle"]
    server = Server(folder)
    calendar = server.get("/calendar.ics").decode()
    server.close()
    assert calendar.count("RECURRENCE-ID") == 5
    for found in (series.by_python(calendar), series.by_ical_js(calendar)):
        for key in ("circle", "walk"):
            assert series.within(found[key]) == series.within(ours[key])
