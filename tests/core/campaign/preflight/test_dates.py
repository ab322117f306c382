"""Dates in a letter: against the calendar, and against the campaign's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from mailer.campaign.preflight.dates import Dates, look_at_dates
from mailer.errors import Severity

#: a conference on a Wednesday, its deadline on the Friday before
DATES = Dates(
    sent=date(2027, 3, 8),
    deadline=date(2027, 4, 9),
    event=datetime(2027, 4, 14, 10, 0),  # noqa: DTZ001 - wall clock
    known=frozenset({date(2027, 4, 8), date(2026, 12, 15)}),
)


def findings(text):
    return [(one.cause, one.severity) for one in look_at_dates("here", text, DATES)]


@pytest.mark.parametrize(
    "text",
    [
        "v sredo, 14. aprila 2027 ob 10. uri",
        "Sreda, 14. april, ob 10.00",
        "v sredo 14. 4. 2027",
        "v sre. 14. 4.",
        "14. aprila (sreda)",
        "najpozneje do petka, 9. aprila",
        "Rok za prijavo: petek, 9. april 2027",
        "do vključno četrtka, 8. aprila",  # the working day before it
        "delavnica bo od 3. do 5. maja",
        "z vabilom, ki smo ga poslali 15. decembra",
        "z vabilom z dne 15. 12. 2026",
        "2027-04-14",
        "1. 2. Dnevni red",
        "Strategija do leta 2020, ur. l. 14.13.2",
        "pet 3 marjetice, 3. majhen opomnik",
    ],
)
def test_a_date_that_fits_is_not_mentioned(text):
    """In all the ways in which it may be written."""
    assert [] == findings(text)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("v torek, 14. aprila 2027", "that day is a Wednesday"),
        ("V TOREK, 14. APRILA", "that day is a Wednesday"),
        ("v torek,\n14. aprila", "that day is a Wednesday"),
        ("v\u00a0torek 14.\u00a04.\u00a02027", "that day is a Wednesday"),
        ("do tor. 14. 4.", "that day is a Wednesday"),
        ("14. aprila (torek)", "that day is a Wednesday"),
        ("30. februarja 2027", "is no date"),
        ("31. 11. 2027", "is no date"),
        ("2027-13-01", "is no date"),
        ("najpozneje do 9. aprila 2026", "the deadline is in 2027"),
        ("14. 4. 2026", "the event is in 2027"),
    ],
)
def test_what_is_certainly_wrong_blocks(text, cause):
    """A weekday of another day, a day that is none, another year."""
    assert [cause] == [
        c[-len(cause) :] for c, s in findings(text) if s.name == "BLOCKS"
    ]


def test_a_date_without_a_year_is_the_campaigns_whenever_somebody_looks():
    """An old campaign is opened again, or one is prepared long before."""
    for year in (2024, 2026, 2030):
        long_off = replace(DATES, sent=date(year, 10, 20))

        assert [] == list(look_at_dates("here", "do petka, 9. aprila", long_off))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("z dne 3. maja 2012", "is in a past year"),
        ("dobili smo se 1. marca 2027", "is over when this goes"),
        ("prijavite se do 10. aprila", "contradicts the deadline"),
        ("najkasneje 12. 4. 2027", "contradicts the deadline"),
        ("rok je 12. aprila", "contradicts the deadline"),
        ("v četrtek, 15. aprila, ob 10. uri", "contradicts the event, on Wed 14 Apr"),
        ("14. aprila ob 9.30", "which begins at 10:00"),
    ],
)
def test_what_may_be_meant_warns(text, cause):
    """Past days, and others than the deadline's and the event's."""
    ((said, severity),) = findings(text)

    assert cause in said
    assert Severity.WARNS is severity
