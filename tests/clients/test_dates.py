"""The labelled corpus of dates, times, ranges, lengths and repeats, typed into spreadsheets."""

import collections
import json
import subprocess
import sys

import pytest
from conftest import BINARY, ROOT

CORPUS = ROOT.parent / "shared" / "corpus" / "time"


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    verdicts = tmp_path_factory.mktemp("corpus") / "verdicts.json"
    command = [sys.executable, CORPUS / "run.py", BINARY, CORPUS / "shared.tsv", "--quiet", "--json", verdicts]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert asked.returncode in (0, 1), asked.stderr
    return json.loads(verdicts.read_text(encoding="utf-8"))


@pytest.mark.parametrize("verdict", ["WRONG", "ACCEPTED-THOUGH-REFUSE"])
def test_nothing_is_guessed(rows, verdict):
    assert [(row["text"], row["got"]) for row in rows if row["verdict"] == verdict] == []


def test_suggestions_work(rows):
    assert [(row["text"], row["suggestion_bad"]) for row in rows if row["suggestion_bad"]] == []


@pytest.mark.parametrize("group, share", [("all", 0.95), ("lang", 0.9), ("kind", 0.9)])
def test_what_people_type_is_read(rows, group, share):
    readable, right = collections.Counter(), collections.Counter()
    for row in rows:
        if not row["expected"].startswith("REFUSE"):
            readable[row.get(group)] += 1
            right[row.get(group)] += row["verdict"] == "RIGHT"
    assert readable
    assert {name: right[name] / readable[name] for name in readable if right[name] < share * readable[name]} == {}
