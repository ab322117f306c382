"""Each command in a folder, an office and a campaign that are not ready for it."""

from __future__ import annotations

import re

import pytest
from commands import INSTALLED, PEOPLE, Command, assert_is_clear
from terminals import at_terminal

from mailer.errors import ExitCode

LIST_FIRST = "mailer --office {} recipients import FILE --list municipalities"
#: command → what is said before there is a list
WITHOUT_A_LIST = {
    ("check", "conference"): "was never imported",
    ("preview", "conference"): "list 'municipalities': has nobody on it",
    ("preview", "ministry-letter", "--form", "pdf"): "has nobody on it",
    ("test", "conference", "--to", "a@b.example"): "has nobody on it",
    ("rehearse", "conference"): "has nobody on it",
    ("approve", "conference", "--by", "načelnica"): "was never imported",
    ("report", "conference"): "was never imported",
    ("recipients", "show", "--list", "municipalities"): "was never imported",
}
#: before the approval
UNAPPROVED = {
    ("start", "conference", "--confirm", "3"): "approve conference --by NAME",
    ("start", "conference"): "approve conference --by NAME",
    ("pause", "conference"): "approve conference --by NAME",
    ("resume", "conference"): "approve conference --by NAME",
    ("cancel", "conference"): "approve conference --by NAME",
    ("resolve", "1", "accepted"): "report CAMPAIGN",
    ("inbox", "show", "1"): "inbox list --all",
}


@pytest.mark.parametrize("words", WITHOUT_A_LIST, ids=" ".join)
def test_before_the_list(mailer, words):
    """The import is the next step, whatever was asked for."""
    said = mailer(*words)

    assert said.code in (ExitCode.USAGE, ExitCode.PREFLIGHT, ExitCode.FAILURE)
    assert_is_clear(
        said, said.code, WITHOUT_A_LIST[words], LIST_FIRST.format(mailer.office)
    )


@pytest.mark.parametrize("words", UNAPPROVED, ids=" ".join)
def test_before_the_approval(listed, words):
    """The approval is; or where the numbers are."""
    said = listed(*words)

    assert_is_clear(said, said.code, UNAPPROVED[words])
    assert said.code in (ExitCode.USAGE, ExitCode.NOT_APPROVED)


def test_a_start_without_the_number_is_told_it(listed):
    """It has to be typed all the same."""
    listed("approve", "conference", "--by", "načelnica").done()

    said = listed("start", "conference")

    assert_is_clear(said, ExitCode.USAGE, "type their number", f"--confirm {PEOPLE}")
    assert "approved" in listed("campaign", "list").out


def test_a_round_with_nothing_to_do_says_so_to_a_person(listed):
    """And nothing to cron, which would make a mail of it."""
    with at_terminal(INSTALLED, "--office", listed.office, "run", "--once") as screen:
        screen.shows("nothing to send", "Next: ")

    assert "" == listed("run", "--once").done().err


def test_the_program_alone_shows_what_there_is(tmp_path, monkeypatch, capsys):
    """Every command with its whole sentence, and where to begin; no error."""
    monkeypatch.chdir(tmp_path)
    mailer = Command(tmp_path, monkeypatch, capsys)

    said = mailer.bare()

    assert ExitCode.USAGE == said.code
    assert "✗" not in said.err
    assert said.err.splitlines()[-1].endswith("mailer init office")
    assert "..." not in said.out.replace("ARGS]...", "")
    assert re.search(r"check +Render every message for everybody; show all", said.out)


def test_init_twice_and_beside_other_files(tmp_path, monkeypatch, capsys):
    """What was there stays; a second office over the first is refused."""
    (tmp_path / "dopis.txt").write_text("moje")
    monkeypatch.chdir(tmp_path)
    mailer = Command(tmp_path, monkeypatch, capsys)

    mailer("init").done()
    again = mailer("init")

    assert "moje" == (tmp_path / "dopis.txt").read_text()
    assert_is_clear(again, ExitCode.USAGE, "is an office already", "campaign list")
    assert "cd ." not in again.text
