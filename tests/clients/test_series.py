"""Random series: the pages, recurring-ical-events on the feed and ical.js on the feed have the same occurrences,
or RFC 5545 says why ours are right."""

import series

SEED, COUNT = 5545, 600
READERS = ("python", "ical.js")


def test_three_programs_agree_on_random_series(tmp_path):
    counts, unexplained = series.judge(tmp_path / "site", SEED, COUNT)
    assert unexplained == []
    assert sum(counts.values()) == COUNT * len(READERS)
    for reader in READERS:
        assert counts[reader, "agrees"] > COUNT * 0.85, counts
