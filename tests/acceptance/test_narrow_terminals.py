"""What the quickstart's commands say at 60 and at 120 columns, and into a pipe."""

from __future__ import annotations

import re

import pytest
from commands import LIST, edit

from mailer.cli.output import err, out

COMMANDS = {
    "help": ("--help",),
    "help of a group": ("inbox", "--help"),
    "help of a command": ("approve", "--help"),
    "campaigns": ("campaign", "list"),
    "plan": ("campaign", "plan", "conference"),
    "plan of one": ("campaign", "plan", "conference", "--person", "Ajdovščina"),
    "check": ("check", "conference"),
    "approve": ("approve", "conference", "--by", "Strokovna sodelavka"),
    "start": ("start", "conference", "--confirm", 3),
    "show": ("campaign", "show", "conference"),
    "lists": ("recipients", "show"),
    "list": ("recipients", "show", *LIST),
    "timeline": ("timeline", "Ajdovščina"),
    "inbox": ("inbox", "list"),
    "bounces": ("bounces", "list"),
    "doctor": ("doctor",),
    "no such campaign": ("campaign", "plan", "konferenca"),
}
#: what only a narrow terminal has: the next step on a line apart, commands continued
_TURNS = re.compile(r" \\$| — |^ *— ", re.MULTILINE)
_LOOKS = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


@pytest.fixture
def office(listed):
    """Return the command in an office with something wrong, and a message."""
    conference = listed.office / "templates" / "conference"
    edit(conference / "campaign.toml", r"answer_by = \S+", "answer_by = 2027-05-03")
    edit(conference / "campaign.toml", r"\nat = \S+", "\nat = 2027-04-08T09:00:00")
    edit(conference / "campaign.toml", r"start = \S+", "start = 2027-05-12T10:00:00")
    (conference / "thanks.subject.j2").write_text("Hvala! " * 20, "utf-8")
    (listed.office / "mail" / "office" / "new" / "1").write_text(
        "From: neznana-oseba@zelo-dolga-domena-obcine.example\n"
        "Subject: Vprašanje o konferenci in o prijavi nanjo\n\nKdaj?\n"
    )
    listed("inbox", "fetch").done()
    return listed


@pytest.fixture
def seen(office, monkeypatch):
    """Return what calls a command at a terminal of so many columns."""

    def call(width, *words):
        with monkeypatch.context() as terminal:
            terminal.setenv("COLUMNS", str(width))
            for console in (out, err):
                terminal.setattr(console, "_force_terminal", True)
                terminal.setattr(console, "_width", width)
            said = office(*words)
        return _LOOKS.sub("", said.out + said.err)

    return call


def words_of(text):
    same = re.sub(r"\d+\.\d GB", "", _TURNS.sub(" ", text))
    return sorted(same.split())


def test_no_word_is_broken(office, seen):
    """Each command shows a narrow terminal the words that a pipe gets."""
    for name, words in COMMANDS.items():
        said = office(*words)
        piped = said.out + said.err
        middle, narrow = seen(120, *words), seen(60, *words)

        assert "Traceback" not in piped
        assert [] == re.findall(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]", piped), name
        assert words_of(piped) == words_of(middle), name
        assert words_of(piped) == words_of(narrow), name
        longer = [one.rstrip(" \\") for one in narrow.split("\n") if len(one) > 60]
        assert [] == [line for line in longer if len(line.split()) > 1], name
