"""Edits reach calendars: part of a scripted year with two servers, crashes and a calendar program."""

import year


def test_what_a_calendar_program_shows_is_the_sheet_after_every_edit(tmp_path):
    made = year.live(tmp_path, seed=2027, edits=40)
    assert sum(made.values()) == 40
    assert any("killed" in what for what in made), made
