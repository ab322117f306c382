"""The tables of phrases: what a file of them may hold, and how they are asked."""

from __future__ import annotations

import pickle

import pytest
from incoming import a_dsn, a_report

from mailer.inbox.classify import classify
from mailer.inbox.decoding import fold
from mailer.inbox.phrases import DEFAULT, MEANINGS, Use, read_phrases

OWN = """
[[reason]]
means = "mailboxfull"
origin = "the server of our ministry"
words = ["omara je polna"]
"""


def rows(source):
    found, problems = read_phrases(source, "phrases.toml")

    assert [] == problems
    return found


@pytest.mark.parametrize("use", Use)
def test_each_table_has_rows_with_an_origin(use):
    """And those that mean several things say which."""
    for row in DEFAULT.rows(use):
        assert row.origin
        assert row.means in MEANINGS.get(use, {""})
    assert DEFAULT.rows(use)


@pytest.mark.parametrize(
    "use",
    [
        Use.ABSENCE,
        Use.RECEIPT,
        Use.ADDRESS_CHANGED,
        Use.AUTOMATIC_SUBJECT,
        Use.REPORT_SUBJECT,
        Use.REPORT_OPENING,
        Use.REASON,
        Use.READ_RECEIPT,
        Use.OBJECTION,
    ],
)
def test_the_languages_of_the_municipalities_are_there(use):
    """Slovenian, German, Italian, Hungarian, Croatian, and English."""
    assert {"sl", "de", "it", "hu", "hr", ""} <= {
        row.language for row in DEFAULT.rows(use)
    }


def test_words_are_found_without_case_and_diacritics():
    """Some programs drop them."""
    found = DEFAULT.within(Use.ABSENCE, fold("V ČASU  moje odsotnosti …"))

    assert found
    assert "sl" == found.language


def test_a_space_at_an_end_is_where_a_word_ends():
    """An antivirus program's footer is no virus."""
    assert "virusdetected" == classify(a_dsn(diagnostic="smtp; 554 virus found")).reason
    assert DEFAULT.within(Use.REASON, "virus found")
    footer = "smtp; 550 5.1.1 refused, checked by an antivirus system"

    assert "userunknown" == classify(a_dsn(diagnostic=footer)).reason


def test_the_longest_beginning_counts():
    """»auto: « would be in »auto: reply« too."""
    found = DEFAULT.beginning(Use.READ_RECEIPT, fold("Ni prebrano: Vabilo"))

    assert found
    assert "unread" == found.means
    assert DEFAULT.beginning(Use.READ_RECEIPT, fold("Vabilo, ni prebrano:")) is None


def test_an_offices_own_rows_are_asked_first():
    """They are put before ours, and ours stay."""
    raw = a_dsn(diagnostic="smtp; 550 5.1.1 omara je polna, user unknown")
    own = DEFAULT.extended(rows(OWN))

    assert "userunknown" == classify(raw).reason
    assert "mailboxfull" == classify(raw, own).reason
    assert classify(a_dsn()) == classify(a_dsn(), own)


def test_an_office_may_teach_a_reports_words():
    """A server that no table knows."""
    raw = a_report("Vest zavrnjena:\n<zupan@kamnica.example>: ne", Subject="Vest")
    raw = raw.replace(b"MAILER-DAEMON", b"streznik").replace(b"Return-Path: <>\n", b"")
    own = rows(
        '[[report-subject]]\norigin = "x"\nwords = ["vest"]\n'
        '[[report-opening]]\norigin = "x"\nwords = ["vest zavrnjena"]\n'
    )

    assert "other" == classify(raw).kind.value
    assert "bounce-soft" == classify(raw, DEFAULT.extended(own)).kind.value


def test_all_problems_are_told_at_once():
    """With the row that has them."""
    source = """
reason = 1
[[resaon]]
words = ["x"]
[[absence]]
words = []
[[absence]]
origin = "o"
words = ["a", 7]
means = "x"
colour = "red"
[[read-receipt]]
origin = 1
words = ["prebrano:"]
"""
    found, problems = read_phrases(source, "phrases.toml")
    told = "\n".join(map(str, problems))

    assert [] == found
    for expected in (
        "phrases.toml, [reason]: is no list",
        "[[resaon]]: no such table — did you mean 'reason'?",
        "absence 1, words: there are none",
        "absence 1, origin: is missing",
        "absence 2, words: 'a' is in every text",
        "absence 2, words: 7 is no text",
        "absence 2, means: this table means one thing",
        "absence 2, colour: unknown key",
        "read-receipt 1, origin: is no text",
        "read-receipt 1, means: '' is no meaning",
    ):
        assert expected in told


@pytest.mark.parametrize("source", ["[[", "[reason]]", "x" * 10, "[[reason]]\n1"])
def test_what_is_no_toml_is_one_problem(source):
    """The first mistake, in the words of the library."""
    found, problems = read_phrases(source, "phrases.toml")

    assert [] == found
    assert 1 == len(problems)
    assert "is no TOML" in problems[0].cause


def test_tables_travel_to_another_process():
    """Mail is read in a process of its own."""
    copy = pickle.loads(pickle.dumps(DEFAULT))  # noqa: S301 - our own

    assert classify(a_dsn(), copy) == classify(a_dsn())
