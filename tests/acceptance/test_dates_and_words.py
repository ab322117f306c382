"""What a new user got wrong: dates that cannot be, words that say nothing."""

from __future__ import annotations

import pytest
from commands import assert_is_clear, edit

from mailer.errors import ExitCode


@pytest.mark.parametrize(
    ("pattern", "replacement", "words"),
    [
        pytest.param(
            r"\nat = \S+",
            "\nat = 2027-04-20T08:00:00",
            "after the deadline",
            id="the opening after the deadline",
        ),
        pytest.param(
            r"working_days = 5",
            "working_days = 50",
            "before 'invitation'",
            id="a reminder before the invitation",
        ),
        pytest.param(
            r"working_days = 5",
            "working_days = 99999",
            "less than or equal to 250",
            id="a distance of centuries",
        ),
        pytest.param(
            r"answer_by = \S+",
            "answer_by = 9999-12-31",
            "the year 9999",
            id="the last day of time",
        ),
        pytest.param(
            r"answer_by = \S+",
            "answer_by = 2027-02-26",
            "deadline",
            id="a deadline that is over",
        ),
        pytest.param(
            r'question = "pause"',
            'question = "puse"',
            "'puse' says nothing",
            id="a misspelt finality",
        ),
    ],
)
def test_dates_that_cannot_be_block_the_campaign(listed, pattern, replacement, words):
    """`check` says where, and the approval is refused for the same reason."""
    edit(listed.office / "templates/conference/campaign.toml", pattern, replacement)

    checked = listed("check", "conference")
    approved = listed("approve", "conference", "--by", "načelnica")

    assert_is_clear(checked, ExitCode.PREFLIGHT, words)
    assert ExitCode.PREFLIGHT == approved.code


def test_an_opening_long_ago_is_a_warning(listed):
    """It would go at once; that is more likely a wrong date."""
    definition = listed.office / "templates/conference/campaign.toml"
    edit(definition, r"\nat = \S+", "\nat = 2026-11-23T08:00:00")

    said = listed("check", "conference").done()

    assert "it would go as soon as the campaign is started" in said.text


def test_one_wrong_folder_does_not_hide_the_others(listed):
    """The list of campaigns says which is wrong, and shows the rest."""
    definition = listed.office / "templates/conference/campaign.toml"
    edit(definition, "title = ", "titel = ")

    said = listed("campaign", "list").done()

    assert "did you mean 'title'" in said.err
    assert "its folder is wrong" in said.out
    assert "Uvajanje sistema kakovosti" in said.out


@pytest.mark.parametrize(
    ("pattern", "replacement", "words"),
    [
        ('language = "sl"', 'language = "xx"', "language"),
        ('source = "maildir:mail/office"', 'source = "pop:x"', "is no mailbox"),
        ('username = ""', 'username = "pisarna"', "a username without"),
        ("production = false", 'production = "da"', "neither true nor false"),
        (
            'name = "Pisarna za sodelovanje"\naddress',
            'name = "a\\\\nb"\naddress',
            "line",
        ),
        ('rate = "60/min"', 'rate = "veliko"', "is not a rate"),
    ],
)
def test_settings_are_read_whole_before_anything(listed, pattern, replacement, words):
    """A wrong one is said at the first command, not at the first message."""
    edit(listed.office / "mailer.toml", pattern, replacement)

    said = listed("campaign", "list")

    assert_is_clear(said, ExitCode.CONFIGURATION, "mailer.toml", words)


def test_a_letter_to_those_who_answered_can_be_previewed(listed):
    """Before anybody has: with an answer that is imagined."""
    said = listed("preview", "conference", "--step", "confirmation").done()

    assert "conference.ics" in said.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("approve", "conference", "--by", " "), "names nobody"),
        (("approve", "conference"), "--by"),
        (("start", "conference", "--confirm", "tri"), "--confirm"),
        (("inbox", "assign", "7", "conference"), "MUNICIPALITY"),
        (("test", "conference", "--to", "bla"), "'bla'"),
        (("recipients", "import", "x.csv", "--list", ""), "no name for a list"),
    ],
)
def test_a_wrong_command_line_names_what_the_help_names(listed, arguments, words):
    """Options and arguments are called as a person writes them."""
    said = listed(*arguments)

    assert_is_clear(said, ExitCode.USAGE, words)
