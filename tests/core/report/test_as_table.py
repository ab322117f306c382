"""The report as text, at the widths of a phone, a terminal and a wide screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import (
    a_campaign,
    a_delivery,
    a_history,
    a_recipient,
    a_response,
    an_organisation,
)

from mailer.model.campaign import Category
from mailer.model.delivery import DeliveryState
from mailer.report.as_table import as_table
from mailer.report.tally import tally

CAMPAIGN = a_campaign(
    title="Nacionalna konferenca o sodelovanju z občani",
    categories=(Category("DA", "pridejo", {"pride": ("da",)}),),
)


def a_country(number=24):
    """Return histories of so many municipalities, every third of which answered."""
    for n in range(1, number + 1):
        code = f"{n:03}"
        answer = a_response(organisation=code, details={"pride": "da"})
        question = a_response(organisation=code, kind="question")
        state = DeliveryState.BOUNCED if n == 7 else DeliveryState.ACCEPTED
        yield a_history(
            recipient=a_recipient(
                organisation=an_organisation(
                    code=code,
                    name=f"Sveta Trojica v Slovenskih goricah {n}",
                    region="Jugovzhodna Slovenija" if n % 2 else "Goriška",
                )
            ),
            deliveries={
                "invitation": a_delivery(state=state),
                "reminder": a_delivery(step="reminder", state=DeliveryState.IN_DOUBT),
            },
            responses=((answer,), (), (question,) if n == 12 else ())[n % 3 - 1],
        )


FULL = tally(CAMPAIGN, a_country())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_too_long(width):
    """The report fits its terminal, and leaves no trailing blanks."""
    for line in as_table(FULL, width).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


def test_narrow_terminals_get_forty_columns():
    """Below that a table is no table."""
    assert as_table(FULL, 40) == as_table(FULL, 10)


def test_wide_terminals_get_more_columns():
    """The list of the silent uses the room there is."""
    assert len(as_table(FULL, 120).splitlines()) < len(as_table(FULL, 60).splitlines())


@pytest.mark.parametrize(
    "expected",
    [
        "Nacionalna konferenca o sodelovanju z občani",
        "invitation: 24 listed",
        "24 listed = 23 accepted + 1 bounced",
        "answers: 24 organisations",
        "24 organisations = 8 answered + 1 question waiting + 15 silent",
        "DA  pridejo",
        "24 in doubt",
        "nothing yet",
        "questions waiting for a person: 1",
        "question since 2019-04-10 10:00",
        "silent: 15",
        "¹ accepted: the relay took responsibility",
    ],
)
def test_the_report_says(expected):
    """Numbers, sums, names and the footnote are there."""
    assert expected in as_table(FULL, 120)


def test_accepted_is_never_called_delivered():
    """The relay's "250" is no delivery; the word appears only for a DSN's."""
    assert "delivered" not in as_table(FULL, 80)


def test_regions_line_up():
    """Words left, numbers right, under their headers."""
    lines = as_table(FULL, 60).splitlines()
    first = lines.index("regions") + 1

    assert [
        "  region                 listed  answered  waiting  silent",
        "  Goriška                    12         4        1       7",
        "  Jugovzhodna Slovenija      12         4        0       8",
    ] == lines[first : first + 3]


def test_numbers_that_do_not_add_up_are_shouted():
    """A report with a wrong sum says so before anything else."""
    text = as_table(replace(FULL, listed=25), 80)

    assert "THESE NUMBERS DO NOT ADD UP" in text
    assert "25 listed ≠ 23 accepted + 1 bounced" in text


def test_an_empty_campaign_has_a_report():
    """Before anything has happened there are zeros, and no empty lists."""
    text = as_table(tally(a_campaign(), []), 80)

    assert "invitation: 0 listed" in text
    assert "regions" not in text
    assert "silent: " not in text
    assert "what they answered" not in text


def test_a_region_without_a_name_is_named_so():
    """Lists other than the municipalities' may have no region in some rows."""
    lone = a_recipient(organisation=an_organisation(code="900", region=""))

    text = as_table(tally(CAMPAIGN, [*a_country(3), a_history(recipient=lone)]), 80)

    assert "(no region)" in text
