"""Workbooks as other people's libraries write them, and the memory that the real binary takes."""

import datetime
import json
import subprocess
import sys

import openpyxl
import pytest
from conftest import BINARY
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

ROWS = [
    ("chicago", "Chicago group", datetime.date(2027, 5, 12), datetime.time(18, 30), "monthly on the 2nd Wednesday"),
    ("walk", "Zoo walk", datetime.date(2027, 6, 5), None, None),
    ("talk", "Café & “talk”", datetime.datetime(2027, 6, 9, 10, 0), None, None),
]
BASE = 'base_url = "https://example.org"\n'
HEADER = ("id", "Subject", "Start Date", "Start Time", "repeat")
STARTS = ["DTSTART;TZID=America/Chicago:20270512T183000", "DTSTART;VALUE=DATE:20270605",
          "DTSTART;TZID=America/Chicago:20270609T100000"]


def check(folder, *flags):
    done = subprocess.run([BINARY, "check", folder, "--format", "json", *flags], capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def excel(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Events"
    sheet.append(["Our events of 2027"])
    sheet.merge_cells("A1:E1")
    sheet.append([])
    sheet.append(HEADER)
    for row in ROWS:
        sheet.append(row)
    walks = book.create_sheet("Walks")
    walks.append(("title", "start"))
    walks.append(("River walk", datetime.date(2027, 7, 1)))
    walks.append(("=A2", datetime.date(2027, 7, 2)))
    book.save(path)


def open_document(path):
    document = OpenDocumentSpreadsheet()
    sheet = Table(name="Events")
    document.spreadsheet.addElement(sheet)
    for cells in (HEADER, *ROWS):
        row = TableRow()
        sheet.addElement(row)
        for value in cells:
            if value is None:
                row.addElement(TableCell())
                continue
            if isinstance(value, datetime.time):
                cell = TableCell(valuetype="time", timevalue=value.strftime("PT%HH%MM%SS"))
            elif isinstance(value, datetime.date):
                cell = TableCell(valuetype="date", datevalue=value.isoformat())
            else:
                cell = TableCell(valuetype="string")
            cell.addElement(P(text=str(value)))
            row.addElement(cell)
    document.save(path)


@pytest.mark.parametrize(("name", "write"), [("events.xlsx", excel), ("events.ods", open_document)])
def test_a_workbook_of_another_library_is_served(tmp_path, serving, name, write):
    site = tmp_path / "site"
    site.mkdir()
    (site / "calcast.toml").write_text('timezone = "America/Chicago"\n' + BASE)
    write(site / name)
    report = check(site)
    assert (report["events"], report["left_out"], report["diagnostics"]) == (3, 0, [])
    assert report["series"][0]["next"][0] == "2027-05-12"
    calendar = serving(site).get("/calendar.ics").decode()
    for start in STARTS:
        assert f"\r\n{start}\r\n" in calendar
    assert "SUMMARY:Café & “talk”" in calendar


def test_a_sheet_by_its_name_and_a_formula_that_was_never_reckoned(tmp_path):
    excel(tmp_path / "events.xlsx")
    (tmp_path / "calcast.toml").write_text(BASE + '[[events]]\nfile = "events.xlsx"\nsheet = "Walks"\n')
    report = check(tmp_path)
    assert (report["events"], report["left_out"]) == (1, 1)
    assert [fault["code"] for fault in report["diagnostics"]] == ["missing-id", "formula-error"]
    (tmp_path / "calcast.toml").write_text(BASE + '[[events]]\nfile = "events.xlsx"\nsheet = "Runs"\n')
    fault = check(tmp_path)["diagnostics"][0]
    assert (fault["code"], fault["expected"]) == ("bad-workbook", 'one of "Events", "Walks"')


# Linux counts what a process was before it became another program, so a small one has to start it.
LAUNCHER = "import os, subprocess, sys\nrun = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n" \
    "print(os.wait4(run.pid, 0)[2].ru_maxrss)"


@pytest.mark.parametrize("row, events", [("a,2027-06-09\n", 150_000), ("a,1/5/2027\n", 0), ('"Zoo" walk,soon\n', 0)])
def test_memory_stays_below_eight_times_the_file_and_a_kilobyte_per_event(tmp_path, row, events):
    table = "title,start\n" + row * 150_000
    (tmp_path / "events.csv").write_text(table)
    command = [sys.executable, "-S", "-c", LAUNCHER, BINARY, "check", tmp_path]
    kilobytes = int(subprocess.run(command, capture_output=True, check=True).stdout)
    assert kilobytes * 1024 <= 8 * len(table) + 1024 * events + (64 << 20)
