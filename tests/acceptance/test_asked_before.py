"""What a person is asked or told before a campaign ends, or leaves an edit behind."""

from __future__ import annotations

import pytest
from commands import INSTALLED, PEOPLE
from terminals import ENTER, at_terminal

from mailer.errors import ExitCode

BY = ("--by", "načelnica")


def status(command):
    """Return how far the conference is."""
    return command("campaign", "list").out


@pytest.mark.parametrize(
    ("typed", "code", "after"),
    [
        ("conference", 0, "cancelled"),
        ("y", ExitCode.USAGE, "running"),
        ("ministry-letter", ExitCode.USAGE, "running"),
    ],
)
def test_who_cancels_types_the_name(started, typed, code, after):
    """It is for good: a key that is hit by mistake ends nothing."""
    words = (INSTALLED, "--office", started.office, "cancel", "conference")
    with at_terminal(*words, size=(60, 24)) as screen:
        screen.shows("ends for good", "Type its name")
        screen.press(typed, ENTER)

        assert code == screen.ended()
    assert after in status(started)


def test_a_script_is_not_asked_what_it_was_told(started):
    """Nobody is there to type; --no-input at a terminal is the same."""
    words = (INSTALLED, "--office", started.office, "--no-input", "cancel")
    with at_terminal(*words, "conference") as screen:
        assert 0 == screen.ended()
        assert "Type its name" not in screen.text

    assert "cancelled" in status(started)


@pytest.fixture
def edited(started):
    """Pause the conference, and correct its letter."""
    started("pause", "conference").done()
    file = started.office / "templates" / "conference" / "invitation.txt.j2"
    file.write_text(file.read_text("utf-8") + "Lep dan!\n", "utf-8")
    return started


def test_a_resume_without_the_edit_says_so(edited):
    """What was approved goes on, and how the edit would."""
    said = edited("resume", "conference").done()

    assert "edited since it was approved" in said.text
    assert "mailer approve conference --by NAME" in said.text.replace(
        f" --office {edited.office}", ""
    )
    assert "running" in status(edited)


def test_a_resume_without_an_edit_says_nothing_of_one(started):
    started("pause", "conference").done()

    assert "edited" not in started("resume", "conference").done().text


def test_approved_anew_the_resume_takes_the_edit(edited):
    """The next step after the approval is the one for a paused campaign."""
    said = edited("approve", "conference", *BY).done()

    assert said.err.splitlines()[-1].endswith(" resume conference")
    assert "edited" not in edited("resume", "conference").done().text


@pytest.mark.parametrize(
    ("key", "code", "after"),
    [("n", ExitCode.NOT_APPROVED, "paused"), ("y", 0, "running")],
)
def test_at_a_terminal_who_resumes_may_turn_back(edited, key, code, after):
    words = (INSTALLED, "--office", edited.office, "resume", "conference")
    with at_terminal(*words, size=(60, 24)) as screen:
        screen.shows("edited since it was approved", "Resume with what was approved?")
        screen.press(key, ENTER)

        assert code == screen.ended()
    assert after in status(edited)


def test_approved_anew_while_it_runs_the_run_is_next(started):
    """A start would say that it runs already."""
    said = started("approve", "conference", *BY).done()

    assert said.err.splitlines()[-1].endswith(" run")


def test_a_canary_of_everybody_says_that_it_is(listed):
    """They get it all; the pause is before the reminder."""
    listed("approve", "conference", *BY).done()

    said = listed("start", "conference", "--confirm", PEOPLE, "--canary", PEOPLE)

    assert "which is everybody" in said.done().text


@pytest.mark.parametrize("name", ["conference", "ministry-letter"])
def test_after_a_canary_its_own_report_is_next(listed, name):
    """Of two campaigns that which has just gone out."""
    for one in ("conference", "ministry-letter"):
        listed("approve", one, *BY).done()
    listed("start", name, "--confirm", PEOPLE, "--canary", 1).done()

    said = listed("run", "--once")

    assert said.err.splitlines()[-1].endswith(f" report {name}")
