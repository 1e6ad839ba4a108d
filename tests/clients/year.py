"""A year of random edits, broken saves and crashes, with two servers of one folder and a calendar program that syncs
after each."""

import csv
import io
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from calendar import timegm

import icalendar
from conftest import BINARY, PATIENCE, Server, now

HEADER = ["id", "title", "start", "end", "timezone", "region", "topic", "location", "status", "description"]
REGIONS = ["USA/Illinois", "USA/Ohio", "Canada/Ontario", "Online"]
TOPICS = ["Support groups", "Webinars", "Walks"]
WORDS = ["Coffee", "Walk", "Webinar", "Circle", "Meeting", "Evening", "Workshop", "Picnic", "Lecture", "Choir"]
PLACES = ["Library", "Town hall", "Clinic", "Park", "Café", ""]
SETTINGS = """title = "A year"
base_url = "https://year.example.org"
timezone = "America/Chicago"
past = "all"
cancelled_days = 9999
[[events]]
file = "events.csv"
[[events]]
file = "unnamed.csv"
"""
LOOKED_AT = ["/calendar.ics", "/regions/usa.ics", "/topics/walks.ics", "/changes.rss", "/changes.json", "/events.rss",
             "/regions/canada/changes.atom", "/"]


class Year:
    """One folder, two servers, one calendar program, and what all of them should show."""

    def __init__(self, folder, seed):
        self.random = random.Random(seed)
        self.site = folder / "site"
        self.site.mkdir(parents=True)
        (self.site / "calcast.toml").write_text(SETTINGS)
        self.rows = {"events.csv": [], "unnamed.csv": []}
        self.keys = 0
        self.uids = {}  # the UID of each row, by a key that the sheet does not have
        self.sequences = {}  # the highest SEQUENCE that each UID ever had
        self.stamps = {}  # DTSTAMP of each UID when it last changed
        self.guids = {}
        self.last = {}
        for _ in range(25):
            self.add()
        self.save()
        self.servers = [Server(self.site, binary=BINARY), Server(self.site, binary=BINARY)]
        self.client = Client(folder / "client", self.servers[0].address)
        self.settle(set(self.uids), "start")

    def close(self):
        for server in self.servers:
            server.close()

    # --- what people do -----------------------------------------------------------------------------------

    def row(self):
        """A row that nothing but its key tells from others."""
        self.keys += 1
        day = 1 + self.random.randrange(27)
        month, hour = self.random.choice([(2027, m) for m in range(1, 13)]), self.random.randrange(8, 21)
        date = f"{month[0]}-{month[1]:02}-{day:02}"
        return {
            "key": self.keys,
            "id": f"row-{self.keys}",
            "title": f"{self.random.choice(WORDS)} {self.keys}",
            "start": f"{date}T{hour:02}:00",
            "end": f"{hour + 1:02}:30",
            "timezone": self.random.choice(["", "America/New_York", "Europe/Berlin"]),
            "region": self.random.choice(REGIONS),
            "topic": self.random.choice(TOPICS),
            "location": self.random.choice(PLACES),
            "status": "",
            "description": "",
        }

    def any_row(self, wanted=lambda row: True):
        rows = [row for rows in self.rows.values() for row in rows if wanted(row)]
        return self.random.choice(rows) if rows else None

    def add(self):
        row = self.row()
        file = self.random.choice(["events.csv", "unnamed.csv"])
        twin = self.random.choice(self.rows["unnamed.csv"] or [None])
        if file == "unnamed.csv" and twin and self.random.random() < 0.5:
            # The same group again, on another day: title and region are no name.
            row |= {"title": twin["title"], "region": twin["region"]}
            starts = {other["start"] for other in self.rows[file]}
            while row["start"] in starts:
                row["start"] = self.row()["start"]
        self.rows[file].append(row)
        return {row["key"]}, "New"

    def move(self):
        row = self.any_row()
        new = self.row()
        row |= {"start": new["start"], "end": new["end"]}
        if self.random.random() < 0.3:
            row["location"] = new["location"]
        return {row["key"]}, None

    def rename(self):
        row = self.any_row()
        row["title"] = f"{self.random.choice(WORDS)} {row['key']} {self.random.randrange(1000)}"
        return {row["key"]}, "Renamed"

    def describe(self):
        row = self.any_row()
        row["description"] = f"Bring {self.random.choice(WORDS)} number {self.random.randrange(10**6)}."
        return {row["key"]}, "Changed"

    def cancel(self):
        row = self.any_row(lambda row: row["status"] != "cancelled")
        row["status"] = "cancelled"
        return {row["key"]}, "Cancelled"

    def reinstate(self):
        row = self.any_row(lambda row: row["status"] == "cancelled")
        if row is None:
            return self.cancel()
        row["status"] = ""
        return {row["key"]}, "Takes place after all"

    def delete(self):
        rows = self.rows[self.random.choice(list(self.rows))]
        if len(rows) < 5:
            return self.add()
        rows.pop(self.random.randrange(len(rows)))
        return set(), None

    def resort(self):
        for rows in self.rows.values():
            self.random.shuffle(rows)
        return set(), None

    def retype(self):
        """Spaces and an empty line, as editors leave them."""
        row = self.any_row()
        row["title"] = f" {row['title'].strip()} "
        return set(), None

    def duplicate(self):
        """A row pasted twice, with its id: refused, until it is taken away again."""
        rows = self.rows["events.csv"]
        self.broken(rows + [dict(rows[0])])
        return set(), None

    def spoil(self):
        """A date that is none."""
        rows = [dict(row) for row in self.rows["events.csv"]]
        self.random.choice(rows)["start"] = "31/02/2027 25:00"
        self.broken(rows)
        return set(), None

    EDITS = [(add, 5), (move, 6), (rename, 4), (describe, 3), (cancel, 3), (reinstate, 3), (delete, 3), (resort, 2),
             (retype, 2), (duplicate, 1), (spoil, 2)]

    def step(self):
        edits, weights = zip(*self.EDITS)
        edit = self.random.choices(edits, weights)[0]
        changed, label = edit(self)
        what = edit.__name__
        if self.random.random() < 0.15:
            what += ", killed"
            self.save_and_kill()
        else:
            self.save()
        self.settle(changed, what, label)
        return what

    # --- saving, and what may go wrong with it --------------------------------------------------------------

    def text(self, name, rows):
        out = io.StringIO()
        header = [column for column in HEADER if name == "events.csv" or column != "id"]
        writer = csv.DictWriter(out, header, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    def save(self):
        """In place, or by a new file that takes the old one's name, as editors do."""
        self.saved, self.wrote = now().timestamp(), False
        for name, rows in self.rows.items():
            text = self.text(name, rows)
            path = self.site / name
            if path.exists() and path.read_text() == text:
                continue
            self.wrote = True
            if self.random.random() < 0.5:
                path.write_text(text)
            else:
                path.with_name(f"{name}.tmp").write_text(text)
                path.with_name(f"{name}.tmp").replace(path)

    def broken(self, rows):
        """What cannot be read changes nothing for anybody."""
        before = [self.tags(server) for server in self.servers]
        saved = now().timestamp()
        (self.site / "events.csv").write_text(self.text("events.csv", rows))
        for server in self.servers:
            health = self.wait(lambda: self.health(server), lambda health: seconds(health["read"]) > saved)
            while health["status"] != "degraded":
                health = self.wait(lambda: self.health(server), lambda health: health["status"] == "degraded")
        assert [self.tags(server) for server in self.servers] == before

    def save_and_kill(self):
        """Kills a server while it writes the lock, or soon after, and starts another."""
        self.save()
        which = self.random.randrange(2)
        server = self.servers[which]
        end = time.monotonic() + self.random.choice([0.3, 0.6, 1.0])
        while time.monotonic() < end:
            if any(name.startswith(".calcast.lock.") for name in os.listdir(self.site)):
                break
        for _ in range(self.random.randrange(2_000)):
            pass
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(PATIENCE)
        server.process.stdout.close()
        self.read_lock()
        self.servers[which] = Server(self.site, binary=BINARY)
        if which == 0:
            self.client.look_at(self.servers[0].address)

    # --- what everybody should see ---------------------------------------------------------------------------

    def settle(self, changed, what, label=None):
        """Waits until both servers have read the sheet, and judges what they and the calendar program show."""
        for server in self.servers if self.wrote else []:
            self.wait(lambda: self.health(server), lambda health: seconds(health["read"]) > self.saved)
        expected = {self.shown(row) for rows in self.rows.values() for row in rows}
        feed = self.wait(lambda: self.feed(self.servers[0]),
                         lambda feed: {event["shown"] for event in feed.values()} == expected)
        self.wait(lambda: [self.tags(server) for server in self.servers], lambda tags: tags[0] == tags[1])
        for server in self.servers:
            assert self.health(server)["status"] == "ok", what
        self.judge_feed(feed, changed, what)
        self.judge_changes(what, label if changed else None)
        assert self.client.sync() == sorted(event["shown"] for event in feed.values()), what
        self.read_lock()
        self.last = feed

    def judge_feed(self, feed, changed, what):
        by_shown = {}
        for uid, event in feed.items():
            by_shown.setdefault(event["shown"], []).append(uid)
        owners = {uid: key for key, uid in self.uids.items()}
        for rows in self.rows.values():
            for row in rows:
                # Two rows that show the same are told apart by nothing.
                [uid] = by_shown[self.shown(row)]
                known = self.uids.setdefault(row["key"], uid)
                assert known == uid, f"{what}: {row} was {known}"
                assert owners.setdefault(uid, row["key"]) == row["key"], f"{what}: {uid} was another's"
                event, sequence = feed[uid], self.sequences.get(uid, -1)
                is_changed = row["key"] in changed
                if uid in self.last:
                    assert event["sequence"] == sequence + is_changed, f"{what}: {row}"
                    assert (event["stamp"] > self.stamps[uid]) == is_changed, f"{what}: {row}"
                else:
                    assert event["sequence"] > sequence, f"{what}: {row}"
                self.sequences[uid], self.stamps[uid] = event["sequence"], event["stamp"]

    def judge_changes(self, what, label):
        items = json.loads(self.servers[0].get("/changes.json"))["items"]
        new = [item for item in items if item["id"] not in self.guids]
        for item in items:
            assert self.guids.setdefault(item["id"], item["title"]) == item["title"], what
        assert len({item["id"] for item in items}) == len(items)
        if label:
            assert any(label.lower() in item["title"].lower() for item in new), (what, new)
        assert len(new) <= 1 or what == "start", (what, new)

    @staticmethod
    def shown(row):
        title, place = " ".join(row["title"].split()), row["location"]
        prefix = "CANCELLED: " if row["status"] == "cancelled" else ""
        date, hour = row["start"].split("T")
        end = f"{date.replace('-', '')}T{row['end'].replace(':', '')}00"
        zone = row["timezone"] or "America/Chicago"
        start = f"{date.replace('-', '')}T{hour.replace(':', '')}00"
        return (prefix + title, start, end, zone, place, row["description"])

    def feed(self, server):
        calendar = icalendar.Calendar.from_ical(server.get("/calendar.ics"))
        events = calendar.walk("VEVENT")
        feed = {str(event["UID"]): {
            "shown": parts(event), "sequence": event["SEQUENCE"], "stamp": event["DTSTAMP"].dt,
        } for event in events}
        assert len(feed) == len(events)
        return feed

    def tags(self, server):
        tags = []
        for target in LOOKED_AT:
            try:
                with urllib.request.urlopen(server.address + target, timeout=PATIENCE) as answer:
                    tags.append((target, answer.headers["ETag"], answer.headers["Last-Modified"]))
            except urllib.error.HTTPError as error:
                tags.append((target, error.code))
        return tags

    def health(self, server):
        return json.loads(server.get("/healthz"))

    def wait(self, ask, wanted):
        start = time.monotonic()
        while not wanted(answer := ask()):
            if time.monotonic() - start > PATIENCE:
                logs = "\n".join(server.log.read_text()[-3000:] for server in self.servers)
                raise AssertionError(f"not settled: {answer}\n{logs}")
            time.sleep(0.02)
        return answer

    def read_lock(self):
        """At every moment the lock is whole: each line is JSON, the first one is the head."""
        lines = (self.site / "calcast.lock").read_bytes()
        assert lines.endswith(b"\n")
        heads = [json.loads(line) for line in lines.splitlines()]
        assert "calcast_lock" in heads[0] and all("calcast_lock" not in line for line in heads[1:])


class Client:
    """A folder that vdirsyncer keeps as the calendar is."""

    def __init__(self, folder, address):
        self.folder, self.calendar = folder, folder / "calendar"
        self.calendar.mkdir(parents=True)
        self.look_at(address)
        self.run("discover")

    def look_at(self, address):
        (self.folder / "config").write_text(
            f'[general]\nstatus_path = "{self.folder}/status"\n'
            '[pair cal]\na = "remote"\nb = "local"\ncollections = null\n'
            f'[storage remote]\ntype = "http"\nurl = "{address}/calendar.ics"\n'
            f'[storage local]\ntype = "filesystem"\npath = "{self.calendar}"\nfileext = ".ics"\n'
        )
        # It looks at another address only after it has discovered it.
        if (self.folder / "status").exists():
            self.run("discover")

    def run(self, command):
        program = pathlib.Path(sys.executable).with_name("vdirsyncer")
        arguments = [program, "-c", self.folder / "config", command]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, input="y\n")
        assert done.returncode == 0, done.stdout + done.stderr

    def fetched(self):
        """The events that it has after it looked."""
        self.run("sync")
        texts = [path.read_text() for path in self.calendar.glob("*.ics")]
        events = [icalendar.Calendar.from_ical(text).walk("VEVENT") for text in texts]
        return [event for [event] in events]

    def sync(self):
        """What it shows after it looked."""
        return sorted(parts(event) for event in self.fetched())


def parts(event):
    start, end = event["DTSTART"], event["DTEND"]
    written = "%Y%m%dT%H%M%S"
    return (str(event["SUMMARY"]), start.dt.strftime(written), end.dt.strftime(written), start.params["TZID"],
            str(event.get("LOCATION", "")), str(event.get("DESCRIPTION", "")))


def seconds(timestamp):
    """The seconds of an RFC 3339 instant, whose fraction may have any length."""
    whole, fraction = re.fullmatch(r"([^.]*)(?:\.(\d+))?Z", timestamp).groups()
    at = time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return timegm(at) + float(f"0.{fraction or 0}")


def live(folder, seed, edits):
    """Lives through so many edits; answers how often each was made."""
    year = Year(folder, seed)
    made = {}
    try:
        for _ in range(edits):
            what = year.step()
            made[what] = made.get(what, 0) + 1
    finally:
        year.close()
    return made
