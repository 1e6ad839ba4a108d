"""The instant in the feed is the instant in the table, for events of every zone at every time of the year."""

import instants


def test_instants_are_those_of_the_table(tmp_path):
    count, wrong = instants.differences(tmp_path / "site", 3339, 20_000)
    assert count == 20_000
    assert wrong == []
