"""Random series, seeded, and what three programs make of each: calcast's pages, and two readers of its feed."""

import collections
import csv
import datetime as dt
import json
import random
import subprocess
import zoneinfo

import icalendar
import recurring_ical_events
import zones
from conftest import ROOT, Server, node
from dateutil import rrule

# So long that a page has every day of it.
FROM, TO = dt.date(2026, 1, 1), dt.date(2028, 6, 1)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# Where the clock changes in every way there is, and where it does not.
ZONES = [
    "America/Chicago", "America/New_York", "America/Vancouver", "America/Havana", "America/Sao_Paulo",
    "America/St_Johns", "Europe/Berlin", "Europe/Dublin", "Europe/London", "Africa/Casablanca", "Africa/Cairo",
    "Asia/Beirut", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Sydney",
    "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter", "America/Nuuk", "Antarctica/Troll",
    "UTC",
]

def random_rule(dice):
    """A rule that calendar programs share, without an end."""
    frequency = dice.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"])
    parts = {"FREQ": frequency}
    if dice.random() < 0.4:
        parts["INTERVAL"] = dice.randint(2, 4)
    some_days = lambda most: ",".join(sorted(dice.sample(DAYS, dice.randint(1, most)), key=DAYS.index))
    numbered = lambda: ",".join(
        f"{dice.choice([1, 2, 3, 4, -1, -2])}{day}" for day in dice.sample(DAYS, dice.randint(1, 2))
    )
    month_days = lambda: ",".join(str(day) for day in dice.sample([1, 2, 10, 15, 28, 29, 30, 31, -1, -2], 2))
    months = lambda: ",".join(str(month) for month in sorted(dice.sample(range(1, 13), dice.randint(1, 4))))
    kind = dice.random()
    if frequency == "DAILY":
        if kind < 0.2:
            parts["BYMONTH"] = months()
        elif kind < 0.4:
            parts["BYDAY"] = some_days(4)
        elif kind < 0.5 and "INTERVAL" not in parts:
            parts["BYMONTHDAY"] = month_days()
    elif frequency == "WEEKLY":
        if kind < 0.6:
            parts["BYDAY"] = some_days(4)
        if dice.random() < 0.1:
            parts["BYMONTH"] = months()
    elif frequency == "MONTHLY":
        if kind < 0.35:
            parts["BYDAY"] = numbered()
        elif kind < 0.6:
            parts["BYMONTHDAY"] = month_days()
        elif kind < 0.75:
            parts["BYDAY"] = some_days(5)
            parts["BYSETPOS"] = dice.choice([1, 2, -1])
        elif kind < 0.8:
            parts["BYDAY"], parts["BYMONTHDAY"] = "FR", "13"
    else:
        if kind < 0.3:
            parts["BYMONTH"], parts["BYDAY"] = months(), numbered()
        elif kind < 0.5:
            parts["BYMONTH"], parts["BYMONTHDAY"] = months(), month_days()
        elif kind < 0.6:
            parts["BYDAY"] = f"{dice.choice([1, 20, -1])}{dice.choice(DAYS)}"
        elif kind < 0.7:
            parts["BYMONTH"] = months()
        elif kind < 0.8:
            parts["BYMONTH"], parts["BYDAY"], parts["BYSETPOS"] = months(), some_days(3), dice.choice([1, -1])
    if dice.random() < 0.3:
        parts["WKST"] = dice.choice(DAYS)
    return parts


def changes(name):
    """The days on which the clock of a zone changes, in the years that are looked at."""
    zone = zoneinfo.ZoneInfo(name)
    offset = lambda day: dt.datetime.combine(day, dt.time(), zone).utcoffset()
    days = [FROM + dt.timedelta(days=n) for n in range((TO - FROM).days)]
    return [day for day, after in zip(days, days[1:]) if offset(day) != offset(after)]


CHANGES = {name: changes(name) for name in ZONES}


