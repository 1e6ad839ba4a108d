"""Time zones as the current tz database has them (PyPI `tzdata`, never the machine's), and as readers of our
VTIMEZONE see them, hour by hour."""

import concurrent.futures
import datetime as dt
import importlib.resources
import io
import itertools
import json
import pathlib
import re
import sys
import zoneinfo

import dateutil.tz
from conftest import node

zoneinfo.reset_tzpath(to=[])

# What a machine says that nobody has set up.
NO_ZONES = {"Factory", "localtime"}
# Names without summer time, which are refused: those who write them would be an hour off for half of the year.
REFUSED = {"EST", "MST"}
# Zones that do something no other does: half an hour of summer time, summer time below standard time or in
# Ramadan, a day that was left out, rules that begin or end within the years, odd minutes, two at once.
ODD = [
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Juba", "America/Asuncion", "America/Boise",
    "America/Caracas", "America/Chihuahua", "America/Ciudad_Juarez", "America/Edmonton", "America/Goose_Bay",
    "America/Havana", "America/Inuvik", "America/Mexico_City", "America/Nuuk", "America/Ojinaga",
    "America/Phoenix", "America/Rainy_River", "America/Sao_Paulo", "America/Scoresbysund", "America/St_Johns",
    "America/Vancouver", "America/Whitehorse", "America/Winnipeg", "Antarctica/Casey", "Antarctica/Davis",
    "Antarctica/Macquarie", "Antarctica/Troll", "Antarctica/Vostok", "Asia/Almaty", "Asia/Amman", "Asia/Beirut",
    "Asia/Damascus", "Asia/Gaza", "Asia/Hebron", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Manila",
    "Asia/Qostanay", "Asia/Tehran", "Australia/Eucla", "Australia/Lord_Howe", "Europe/Chisinau", "Europe/Dublin",
    "Europe/London", "Europe/Volgograd", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter",
    "Pacific/Fiji", "Pacific/Kiritimati", "Pacific/Marquesas", "Pacific/Norfolk", "Pacific/Tongatapu",
    "America/Chicago", "America/Los_Angeles", "America/New_York", "Asia/Tokyo", "Etc/GMT-14", "Etc/GMT+12",
]


def version():
    """The version of the database, as IANA names it."""
    return importlib.resources.files("tzdata").joinpath("zoneinfo/tzdata.zi").read_text().split()[2]


def names():
    """Every name in the database that is read."""
    return sorted(zoneinfo.available_timezones() - NO_ZONES - REFUSED)


FIRST, LAST = 2020, 2037
EPOCH = dt.datetime(1970, 1, 1)


def minutes_at(at):
    """A local time as minutes since 1970 as if it were UTC."""
    return int((at - EPOCH).total_seconds()) // 60


def local(minutes):
    return EPOCH + dt.timedelta(minutes=minutes)


def seconds(offset):
    return offset.days * 86_400 + offset.seconds


def every_hour():
    """All hours of the years."""
    return [range(minutes_at(dt.datetime(FIRST, 1, 1)), minutes_at(dt.datetime(LAST + 1, 1, 1)), 60)]


def near_changes(name):
    """Each hour of the days around each change of a zone, and one hour of every other day."""
    zone = zoneinfo.ZoneInfo(name)
    spans, day, end = [], dt.datetime(FIRST, 1, 1), dt.datetime(LAST + 1, 1, 1)
    while day < end:
        around = {(day + dt.timedelta(days=n)).replace(tzinfo=zone).utcoffset() for n in (-2, -1, 0, 1, 2)}
        first = minutes_at(day)
        spans.append(range(first, first + 24 * 60, 60 if len(around) > 1 else 24 * 60))
        day += dt.timedelta(days=1)
    return spans


def offsets(name, spans):
    """The offset of each local hour that is there once; `None` where the clock skips or repeats it."""
    zone = zoneinfo.ZoneInfo(name)
    for minutes in itertools.chain.from_iterable(spans):
        at = local(minutes).replace(tzinfo=zone)
        offset = at.utcoffset()
        yield seconds(offset) if at.replace(fold=1).utcoffset() == offset else None


def by_dateutil(text, name, spans):
    """What dateutil sees through a VTIMEZONE."""
    zone = dateutil.tz.tzical(io.StringIO(text)).get(name)
    return [seconds(zone.utcoffset(local(minutes))) for minutes in itertools.chain.from_iterable(spans)]


def by_ical_js(text, name, spans):
    """What ical.js sees through it."""
    asked = [text, [[span.start, span.stop, span.step] for span in spans]]
    runs = json.loads(node("ical_js_zone.cjs", json.dumps(asked).encode()))
    return list(itertools.chain.from_iterable(itertools.repeat(offset, count) for count, offset in runs))


def only_zone(calendar, name):
    """A calendar's VTIMEZONE of a name, in a calendar of its own."""
    text = re.search(rf"BEGIN:VTIMEZONE\r\nTZID:{re.escape(name)}\r\n.*?END:VTIMEZONE\r\n", calendar, re.S)[0]
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//a//EN\r\n{text}END:VCALENDAR\r\n"


def seen_by_all(text, name, spans):
    """What each reader sees."""
    return {reader.__name__: reader(text, name, spans) for reader in (by_dateutil, by_ical_js)}


def compared(name, spans, seen):
    """How many hours were compared, and each that some reader sees otherwise than the database."""
    sure = list(offsets(name, spans))
    wrong = []
    for reader, others in seen.items():
        assert len(others) == len(sure)
        wrong += [
            (reader, name, str(local(minutes)), offset, other)
            for minutes, offset, other in zip(itertools.chain.from_iterable(spans), sure, others)
            if offset is not None and offset != other
        ]
    return len(sure) - sure.count(None), wrong


def alike(calendar):
    """The names whose VTIMEZONE says the same, together."""
    together = {}
    for name in names():
        if name != "UTC":
            text = only_zone(calendar, name)
            said = re.sub(r"^(TZID|TZNAME):.*\r\n", "", text, flags=re.M)
            together.setdefault(said, (text, []))[1].append(name)
    return list(together.values())


def sweep(group):
    """Asks the readers for every hour of one VTIMEZONE, and compares each zone that has it."""
    text, known = group
    seen = seen_by_all(text, known[0], every_hour())
    return [(name, *compared(name, every_hour(), seen)) for name in known]


def sweep_all(calendar):
    """Compares every hour of every zone in a calendar, by two processes."""
    total, all_wrong, count = 0, [], 0
    groups = alike(calendar)
    with concurrent.futures.ProcessPoolExecutor(2) as hands:
        for number, results in enumerate(hands.map(sweep, groups), 1):
            for name, hours, wrong in results:
                count += 1
                total += hours
                all_wrong += wrong
            print(f"{number}/{len(groups)} {name}: {count} zones, {total} hours, {len(all_wrong)} differences", flush=True)
    return count, total, all_wrong
