"""A day of edits, typos, outages and crashes in random order, and a model that says what must be public after each step.

Two servers and `export --watch` publish one folder: a table with ids, one without, and two on the network.
"""

import http.server
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace

import icalendar
from conftest import BINARY, PATIENCE, Server, now
from year import Client, seconds

BASE = "https://day.example.org"
SEED = int(os.environ.get("CALCAST_DAY_SEED", 101))
COLUMNS = "id,title,start,timezone,region,repeat,status,private,description"
SIGN_IN = "<!doctype html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>"
# Typos that make a row unreadable: the column, and what is in it.
TYPOS = [("start", "2027-02-31T18:00"), ("start", "2027-05-04T25:99"), ("start", "soon"), ("timezone", "Mars/Olympus"),
         ("repeat", "every blursday"), ("status", "canceld?")]
# What a table may be instead of itself, by where it is.
FILES = ["sign-in", "empty", "other", "cut", "missing"]
ANSWERS = ["503", "sign-in", "empty", "other", "half"]
# Settings with an error, and which tables keep what they had: all, one, or none.
SETTINGS = {"syntax": ("title = \"A\n", "all"), "zone": ("timezone = \"Mars/Olympus\"\n", "all"),
            "colour": ("color = \"7\"\n", None), "encoding": ("encoding = \"morse\"\n", "plain.csv")}


@dataclass(frozen=True)
class Row:
    """A row as it is in the table."""

    version: int
    status: str = ""
    typo: tuple | None = None
    is_private: bool = False

    @property
    def has_other_id(self):
        return self.typo is not None and self.typo[0] == "id"


class Table:
    def __init__(self, name, prefix, modes):
        self.name, self.prefix, self.modes = name, prefix, modes
        self.rows, self.mode, self.cut, self.lost = {}, None, None, {}

    def text(self):
        whole = self.calendar() if self.name.endswith(".ics") else self.sheet()
        match self.mode:
            case "sign-in":
                return SIGN_IN
            case "other":
                return "Dear all,\nthe meeting is on Monday.\n"
            case "empty":
                return ""
            case "cut":
                # In the cell of a date, above the last row.
                return whole[:whole.index(",2027", whole.index(f"{self.cut},"))] + ",2027-0"
        return whole

    def sheet(self):
        columns = COLUMNS if self.name != "plain.csv" else COLUMNS.removeprefix("id,")
        lines = [columns]
        for key, row in self.rows.items():
            number = int(re.sub(r"\D", "", key))
            cells = {"id": key, "title": f"{key} v{row.version}", "start": start(number), "region": "USA",
                     "status": row.status, "private": "yes" if row.is_private else ""}
            if self.name == "plain.csv":
                cells |= {"title": key, "description": f"v{row.version}"}
            cells |= dict([row.typo] if row.typo else [])
            lines.append(",".join(cells.get(column, "") for column in columns.split(",")))
        return "\n".join(lines) + "\n"

    def calendar(self):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//day//EN"]
        for key, row in self.rows.items():
            at = start(int(re.sub(r"\D", "", key))).replace("-", "").replace(":", "") + "00Z"
            lines += ["BEGIN:VEVENT", f"UID:{key}", "DTSTAMP:20260101T000000Z", f"SUMMARY:{key} v{row.version}",
                      f"DTSTART:{'2027-soon' if row.typo else at}"]
            lines += [f"STATUS:{row.status.upper()}"] if row.status else []
            lines += ["CLASS:PRIVATE"] if row.is_private else []
            lines += ["END:VEVENT"]
        return "\r\n".join([*lines, "END:VCALENDAR", ""])


def start(number):
    return f"2027-{1 + number // 28 % 12:02}-{1 + number % 28:02}T{8 + number % 12:02}:00"