def random_series(dice, number):
    """A row, the local starts of its first ten months, and how a date of it is written."""
    name = dice.choice(ZONES)
    all_day = dice.random() < 0.15
    while True:
        parts = random_rule(dice)
        text = ";".join(f"{key}={value}" for key, value in parts.items())
        # Every third is on a day on which the clock changes, at an hour at which it may.
        edge = dice.choice(CHANGES[name]) if CHANGES[name] and dice.random() < 0.35 else None
        day = edge or FROM + dt.timedelta(days=dice.randint(0, 500))
        clock = (dice.randint(0, 3), dice.choice([0, 15, 30])) if dice.random() < 0.5 else (dice.randint(0, 23), 30)
        start = dt.datetime.combine(day, dt.time() if all_day else dt.time(*clock))
        first = next(iter(rrule.rrulestr(text, dtstart=start, ignoretz=True)), None)
        if first is not None and first < dt.datetime(2028, 3, 1):
            break
    every = list(rrule.rrulestr(text, dtstart=first, ignoretz=True).between(first, first + dt.timedelta(days=700), inc=True))
    written = lambda at: at.strftime("%Y-%m-%d" if all_day else "%Y-%m-%dT%H:%M")
    ending, last = dice.random(), dice.choice(every)
    if ending < 0.25:
        text += f";COUNT={dice.randint(1, 30)}"
    elif ending < 0.4:
        text += f";UNTIL={last:%Y%m%d}"
    elif ending < 0.5 and not all_day:
        text += f";UNTIL={last.replace(tzinfo=zoneinfo.ZoneInfo(name)).astimezone(dt.timezone.utc):%Y%m%dT%H%M%SZ}"
    elif ending < 0.55 and not all_day:
        text += f";UNTIL={last:%Y%m%dT%H%M%S}"
    to = min(last, first + dt.timedelta(days=300)) if "UNTIL" in text else first + dt.timedelta(days=300)
    dates = list(rrule.rrulestr(text.split(";UNTIL")[0], dtstart=first, ignoretz=True).between(first, to, inc=True))
    row = {"id": f"s{number}", "title": f"Series {number}", "timezone": "" if all_day else name, "repeat": text}
    row["start"] = written(first)
    if all_day:
        row["end"] = written(first + dt.timedelta(days=dice.choice([0, 0, 1, 2])))
    else:
        row["duration"] = dice.choice(["30 min", "90 min", "2 hours", "8 hours", "26 hours"])
    return row, dates, written


def with_exceptions(row, dates, written, dice):
    """Leaves some dates out, adds one, and answers the rows that replace some."""
    all_day = not row["timezone"]
    left_out = []
    if len(dates) > 3 and dice.random() < 0.3:
        left_out = dice.sample(dates[1:], 2)
        row["except"] = ";".join(written(at) for at in left_out)
    if dice.random() < 0.15:
        row["also"] = written(dates[0] + dt.timedelta(days=dice.randint(1, 90), minutes=0 if all_day else 45))
    left = [at for at in dates[1:] if at not in left_out]
    if not left or dice.random() > 0.15:
        return []
    rows = []
    for at in dice.sample(left, min(len(left), dice.randint(1, 3))):
        # A day later, at noon; or another title alone.
        moved = (at + dt.timedelta(days=1)).replace(hour=0 if all_day else 12, minute=0)
        rows.append({
            "id": row["id"], "occurrence": written(at), "title": "Replaced",
            "start": written(moved) if dice.random() < 0.7 else "",
        })
    return rows


def table(seed, count):
    """So many series, as rows; each may have rows that replace some of its dates."""
    dice = random.Random(seed)
    rows = []
    for number in range(count):
        row, dates, written = random_series(dice, number)
        rows += [row, *with_exceptions(row, dates, written, dice)]
    return rows


def site(path, rows):
    path.mkdir()
    (path / "calcast.toml").write_text('past = "all"\nbase_url = "https://series.example.org"\n')
    keys = ["id", "title", "start", "end", "duration", "timezone", "repeat", "except", "also", "occurrence"]
    with (path / "events.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, keys)
        writer.writeheader()
        writer.writerows(rows)
    return path


PROGRAM = ROOT / "target" / "debug" / "examples" / "occurrences"


def by_calcast(folder):
    """The occurrences by the id of their series, as the pages have them."""
    done = subprocess.run([PROGRAM, folder, str(FROM), str(TO)], capture_output=True, text=True, check=True)
    lines = (json.loads(line) for line in done.stdout.splitlines())
    refused = [line for line in done.stderr.splitlines() if "error[" in line]
    return {line["id"]: sorted(map(tuple, line["occurrences"])) for line in lines}, refused


def instant(text):
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.timezone.utc)


def shown(at):
    if isinstance(at, dt.datetime):
        return at.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return at.isoformat()


def by_python(calendar):
    """The same as recurring-ical-events and dateutil find it in the calendar."""
    parts = icalendar.Calendar.from_ical(calendar)
    found = collections.defaultdict(list)
    for event in recurring_ical_events.of(parts).between(FROM, TO + dt.timedelta(days=1)):
        found[str(event["UID"]).split("@")[0]].append((shown(event.start), shown(event.end)))
    return {key: sorted(value) for key, value in found.items()}


def by_ical_js(calendar):
    """The same as ical.js finds it."""
    asked = json.dumps([calendar, str(FROM), str(TO)]).encode()
    found = json.loads(node("ical_js_series.cjs", asked))
    return {uid.split("@")[0]: sorted(map(tuple, value)) for uid, value in found.items()}


def within(found):
    """Without what reaches over the edges of the span, where programs differ on what "between" is."""
    first, last = str(FROM + dt.timedelta(days=3)), str(TO - dt.timedelta(days=3))
    return [pair for pair in found if first <= pair[0] and pair[1] < last]


