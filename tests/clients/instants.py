"""Random events, seeded: the instant in the feed is the instant in the table, by `zoneinfo`."""

import datetime as dt
import random
import re
import zoneinfo

import zones
from conftest import BINARY, Server

FIELDS = re.compile(
    rb"^BEGIN:VEVENT\r\nUID:e(\d+)@.*?^DTSTART(?:;TZID=([^:]+))?:(\d{8}T\d{6})(Z?)\r\n"
    rb"(?:DTEND(?:;TZID=[^:]+)?:(\d{8}T\d{6})(Z?)\r\n)?",
    re.M | re.S,
)


def random_events(seed, count):
    """Rows, and the instants of their starts and ends; a fifth is within hours of a change of the clock."""
    dice = random.Random(seed)
    names = [name for name in zones.names() if name != "UTC"]
    utc = dt.timezone.utc
    edges = {}
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        days = [dt.datetime(2020, 1, 1, tzinfo=utc) + dt.timedelta(days=n) for n in range(0, 18 * 366)]
        offsets = [day.astimezone(zone).utcoffset() for day in days]
        edges[name] = [day for day, one, other in zip(days, offsets, offsets[1:]) if one != other]
    for number in range(count):
        # Sheets have few zones: what is remembered of one must be true of all the other times of it.
        if number % 1_000 == 0:
            few = dice.sample(names, 20)
        name = dice.choice(few)
        zone = zoneinfo.ZoneInfo(name)
        if edges[name] and dice.random() < 0.2:
            start = dice.choice(edges[name]) + dt.timedelta(minutes=5 * dice.randint(-36, 36 * 9))
        else:
            start = dt.datetime(2020, 1, 2, tzinfo=utc) + dt.timedelta(minutes=5 * dice.randint(0, 18 * 365 * 288))
        end = start + dt.timedelta(minutes=5 * dice.randint(1, 400))
        written = []
        for at in (start, end):
            local = at.astimezone(zone)
            text = local.strftime("%Y-%m-%dT%H:%M")
            # What the clock shows twice is said with its offset, and so are some others.
            if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() or dice.random() < 0.1:
                minutes = int(local.utcoffset().total_seconds()) // 60
                text += f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
            written.append(text)
        yield f"e{number},Event {number},{written[0]},{written[1]},{name}\n", start, end


def differences(folder, seed, count, binary=BINARY):
    """How many events were compared, and those whose instants differ."""
    folder.mkdir()
    (folder / "calcast.toml").write_text('past = "all"\nbase_url = "https://instants.example.org"\n')
    expected = []
    with (folder / "events.csv").open("w") as table:
        table.write("id,title,start,end,timezone\n")
        for row, start, end in random_events(seed, count):
            table.write(row)
            expected.append((start, end))
    server = Server(folder, binary=binary)
    calendar = server.get("/calendar.ics", patience=3_000)
    server.close()
    wrong, seen = [], set()
    for number, name, start, start_utc, end, end_utc in FIELDS.findall(calendar):
        zone = zoneinfo.ZoneInfo(name.decode()) if name else None
        moments = []
        for text, is_utc in ((start, start_utc), (end, end_utc)):
            at = dt.datetime.strptime(text.decode(), "%Y%m%dT%H%M%S")
            moments.append(at.replace(tzinfo=dt.timezone.utc if is_utc else zone).astimezone(dt.timezone.utc))
        seen.add(int(number))
        if tuple(moments) != expected[int(number)]:
            wrong.append((int(number), name, moments, expected[int(number)]))
    assert len(seen) == count
    return count, wrong