class Model:
    """Which version of each event must be public: the specification of what is held back, in short."""

    def __init__(self, tables):
        self.tables, self.public, self.home, self.held = tables, {}, {}, set()

    def load(self, setting, is_accepted=False):
        """Predicts the events, with version and status, after the folder is read."""
        holds = SETTINGS[setting][1] if setting else None
        self.held = set()
        for table in self.tables:
            known = {key for key in self.public if self.home[key] == table.name}
            if table.mode or holds in ("all", table.name):
                self.held |= known
                continue
            is_stray = False
            for key, row in table.rows.items():
                if row.has_other_id:
                    is_stray = True
                elif row.is_private:
                    self.public.pop(key, None)
                elif not row.typo:
                    self.public[key], self.home[key] = (row.version, row.status), table.name
                elif key not in known:
                    is_stray = True
                else:
                    self.held.add(key)
                    is_off = row.status and row.typo[0] != "status"
                    self.public[key] = (self.public[key][0], row.status if is_off else self.public[key][1])
            missing = known - {key for key, row in table.rows.items() if not row.has_other_id}
            expected = {key for key in known if key in self.public and self.public[key][1] != "cancelled"}
            gone = len(missing & expected)
            if is_stray or (gone >= 10 and gone * 2 > len(expected) and not is_accepted):
                self.held |= missing
            else:
                for key in missing:
                    del self.public[key]


