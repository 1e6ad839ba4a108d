"""What takes too long for every run: every hour of every zone, very many series and events, a year of
edits. `make test-long`."""

import pathlib
import sys
import tempfile

import instants
import series
import year
import zones
from conftest import ROOT, Server
from test_zones import zone_folder

RELEASE = ROOT / "target" / "release" / "calcast"


def zones_by_the_hour(folder):
    """The offsets that two readers see through our VTIMEZONE are those of the database."""
    server = Server(zone_folder(folder / "zones", zones.names()))
    calendar = server.get("/calendar.ics").decode()
    server.close()
    count, hours, wrong = zones.sweep_all(calendar)
    print(f"{count} zones, {hours} hours, {len(wrong)} differences (tz database {zones.version()})")
    return wrong


def series_by_the_thousand(folder):
    """Three programs agree on 20,000 random series, or RFC 5545 says why ours are right."""
    unexplained = []
    for seed in range(10):
        counts, wrong = series.judge(folder / f"series-{seed}", seed, 2_000)
        for (reader, why), count in sorted(counts.items()):
            print(f"{count:6} {reader}: {why}")
        print(f"{len(wrong):6} unexplained", flush=True)
        unexplained += wrong
    print(f"20,000 series, {len(unexplained)} unexplained")
    return unexplained


def instants_by_the_million(folder):
    """The instant in the feed is the instant in the table."""
    count, wrong = instants.differences(folder / "instants", 1, 1_000_000, RELEASE)
    print(f"{count} events, {len(wrong)} differences")
    return wrong


def a_year_of_edits(folder):
    """300 edits, crashes among them: a calendar program shows the sheet after each."""
    for seed in (1, 2):
        made = year.live(folder / f"year-{seed}", seed, 300)
        print(*(f"{count:4} {what}" for what, count in sorted(made.items())), sep="\n")
        print(f"seed {seed}: {sum(made.values())} edits, after each of them all agreed", flush=True)
    return []


PARTS = [a_year_of_edits, instants_by_the_million, series_by_the_thousand, zones_by_the_hour]


def main(names):
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            if not names or part.__name__ in names:
                print(part.__doc__, flush=True)
                wrong = part(pathlib.Path(folder))
                print(*wrong[:50], sep="\n", flush=True)
                if wrong:
                    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
