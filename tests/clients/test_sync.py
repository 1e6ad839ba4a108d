"""vdirsyncer fetches the calendar and khal shows it: twice without a change, then after the edit of one row."""

import pathlib
import re
import subprocess
import sys

import pytest
from conftest import shown_rows


class Client:
    """A calendar program's folder, kept by vdirsyncer and shown by khal."""

    def __init__(self, folder, address, zone="America/Chicago"):
        self.folder = folder
        self.calendar = folder / "calendar"
        self.calendar.mkdir(parents=True)
        (folder / "vdirsyncer").write_text(
            f'[general]\nstatus_path = "{folder}/status"\n'
            '[pair cal]\na = "remote"\nb = "local"\ncollections = null\n'
            f'[storage remote]\ntype = "http"\nurl = "{address}/calendar.ics"\n'
            f'[storage local]\ntype = "filesystem"\npath = "{self.calendar}"\nfileext = ".ics"\n'
        )
        (folder / "khal").write_text(
            f"[calendars]\n[[cal]]\npath = {self.calendar}\nreadonly = True\n"
            f"[locale]\nlocal_timezone = {zone}\ndefault_timezone = {zone}\n"
            "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
            f"[sqlite]\npath = {folder}/khal.db\n"
        )
        self.run("vdirsyncer", "-c", folder / "vdirsyncer", "discover")

    def run(self, program, *arguments):
        command = [pathlib.Path(sys.executable).with_name(program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, input="y\n")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def sync(self):
        """Fetches, and answers the titles of the items that changed."""
        before = self.items()
        self.run("vdirsyncer", "-c", self.folder / "vdirsyncer", "sync")
        after = self.items()
        return {title for title in before.keys() | after.keys() if before.get(title) != after.get(title)}

    def items(self):
        """The text of each item by its title: this storage of vdirsyncer makes UIDs of its own."""
        texts = [path.read_text() for path in self.calendar.glob("*.ics")]
        items = {field(text, "SUMMARY"): text for text in texts}
        assert len(items) == len(texts)
        return items

    def shown(self, first="2027-01-01", after="2027-04-01"):
        return self.run("khal", "-c", self.folder / "khal", "list", "--format", "{start-date} {start-time} {title}",
                        first, after).splitlines()


def field(item, name):
    return re.search(rf"^{name}:(.*)$", re.sub("\\r?\n ", "", item), re.M)[1].strip()


@pytest.fixture
def client(sample, tmp_path):
    return Client(tmp_path / "client", sample.address)


def test_a_second_sync_changes_nothing_and_an_edit_changes_one_event(sample, client):
    rows = shown_rows(sample.folder)
    assert len(client.sync()) == len(rows)
    first = client.shown()
    assert any("2027-01-12 18:30 Chicago support group" in line for line in first), first

    assert client.sync() == set()
    assert client.shown() == first

    before = client.items()
    table = sample.folder / "events.csv"
    edited = table.read_text().replace(
        "webinar-mood,\"Mood, anxiety and dystonia\",2027-01-14T18:00,19:00",
        "webinar-mood,\"Mood, anxiety and dystonia\",2027-01-21T18:00,19:00",
    )
    assert edited != table.read_text()
    table.write_text(edited)
    sample.until("/calendar.ics", lambda body: b"20270121T180000" in body)

    edited_event = r"Mood\, anxiety and dystonia"
    assert client.sync() == {edited_event}
    after = client.items()
    assert int(field(after[edited_event], "SEQUENCE")) == int(field(before[edited_event], "SEQUENCE")) + 1
    assert field(after[edited_event], "LAST-MODIFIED") > field(before[edited_event], "LAST-MODIFIED")
    gone, new = set(first) - set(client.shown()), set(client.shown()) - set(first)
    assert any("2027-01-14 18:00" in line for line in gone)
    assert any("2027-01-21 18:00" in line for line in new)
    assert client.sync() == set()