class Network(http.server.ThreadingHTTPServer):
    """The tables on the network, as long as they answer."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.tables, self.requests = {}, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def address(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        mode, text = self.server.tables[self.path[1:]]
        body = text.encode()
        self.send_response(503 if mode == "503" else 200)
        kind = "html" if mode == "sign-in" else "calendar" if self.path.endswith(".ics") else "csv"
        self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if mode == "half" else body)

    def log_message(self, *_):
        pass


class Day:
    """One folder, who publishes it, and a calendar program."""

    def __init__(self, folder, seed):
        print(f"CALCAST_DAY_SEED={seed}", flush=True)
        self.random, self.site, self.folder = random.Random(seed), folder / "site", folder
        self.site.mkdir(parents=True)
        self.network = Network()
        self.tables = [Table("events.csv", "walk", FILES), Table("plain.csv", "talk", FILES[:3] + FILES[4:]),
                       Table("sheet.csv", "tour", ANSWERS), Table("others.ics", "choir", ANSWERS)]
        self.model, self.setting, self.count, self.version = Model(self.tables), None, 0, 1
        self.before, self.feed_before, self.is_fallback = {}, {}, False
        for table in self.tables:
            for _ in range(13):
                self.add(table)
        self.save()
        self.model.load(None)
        self.servers = [self.serve(), self.serve()]
        self.watch = self.export(subprocess.Popen, "watched", "--watch")
        self.client = Client(folder / "client", self.servers[0].address)
        self.judge("start")

    def serve(self):
        return Server(self.site, "--base-url", BASE, binary=BINARY)

    def export(self, run, to, *flags):
        command = [BINARY, "export", self.site, "--to", self.folder / to, "--base-url", BASE, *flags]
        return run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self):
        self.watch.terminate()
        self.watch.wait(PATIENCE)
        for server in self.servers:
            server.close()
        self.network.shutdown()

    # --- what happens ----------------------------------------------------------------------------------------

    def table(self):
        table = self.random.choice(self.tables)
        if table.mode == "cut":
            table.mode = None
        return table

    def add(self, table=None, **fields):
        table = table or self.table()
        self.count += 1
        table.rows[f"{table.prefix}{self.count}"] = Row(self.version, **fields)

    def add_with_typo(self):
        self.add(typo=self.random.choice(TYPOS[:3]))

    def change(self, table=None, **fields):
        table = table or self.table()
        key = self.random.choice(list(table.rows)[1:])
        table.rows[key] = replace(table.rows[key], version=self.version, **fields)

    def edit(self):
        self.change(typo=None)

    def spoil(self):
        self.change(typo=self.random.choice(TYPOS))

    def cancel(self):
        self.change(status=self.random.choice(["cancelled", "cancelled", ""]))

    def cancel_with_typo(self):
        self.change(status="cancelled", typo=self.random.choice(TYPOS[:5]))

    def withdraw(self):
        self.change(is_private=True, typo=self.random.choice([None, TYPOS[0]]))

    def mend(self):
        table = self.table()
        table.rows = {key: replace(row, typo=None, is_private=False) for key, row in table.rows.items()}

    def spoil_id(self):
        """An id becomes that of the first row, which nothing ever happens to."""
        table = self.random.choice([table for table in self.tables if table.name in ("events.csv", "sheet.csv")])
        table.mode = None if table.mode == "cut" else table.mode
        self.change(table, typo=("id", next(iter(table.rows))), status="", is_private=False)

    def delete(self):
        rows = self.table().rows
        if len(rows) > 2:
            del rows[self.random.choice(list(rows)[1:])]

    def delete_most(self):
        table = self.table()
        table.lost |= table.rows
        table.rows = dict(list(table.rows.items())[:2])

    def accept(self):
        if self.setting is None and all(table.mode is None for table in self.tables):
            subprocess.run([BINARY, "lock", self.site, "--accept"], capture_output=True, check=True, timeout=120)
            self.model.load(None, is_accepted=True)
            for table in self.tables:
                table.lost = {}

    def outage(self):
        table = self.random.choice(self.tables)
        table.mode = self.random.choice(table.modes)
        if table.mode == "cut":
            whole = [key for key, row in list(table.rows.items())[1:-1] if row == Row(row.version)]
            table.cut = self.random.choice(whole) if self.setting is None and whole else None
            table.mode = table.mode if table.cut and table.cut in self.model.public else "sign-in"

    def recover(self):
        for table in self.tables:
            table.mode, table.rows, table.lost = None, table.lost | table.rows, {}

    def spoil_settings(self):
        self.setting = self.random.choice(list(SETTINGS))

    def mend_settings(self):
        self.setting, self.is_fallback = None, False

    def restart(self):
        which = self.random.randrange(2)
        self.servers[which].close()
        self.replace(which)

    def kill(self):
        """Kills a server while it reads a new row, or soon after."""
        self.add()
        self.save()
        time.sleep(self.random.choice([0.1, 0.3, 0.5, 0.8]))
        which = self.random.randrange(2)
        process = self.servers[which].process
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        process.stdout.close()
        self.replace(which)

    def replace(self, which):
        self.servers[which] = self.serve()
        self.is_fallback = self.setting == "syntax"
        if which == 0:
            self.client.look_at(self.servers[0].address)

    EVENTS = [(edit, 5), (add, 3), (add_with_typo, 2), (spoil, 5), (cancel, 2), (cancel_with_typo, 2), (withdraw, 2),
              (mend, 3), (spoil_id, 2), (delete, 4), (delete_most, 3), (accept, 2), (outage, 4), (recover, 3),
              (spoil_settings, 3), (mend_settings, 4), (restart, 2), (kill, 2)]

    def step(self):
        self.version += 1
        events, weights = zip(*self.EVENTS)
        event = self.random.choices(events, weights)[0]
        event(self)
        self.save()
        self.model.load(self.setting)
        state = [f"{table.name} {table.mode}" for table in self.tables if table.mode]
        state += [f"settings {self.setting or 'fine'}"]
        self.judge(f"{event.__name__} ({', '.join(state)})")
        return event.__name__

    def save(self):
        self.saved = now().timestamp()
        sources = [self.network.address(t.name) if t.modes is ANSWERS else t.name for t in self.tables]
        line, holds = SETTINGS[self.setting] if self.setting else ("", None)
        text = "" if holds == "plain.csv" else line
        text += "title = \"A day\"\npast = \"all\"\ncancelled_days = 9999\n" if self.setting != "syntax" else ""
        text += "timezone = \"America/Chicago\"\n" if self.setting != "zone" else ""
        for table, source in zip(self.tables, sources):
            text += f"[[events]]\nfile = \"{source}\"\n" + (line if holds == table.name else "")
        self.write("calcast.toml", text)
        for table in self.tables:
            if table.modes is ANSWERS:
                self.network.tables[table.name] = (table.mode, table.text())
            elif table.mode == "missing":
                (self.site / table.name).unlink(missing_ok=True)
            else:
                self.write(table.name, table.text())

    def write(self, name, text):
        path = self.site / name
        if path.exists() and path.read_text() == text:
            return
        # By a new file that takes the old one's name, or in place.
        new = path.with_name(f"{name}.tmp") if self.random.random() < 0.5 else path
        new.write_text(text)
        new.replace(path)

    # --- what must be public ---------------------------------------------------------------------------------

    def judge(self, what):
        print(what, flush=True)
        requests = self.network.requests
        for server in self.servers:
            server.process.send_signal(signal.SIGHUP)
        for server in self.servers:
            health = self.wait(lambda: self.health(server), lambda health: seconds(health["read"]) > self.saved)
            feed = self.feed(server.get("/calendar.ics"))
            assert shown(feed) == self.model.public, self.difference(what, feed)
            # While no setting can be read, a running server keeps the snapshot of before as a whole.
            assert self.setting == "syntax" or health["held"] == len(self.model.held), (what, health, self.model.held)
            self.judge_page(server, feed, what)
        self.judge_numbers(feed, what)
        if not self.is_fallback:
            self.wait(lambda: [self.tag(server) for server in self.servers], lambda tags: tags[0] == tags[1])
            assert len({server.get("/calendar.ics") for server in self.servers}) == 1, what
        done = self.export(subprocess.run, "exported")
        if self.setting == "syntax":
            assert done.returncode == 1, what
        exported = [self.folder / to / "calendar.ics" for to in ["exported", "watched"]]
        for path in exported:
            self.wait(lambda: shown(self.feed(path.read_bytes())) if path.exists() else None,
                      lambda feed: feed == self.model.public)
        titles = sorted(str(event["SUMMARY"]) for event in feed.values())
        assert sorted(str(event["SUMMARY"]) for event in self.client.fetched()) == titles, what
        assert self.watch.poll() is None, what
        # Replicas that answer each other's writes for ever would ask the network for ever.
        assert self.network.requests - requests <= 40, (what, self.network.requests - requests)

    def judge_numbers(self, feed, what):
        """SEQUENCE and DTSTAMP change with what is shown, and with nothing else."""
        for key, event in feed.items():
            known, was, shown = self.feed_before.get(key), self.before.get(key), self.model.public[key]
            if known and was == shown:
                assert numbers(event) == numbers(known), (what, key)
            elif known and was:
                assert event["SEQUENCE"] == known["SEQUENCE"] + 1 and numbers(event)[1] > numbers(known)[1], (what, key)
            elif known:
                assert event["SEQUENCE"] > known["SEQUENCE"], (what, key)
        self.feed_before |= feed
        self.before = dict(self.model.public)

    def judge_page(self, server, feed, what):
        key = self.random.choice(sorted(self.model.home))
        page = f"/events/{str(feed[key]['UID']).split('@')[0] if key in feed else key}"
        try:
            text = server.get(page).decode()
            assert key in feed and f"v{self.model.public[key][0]}" in text, (what, page)
        except urllib.error.HTTPError as error:
            assert key not in feed and error.code in (404, 410), (what, page, error.code)

    def difference(self, what, feed):
        feed, public = shown(feed), self.model.public
        lines = [f"{key}: {feed.get(key)}, expected {public.get(key)}" for key in sorted(feed.keys() | public.keys())
                 if feed.get(key) != public.get(key)]
        return "\n".join([what, *lines, self.servers[0].log.read_text()[-2000:]])

    @staticmethod
    def feed(text):
        events = icalendar.Calendar.from_ical(text).walk("VEVENT")
        feed = {re.search(r"[a-z]+\d+", str(event["SUMMARY"]))[0]: event for event in events}
        assert len(feed) == len(events)
        return feed

    def tag(self, server):
        with urllib.request.urlopen(server.address + "/calendar.ics", timeout=PATIENCE) as answer:
            return answer.headers["ETag"], answer.headers["Last-Modified"]

    def health(self, server):
        return json.loads(server.get("/healthz"))

    def wait(self, ask, wanted):
        begin = time.monotonic()
        while not wanted(answer := ask()):
            assert time.monotonic() - begin < PATIENCE, f"{answer}\n{self.servers[0].log.read_text()[-2000:]}"
            time.sleep(0.02)
        return answer


def shown(feed):
    """Version and status of each event, by its key."""
    def parts(event):
        summary, description = str(event["SUMMARY"]), str(event.get("DESCRIPTION", ""))
        version = re.search(r"\bv(\d+)", f"{summary} {description}")[1]
        return int(version), "cancelled" if event["STATUS"] == "CANCELLED" else ""

    return {key: parts(event) for key, event in feed.items()}


def numbers(event):
    return event["SEQUENCE"], event["DTSTAMP"].dt


def live(folder, seed, steps):
    """Lives through so many steps; returns how often each event took place."""
    day = Day(folder, seed)
    made = {}
    try:
        for _ in range(steps):
            what = day.step()
            made[what] = made.get(what, 0) + 1
    finally:
        day.close()
    return made
