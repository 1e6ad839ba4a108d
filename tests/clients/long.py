"""Tests that take too long for every run: `make test-long`."""

import pathlib
import sys
import tempfile

import day
import frames
import hostile
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


def a_day_of_faults(folder):
    """60 edits, typos, outages and crashes: what is public after each is what the model of held events says."""
    for seed in (1, day.SEED):
        made = day.live(folder / f"day-{seed}", seed, 60)
        print(*(f"{count:4} {what}" for what, count in sorted(made.items())), sep="\n")
        print(f"seed {seed}: {sum(made.values())} steps, after each of them all agreed", flush=True)
    return []


def hostile_at_full_size(folder):
    """Honest clients beside 10,000 idle connections, 200,000 addresses, and who is slow, silent or broken."""
    few = hostile.site(folder / "few", 2_000)
    trusted = ("--trusted-proxy", "127.0.0.0/8")

    def beside(what, attack, allowed, *flags, site=few):
        with hostile.target(site, *flags, binary=RELEASE) as server:
            took = attack(server)
        print(f"{what}: p99 {took * 1e3:.0f} ms", flush=True)
        return [] if took <= allowed else [f"{what}: p99 {took:.3f} s, {allowed} s allowed"]

    wrong = beside("300 heads that never end", lambda server: hostile.slow_heads(server, 300), 0.5)
    wrong += beside("2,000 silent connections", lambda server: hostile.silent(server, 2_000), 1)
    wrong += beside("2,000 clients that vanish", lambda server: hostile.half_open(server, 2_000), 0.5)
    large = hostile.site(folder / "large", 14_000)
    wrong += beside("100 readers who read nothing", lambda server: hostile.slow_readers(server, 100), 0.5, site=large)
    took = hostile.stalled_readers(large, 300, binary=RELEASE)
    print(f"256 descriptors, readers who read nothing: longest {took * 1e3:.0f} ms", flush=True)
    wrong += [f"readers who read nothing: longest {took:.1f} s"] if took > 6 else []
    took = hostile.few_descriptors(few, 400, binary=RELEASE)
    print(f"256 descriptors: p99 {took * 1e3:.0f} ms", flush=True)
    with hostile.target(few, binary=RELEASE) as server:
        print("malformed:", hostile.broken_requests(server, 2, 3_000), flush=True)
    with hostile.target(few, binary=RELEASE) as server:
        grown = hostile.many_addresses(server, 200_000)
    print(f"200,000 addresses: {grown} kB", flush=True)
    # The store of 64 MiB, its addresses, and what the allocator keeps.
    wrong += [f"200,000 addresses: {grown} kB"] if grown > 120_000 else []
    wrong += beside("9 kinds of floods by 3 each", lambda server: frames.floods(server, 3)[0], 1, "--h2c")
    wrong += beside("200 clients without a window", lambda server: frames.stalled(server, 200), 0.5, "--h2c")
    took = frames.connection_limit(few, 400, binary=RELEASE)
    print(f"256 descriptors, clients that stay: p99 {took * 1e3:.0f} ms", flush=True)
    told = frames.idle(few, 200, binary=RELEASE)
    print(f"{told} of 200 idle HTTP/2 clients got GOAWAY", flush=True)
    wrong += [f"{told} of 200 got GOAWAY"] if told < 200 else []
    with hostile.target(few, *trusted, binary=RELEASE) as server:
        each, alone, with_them = hostile.idle(server, 9_990)
    print(f"9,990 idle: {each:.1f} kB each, p99 {alone * 1e3:.2f} ms before, {with_them * 1e3:.2f} ms beside them")
    return wrong + ([f"idle: {each:.1f} kB, {with_them / alone:.1f} times"] if each > 16 or with_them > 2 * alone else [])


PARTS = [hostile_at_full_size, a_year_of_edits, a_day_of_faults, instants_by_the_million,
         series_by_the_thousand, zones_by_the_hour]


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
