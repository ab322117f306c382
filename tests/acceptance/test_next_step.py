"""
Every command that a person reads ends with one `Next:` line.

The table has a call of each; a command that is not in it fails the first test.
"""

from __future__ import annotations

import pytest
import typer
from commands import PEOPLE

from mailer.cli.app import app

#: command → a call of it after the conference has been started, sent and answered
CALLS = {
    "init": ("init", "{new}"),
    "doctor": ("doctor",),
    "recipients import": ("recipients", "import", "{list}", "--list", "municipalities"),
    "recipients show": ("recipients", "show", "--list", "municipalities"),
    "campaign list": ("campaign", "list"),
    "campaign show": ("campaign", "show", "conference"),
    "campaign plan": ("campaign", "plan", "conference"),
    "check": ("check", "conference"),
    "preview": ("preview", "conference"),
    "rehearse": ("rehearse", "conference"),
    "test": ("test", "conference", "--to", "colleague@posiljatelj.example"),
    "approve": ("approve", "ministry-letter", "--by", "načelnica"),
    "start": ("start", "conference", "--confirm", PEOPLE),
    "pause": ("pause", "conference"),
    "resume": ("resume", "conference"),
    "run": ("run", "--once"),
    "inbox fetch": ("inbox", "fetch"),
    "inbox review": ("inbox", "review"),
    "inbox list": ("inbox", "list"),
    "inbox show": ("inbox", "show", 1),
    "inbox assign": (
        *("inbox", "assign", 1, "conference", "{place}"),
        *("--kind", "registered"),
    ),
    "inbox done": ("inbox", "done", 2),
    "responses import": (
        *("responses", "import", "conference", "{list}"),
        *("--kind", "registered"),
    ),
    "responses set": ("responses", "set", "conference", "{place}", "registered"),
    "responses list": ("responses", "list", "conference"),
    "responses export": ("responses", "export", "conference"),
    "responses withdraw": ("responses", "withdraw", "conference", "{place}"),
    "bounces list": ("bounces", "list"),
    "suppress add": ("suppress", "add", "nobody@town.example"),
    "suppress remove": ("suppress", "remove", "nobody@town.example"),
    "suppress list": ("suppress", "list"),
    "suppress import": ("suppress", "import", "{list}"),
    "suppress export": ("suppress", "export"),
    "objections add": ("objections", "add", "conference", "{place}"),
    "objections list": ("objections", "list", "conference"),
    "objections withdraw": ("objections", "withdraw", "conference", "{place}"),
    "report": ("report", "conference"),
    "timeline": ("timeline", "{place}"),
    "cancel": ("cancel", "conference"),
}
#: why the others are not called here
ELSEWHERE = {
    "demo": "takes half a minute; tests/acceptance/test_demo.py",
    "inbox classify": "data for programs, one object per message",
    "resolve": "wants a doubt; tests/operations/test_resolving_a_doubt.py",
}


def names(group=None, path=""):
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from names(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"


def test_every_command_is_called_here_or_elsewhere():
    assert set(names()) == CALLS.keys() | ELSEWHERE.keys()


@pytest.fixture
def at_work(started):
    """Send the first letters, and let two strangers write."""
    started("run", "--once").done()
    box = started.office / "mail" / "office" / "new"
    for number in (1, 2):
        mail = f"From: oseba{number}@town.example\nSubject: ?\n\nPozdravljeni.\n"
        (box / f"{number}.stranger").write_text(mail)
    started("inbox", "fetch").done()
    return started


#: where nobody looks on and nothing happened: cron would mail each word
SILENT = ("run",)


def test_each_ends_with_one_next_step(at_work, tmp_path):
    """One after the other, as the table has them; each finds what it needs."""
    words = {
        "{new}": str(tmp_path / "new"),
        "{list}": str(at_work.office / "recipients" / "list.csv"),
        "{place}": "001",
    }
    without = {}
    for name, call in CALLS.items():
        said = at_work(*(words.get(word, word) for word in call))
        assert said.code in {0, 4, 5}, f"{name}: {said.err}"
        if name in SILENT and not said.err:
            continue
        last = said.err.rstrip("\n").rpartition("\n")[2]
        if not last.startswith("Next: ") or said.err.count("Next: ") != 1:
            without[name] = said.err

    assert {} == without
