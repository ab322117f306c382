"""
Suppressions from a file and back: all bad rows at once, the same key as recipients.

C09 and C10: case, Unicode form and the spelling of a domain make no difference; what
is no address is said by row.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.model.response import Suppression, SuppressionReason
from mailer.recipients.addresses import read_address
from mailer.recipients.deduplicate import address_key
from mailer.recipients.suppression import HEADER, SuppressionReader, row_of
from mailer.recipients.validate import CellError

ZONE = ZoneInfo("Europe/Ljubljana")
NOW = datetime(2019, 4, 10, 8, 0, tzinfo=UTC)


def read(header, *rows):
    reader = SuppressionReader(header, "seznam.csv", ZONE, NOW)
    return list(reader.read(enumerate(rows, start=2))), reader.problems


def one(*cells, header=HEADER):
    [entry], problems = read(header, cells)
    assert [] == problems
    return entry


def test_a_bare_address_is_enough():
    """By hand, and from now on."""
    assert Suppression("a@b.example", SuppressionReason.BY_HAND, NOW) == one(
        "A@B.example", header=["e-pošta"]
    )


def test_slovenian_headings_and_words():
    entry = one(
        "odjava",
        "8. 4. 2019",
        "telefonski klic",
        "Obcina@Koper.example",
        header=["Razlog", "Od", "Opomba", "E-pošta"],
    )

    assert (SuppressionReason.UNSUBSCRIBED, "telefonski klic") == (
        entry.reason,
        entry.evidence,
    )
    assert datetime(2019, 4, 8, tzinfo=ZONE) == entry.since


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2019-04-08", datetime(2019, 4, 8, tzinfo=ZONE)),
        ("2019-04-08 10:30", datetime(2019, 4, 8, 10, 30, tzinfo=ZONE)),
        ("2019-04-08T07:05:00+00:00", datetime(2019, 4, 8, 7, 5, tzinfo=UTC)),
        ("8.4.2019", datetime(2019, 4, 8, tzinfo=ZONE)),
        ("", NOW),
    ],
)
def test_since_when(cell, expected):
    """As a program writes it, a spreadsheet, or a person."""
    assert expected == one("a@b.example", "", cell, "").since


def test_every_bad_row_is_told_at_once():
    """With its place, the cause, and how to mend it; and none of them is taken."""
    entries, problems = read(
        HEADER,
        ("obcina(at)koper.example", "", "", ""),
        ("a@b.example", "because", "", ""),
        ("a@b.example,c@d.example", "by_hand", "včeraj", ""),
        ("c@d.example", "", "2019-05-01", ""),
        ("c@d.example", "", "0001-01-01", ""),
        ("", "by_hand", "", ""),
        ("dobra@koper.example", "", "", ""),
    )

    assert ["dobra@koper.example"] == [entry.address_key for entry in entries]
    assert [
        ("row 2, column 'address'", "has no @"),
        ("row 3, column 'reason'", "is not understood as a reason"),
        ("row 4, column 'address'", "more than one address"),
        ("row 4, column 'since'", "'včeraj' is no day"),
        ("row 5, column 'since'", "is yet to come"),
        ("row 6, column 'since'", "is no day"),
        ("row 7, column 'address'", "there is no address"),
    ] == [
        (problem.place.removeprefix("seznam.csv, "), expected)
        for problem, expected in zip(
            problems,
            [
                "has no @",
                "is not understood as a reason",
                "more than one address",
                "'včeraj' is no day",
                "is yet to come",
                "is no day",
                "there is no address",
            ],
            strict=True,
        )
        if expected in problem.cause and problem.next_step
    ]


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        (["razlog"], "no column holds the addresses"),
        (["e-pošta", "email"], "2 columns hold the e-mail address"),
        (
            ["email", "razlog", "reason"],
            "2 columns hold the reason: 'razlog', 'reason'",
        ),
    ],
)
def test_a_header_that_is_unclear(header, cause):
    entries, problems = read(header, ["a@b.example"] * len(header))

    assert [] == entries
    assert [True] == [cause in problem.cause for problem in problems]


def test_a_short_row_says_the_rest_is_empty():
    assert SuppressionReason.BY_HAND is one("a@b.example").reason


@pytest.mark.parametrize(
    "spelt",
    ["OBCINA@žlahta.example", "obcina@ŽLAHTA.example", "obcina@xn--lahta-tib.example"],
)
def test_the_key_is_that_of_recipients(spelt):
    """However a list spells it, and whichever Unicode form its domain has."""
    for form in ("NFC", "NFD"):
        cell = unicodedata.normalize(form, spelt)

        assert address_key("obcina@žlahta.example") == one(cell).address_key


ADDRESSES = st.one_of(
    st.from_regex(
        r"[A-Za-z0-9'+=_-]{1,12}@[a-z0-9]{1,12}\.(example|test)", fullmatch=True
    ),
    st.sampled_from(
        ["'a@b.example", "=a@b.example", "info@žlahta.example", "+1@b.test"]
    ),
)
ENTRIES = st.builds(
    Suppression,
    ADDRESSES.map(lambda spelt: address_key(read_address(spelt))),
    st.sampled_from(SuppressionReason),
    st.datetimes(datetime(1990, 1, 1), datetime(2019, 4, 9), timezones=st.just(UTC)),  # noqa: DTZ001 - of the timezone given
    st.text(max_size=60),
)


def export(entries):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(map(row_of, entries))
    return text.getvalue()


def read_back(text):
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    entries, problems = read(header, *rows)
    assert [] == problems
    return entries


@given(st.lists(ENTRIES, max_size=5))
@example([Suppression("=a@b.example", SuppressionReason.COMPLAINT, NOW, "=1+1")])
@example([Suppression("'+a@b.example", SuppressionReason.COMPLAINT, NOW, "'quoted'")])
@example(
    [Suppression("a@b.example", SuppressionReason.COMPLAINT, NOW, "x" * 999 + " y")]
)
def test_what_is_written_is_read_again(entries):
    """Export, import and export again: the same; nothing is a formula."""
    text = export(entries)
    back = read_back(text)

    assert text == export(back)
    assert [(e.address_key, e.reason, e.since) for e in entries] == [
        (e.address_key, e.reason, e.since) for e in back
    ]
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


@given(st.text(max_size=30))
def test_evidence_in_plain_words_is_kept_to_the_letter(text):
    """All but control characters, and more than one space."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    words = " ".join(visible.split())
    entry = Suppression("a@b.example", SuppressionReason.BY_HAND, NOW, text)

    assert [words] == [back.evidence for back in read_back(export([entry]))]


@given(ADDRESSES)
def test_a_key_can_be_read_again(spelt):
    """What is kept is an address itself, of the same key."""
    try:
        key = address_key(read_address(spelt))
    except CellError:
        return

    assert key == address_key(read_address(key))


@given(st.lists(st.lists(st.text(max_size=20), max_size=5), max_size=4))
def test_any_rows_are_read_or_told(rows):
    """Total: a value or a problem for each."""
    entries, problems = read(HEADER, *rows)

    assert len(entries) <= len(rows)
    assert bool(problems) == (len(entries) < len(rows))
