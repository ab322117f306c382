"""`mailer campaign plan`: every date, what one will get, a file for calendars."""

from __future__ import annotations

import json

import pytest
from commands import assert_is_clear, edit
from icalendar import Calendar

from mailer.errors import ExitCode

MOVED = 'less than 20 working days after "invitation": moved to'


@pytest.fixture
def definition(mailer):
    """Return the path of the conference's campaign.toml."""
    return mailer.office / "templates" / "conference" / "campaign.toml"


def test_a_moved_date_has_its_reason(listed, definition):
    """Steps too near to each other move, and what no longer fits is dropped."""
    edit(definition, "working_days_apart = 2", "working_days_apart = 20")

    said = listed("campaign", "plan", "conference").done()
    found = json.loads(listed("campaign", "plan", "conference", "--json").done().out)

    assert f"because {MOVED}" in said.out
    assert "dropped: never goes out:" in said.out
    steps = {step["step"]: step for step in found["steps"]}
    assert MOVED in steps["reminder"]["reasons"][1]
    assert steps["last-call"]["dropped"].startswith("never goes out")
    assert "" == steps["invitation"]["dropped"]


def test_check_names_what_no_longer_fits(listed, definition):
    """Nobody finds out only from the report."""
    edit(definition, "working_days_apart = 2", "working_days_apart = 20")

    said = listed("check", "conference")

    assert_is_clear(said, ExitCode.PREFLIGHT, "step 'last-call'")


def test_what_one_municipality_will_get(listed):
    """Every step with its date or verdict, and the reason below."""
    said = listed("campaign", "plan", "conference", "--person", "Ajdovščina").done()

    lines = said.out.splitlines()
    assert "@" in lines[0]
    assert "  invitation: now, due since Tue 2 Mar 2027, 09:00" == lines[1]
    assert "    because at the time given (Tue 2 Mar 2027, 09:00)" == lines[2]
    assert "Next: " in said.err


def test_what_one_will_get_if_they_answer(listed):
    """Below each step that is for an answer which they have not given."""
    said = listed("campaign", "plan", "ministry-letter", "--person", "Bled").done()

    assert (
        "  workshop: not for them\n"
        "    because for those whose answer is OBA, KAKOVOST or ZADOVOLJSTVO\n"
        "    if they answer so: Thu 25 Mar 2027, 08:00\n"
        "      because 5 working days before the event (Fri 2 Apr 2027);"
        " 29 Mar (velikonočni ponedeljek) does not count\n"
    ) in said.out


def test_what_one_will_get_for_a_program(listed):
    """The verdicts are the words of the code, the times have their zone."""
    words = ("campaign", "plan", "conference", "--person", "Ajdovščina", "--json")

    decisions = json.loads(listed(*words).done().out)["decisions"]

    assert ("invitation", "due", "2027-03-02T09:00:00+01:00") == tuple(
        decisions[0][key] for key in ("step", "verdict", "at")
    )
    assert {} == decisions[0]["if_answered"]
    then = {one["step"]: one["if_answered"] for one in decisions}["confirmation"]
    assert "due" == then["verdict"]
    assert then["at"].startswith("2027-03-02T09:00:")


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("OBA", "vključitvi v oba projekta,"),
        ("ZADOVOLJSTVO", "vključitvi v ugotavljanje zadovoljstva uporabnikov,"),
    ],
)
def test_a_letter_is_shown_as_for_an_answer(listed, tmp_path, category, words):
    """To one, and to all as files; for an answer that it is not for, to nobody."""
    step = ("preview", "ministry-letter", "--step", "workshop")

    one = listed(*step, "--answer", category).done()
    listed(*step, "--answer", category, "--all", tmp_path).done()
    refused = listed(*step, "--answer", "NE")
    opening = listed("preview", "ministry-letter", "--answer", category)

    assert words in one.text
    assert 3 == len(list(tmp_path.glob("*.eml")))
    assert_is_clear(refused, ExitCode.USAGE, "--answer NE", "one of OBA, KAKOVOST")
    assert_is_clear(opening, ExitCode.USAGE, "'letter'", "leave it out")


def test_the_dates_for_a_calendar(listed, tmp_path):
    """The file holds each date; what has none is named."""
    file = tmp_path / "plan.ics"

    said = listed("campaign", "plan", "conference", "--ics", file).done()

    found = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    names = {str(one["UID"]).partition("@")[0] for one in found}
    assert {"conference.step.eve", "conference.answer-by", "conference.event"} < names
    assert "left out: confirmation, which goes right after the response" in said.text


def test_a_calendar_file_that_cannot_be_written(listed, tmp_path):
    """The place and the cause are said."""
    said = listed("campaign", "plan", "conference", "--ics", tmp_path)

    assert_is_clear(said, ExitCode.USAGE, str(tmp_path.name), "is here already")


def test_a_calendar_file_is_not_of_one_person(listed, tmp_path):
    """The file would carry who has answered into other people's calendars."""
    file = tmp_path / "plan.ics"

    said = listed(
        "campaign", "plan", "conference", "--ics", file, "--person", "Ajdovščina"
    )

    assert_is_clear(said, ExitCode.USAGE, "--ics", "leave out")
    assert not file.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("working_days_apart = -1", "greater than or equal to 0"),
        ("working_days_apart = 999", "less than or equal to 60"),
        ("max_reminder = 2", "max_reminders"),
    ],
)
def test_wrong_keys_are_named(listed, definition, wrong, words):
    """A distance that cannot be, a misspelt key."""
    edit(definition, "working_days_apart = 2", wrong)

    assert_is_clear(listed("campaign", "plan", "conference"), ExitCode.PREFLIGHT, words)


def test_categories_that_cannot_be_are_named(listed):
    """All at once, with the step, and what there is instead."""
    file = listed.office / "templates" / "ministry-letter" / "campaign.toml"
    edit(file, r'categories = \["NEPOPOLN"\]', 'categories = ["NEPOPLN"]')
    edit(file, r"when = \{\}", 'when = { kakovost = "mogoče" }')
    edit(file, r'"NE_ZE_ENO", "NE"\]', '"NE_ZE_ENO", "NEPOPOLN"]')

    said = listed("check", "ministry-letter")

    assert_is_clear(
        said,
        ExitCode.PREFLIGHT,
        "step 5 'request': category 'NEPOPLN' is unknown — one of OBA, KAKOVOST",
        "step 4 'confirmation': category 'NEPOPOLN' cannot be reached",
    )


def test_check_and_plan_say_when_many_are_away(listed, definition):
    """A last call between two holidays is a warning, for people and programs."""
    edit(definition, r"answer_by = \S+", "answer_by = 2027-05-03")
    edit(definition, r"start = \S+", "start = 2027-05-12T10:00:00")
    edit(definition, r"\nat = \S+", "\nat = 2027-04-08T09:00:00")

    said = listed("check", "conference")
    found = json.loads(listed("campaign", "plan", "conference", "--json").done().out)

    away = "many are away between 27 April and 2 May"
    assert f"step 'last-call': due Fri 30 Apr 2027; {away} — move it" in said.text
    assert ["last-call"] == [one["step"] for one in found["steps"] if one["many_away"]]
