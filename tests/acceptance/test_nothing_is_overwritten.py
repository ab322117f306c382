"""What a command writes where a person says so takes the place of nothing."""

from __future__ import annotations

import pytest
from commands import assert_is_clear

from mailer.errors import ExitCode

WRITE = {
    "suppress export": ("suppress", "export", "--to"),
    "responses export": ("responses", "export", "conference", "--to"),
    "plan": ("campaign", "plan", "conference", "--ics"),
    "sheet": ("approve", "conference", "--sheet"),
    "sheet and approval": ("approve", "conference", "--by", "načelnica", "--sheet"),
}
each_command = pytest.mark.parametrize("words", WRITE.values(), ids=WRITE)


@each_command
def test_what_is_there_stays(listed, tmp_path, words):
    """A list that somebody keeps, say; and nothing else was done, either."""
    kept = tmp_path / "seznam.csv"
    kept.write_text("naslov\n", "utf-8")

    assert_is_clear(listed(*words, kept), ExitCode.USAGE, "seznam.csv", "here already")
    assert "naslov\n" == kept.read_text("utf-8")
    assert "approved" not in listed("campaign", "list").out


@each_command
def test_a_new_file_is_written(listed, tmp_path, words):
    """Where there is a folder for it."""
    listed(*words, tmp_path / "novo.csv").done()

    assert (tmp_path / "novo.csv").stat().st_size
    assert_is_clear(
        listed(*words, tmp_path / "ni" / "novo.csv"), ExitCode.USAGE, "cannot be"
    )
