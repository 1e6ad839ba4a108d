#!/usr/bin/env python3
"""How much of the polling of calendar programs a CDN keeps away from what is behind it.

    python3 benches/polling.py [--subscribers 1000000] [--feeds 400] [--edges 30] [--hours 6]

Each subscriber has one feed: the more popular the fewer there are of them (Zipf). Google fetches a feed once for all who
have it; Outlook, Apple and Thunderbird for each of them, at their own pace and at a fixed phase, through the edge of the
CDN that is nearest to them. An edge keeps a feed for `Cache-Control`'s 900 seconds; after that the next who comes makes
it ask what is behind it, with the tag it has: the answer is 304 unless the feed changed. A shield is one more cache that
all edges ask. Everything is simulated request by request, seeded; nothing is fetched.
"""

import argparse
import collections
import random

TTL = 900
# The share of subscribers, how long between two looks in seconds, and whether it looks once for all of them.
PROGRAMS = {
    "Google Calendar": (0.45, 12 * 3600, True),
    "Outlook": (0.20, 3 * 3600, False),
    "Apple Calendar": (0.30, 3600, False),
    "Thunderbird": (0.05, 1800, False),
}
# Bytes of a whole feed, packed; of a 304 with its headers.
WHOLE, UNCHANGED = 8_000, 350


def requests(arguments, dice):
    """Every request as (second, feed, edge, program)."""
    weights = [1 / rank for rank in range(1, arguments.feeds + 1)]
    feeds = dice.choices(range(arguments.feeds), weights, k=arguments.subscribers)
    for program, (share, period, is_once) in PROGRAMS.items():
        if is_once:
            clients = [(feed, dice.randrange(3)) for feed in range(arguments.feeds)]
        else:
            count = int(arguments.subscribers * share)
            clients = ((feed, dice.randrange(arguments.edges)) for feed in dice.sample(feeds, count))
        for feed, edge in clients:
            # Once an hour on the hour is what many do: a third of the phases are within a minute of it.
            second = dice.uniform(0, 60) if dice.random() < 1 / 3 else dice.uniform(0, period)
            while second < arguments.hours * 3600:
                yield second, feed, edge, program
                second += period


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--feeds", type=int, default=400)
    parser.add_argument("--edges", type=int, default=30)
    parser.add_argument("--hours", type=int, default=6)
    parser.add_argument("--edits", type=int, default=2, help="changes of the sheet in that time; each changes every feed")
    arguments = parser.parse_args()
    dice = random.Random(1)
    edits = sorted(dice.uniform(0, arguments.hours * 3600) for _ in range(arguments.edits))
    version = lambda second: sum(edit <= second for edit in edits)
    edge_fresh, shield_fresh = {}, {}
    counts, seen = collections.Counter(), {}
    second_counts = collections.Counter()
    for second, feed, edge, program in sorted(requests(arguments, dice)):
        counts["all"] += 1
        counts[program] += 1
        second_counts[int(second)] += 1
        if second < edge_fresh.get((feed, edge), -1):
            continue
        edge_fresh[feed, edge] = second + TTL
        counts["to the shield"] += 1
        if second < shield_fresh.get(feed, -1):
            continue
        shield_fresh[feed] = second + TTL
        counts["to the origin"] += 1
        now = version(second)
        counts["whole" if seen.get(feed) != now else "unchanged"] += 1
        seen[feed] = now
    span = arguments.hours * 3600
    print(f"{arguments.subscribers:,} subscribers, {arguments.feeds} feeds, {arguments.edges} edges, {arguments.hours} h, {arguments.edits} edits")
    for program in PROGRAMS:
        print(f"  {program:<16} {counts[program] / span:12,.1f} requests a second")
    print(f"  {'all':<16} {counts['all'] / span:12,.1f} requests a second, at most {max(second_counts.values()):,} in one")
    for name in ["to the shield", "to the origin"]:
        kept = 1 - counts[name] / counts["all"]
        print(f"  {name:<16} {counts[name] / span:12,.2f} requests a second: {kept:.4%} are kept away")
    sent = counts["whole"] * WHOLE + counts["unchanged"] * UNCHANGED
    print(f"  the origin sends {sent / span / 1000:,.2f} kB/s; {counts['whole']:,} whole feeds, {counts['unchanged']:,} times 304")


if __name__ == "__main__":
    main()