def shape(rule, day):
    """What a rule of a series that begins on a day of the month has that ical.js reads otherwise than RFC 5545 §3.3.10 has it, if anything."""
    parts = dict(part.split("=") for part in rule.split(";"))
    days = [int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day]
    if parts["FREQ"] == "YEARLY" and not {"BYDAY", "BYMONTHDAY", "BYYEARDAY"} & set(parts):
        # The day is that of the start.
        days = [day]
    numbered = any(len(day) > 2 for day in parts.get("BYDAY", "").split(",") if day)
    if parts["FREQ"] == "YEARLY" and any(abs(day) > 28 for day in days):
        return "a day that a month lacks: \"such recurrence instances MUST be ignored\""
    if parts["FREQ"] == "YEARLY" and days and any(day < 0 for day in days):
        return "BYMONTHDAY from the end of the month"
    if parts["FREQ"] == "YEARLY" and numbered and "BYMONTH" not in parts:
        return "BYDAY numbered within the year"
    if parts["FREQ"] == "YEARLY" and "BYSETPOS" in parts:
        return "BYSETPOS within the year"
    if parts["FREQ"] == "DAILY" and days:
        return "BYMONTHDAY limits a daily rule"
    if parts["FREQ"] == "YEARLY" and "BYDAY" in parts:
        return "BYDAY expands within BYMONTH"
    return None


def explanation(row, ours, theirs):
    """Why the first is right where both differ, by the section of RFC 5545; `None` when that is not clear."""
    if not row["timezone"]:
        return None
    zone = zoneinfo.ZoneInfo(row["timezone"])
    # Of the series, of an added date, and of one that was moved.
    clocks = {row["start"][11:], row.get("also", "")[11:], "12:00"}
    length = instant(ours[0][1]) - instant(ours[0][0])
    only_ours, only_theirs = sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))
    if not only_ours or len(only_ours) != len(only_theirs):
        return None
    reasons = set()
    for (start, end), (other, other_end) in zip(only_ours, only_theirs):
        local = instant(start).astimezone(zone)
        if instant(end) - instant(start) != length:
            return None
        if f"{local:%H:%M}" not in clocks:
            # The hour of the start is skipped: it is counted with the offset before the change.
            before = (instant(start) - dt.timedelta(hours=26)).astimezone(zone).utcoffset()
            meant = f"{instant(start) + before:%H:%M}"
            if meant not in clocks or abs(instant(other) - instant(start)) > dt.timedelta(hours=2):
                return None
            reasons.add("§3.3.5: a local time that the clock skips has the offset before the gap")
        elif start == other:
            local_end = instant(end).astimezone(zone)
            changed = local.utcoffset() != local_end.utcoffset()
            twice = local_end.utcoffset() != local_end.replace(fold=1).utcoffset()
            if not changed and not twice:
                return None
            reasons.add("§3.8.5.3: \"the same exact duration will apply to all the members\"")
        elif local.utcoffset() != local.replace(fold=1).utcoffset():
            reasons.add("§3.3.5: a local time that the clock shows twice is the first")
        else:
            return None
    return "; ".join(sorted(reasons))


def compare(rows, ours, readers):
    """How many series agree with each reader, how many differ for which reason, and those that nothing explains."""
    counts, unexplained = collections.Counter(), []
    for row in (row for row in rows if "occurrence" not in row):
        mine = within(ours[row["id"]])
        seen = {name: within(found.get(row["id"], [])) for name, found in readers.items()}
        reasons = {
            name: None if found == mine or not mine else explanation(row, mine, found) for name, found in seen.items()
        }
        python_agrees = seen["python"] == mine or reasons["python"]
        for name, found in seen.items():
            if found == mine:
                counts[name, "agrees"] += 1
                continue
            rule = row["repeat"].split(";UNTIL")[0].split(";COUNT")[0]
            why = reasons[name]
            found_shape = shape(rule, int(row["start"][8:10]))
            if why is None and name == "ical.js" and python_agrees and found_shape:
                why = f"§3.3.10: {found_shape}"
            if why is None:
                unexplained.append((name, row, sorted(set(mine) ^ set(found))[:6]))
            else:
                counts[name, why] += 1
    return counts, unexplained


def judge(folder, seed, count):
    """So many random series through calcast and both readers, compared."""
    rows = table(seed, count)
    site(folder, rows)
    ours, refused = by_calcast(folder)
    assert refused == [] and len(ours) == count
    assert sum("occurrence" in row for row in rows) > count / 20
    server = Server(folder)
    calendar = server.get("/calendar.ics").decode()
    server.close()
    return compare(rows, ours, {"python": by_python(calendar), "ical.js": by_ical_js(calendar)})
