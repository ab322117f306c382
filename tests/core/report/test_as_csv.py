"""The report as a spreadsheet: one row per recipient."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest
from factories import (
    a_campaign,
    a_delivery,
    a_history,
    a_recipient,
    a_response,
    an_objection,
    an_organisation,
)
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.campaign import Category
from mailer.model.delivery import DeliveryState
from mailer.model.response import Suppression, SuppressionReason
from mailer.report.as_csv import FORMULA_STARTS, as_csv, safe_cell

CAMPAIGN = a_campaign(
    categories=(Category("OBA", "v oba", {"kakovost": ("da",), "merjenje": ("da",)}),)
)


def rows(*histories):
    return list(csv.DictReader(as_csv(CAMPAIGN, histories)))


def test_one_row_per_recipient_with_all_that_is_known():
    """State of each step, the last reply, the answer and its category."""
    history = a_history(
        deliveries={
            "invitation": a_delivery(
                changed_at=datetime(2019, 4, 8, 7, 0, tzinfo=UTC),
                last_exchange="end_of_data: 250 2.0.0 queued as 1",
            ),
            "reminder": a_delivery(
                step="reminder",
                state=DeliveryState.IN_DOUBT,
                changed_at=datetime(2019, 4, 24, 6, 0, tzinfo=UTC),
                last_exchange="end_of_data: lost",
            ),
        },
        responses=(a_response(details={"kakovost": "da", "merjenje": "da"}),),
        objection=an_objection(),
    )

    assert [
        {
            "code": "061",
            "name": "Ljubljana",
            "address": "obcina@ljubljana.example",
            "region": "Osrednjeslovenska",
            "step invitation": "accepted",
            "step reminder": "in doubt",
            "step last-call": "",
            "step confirmation": "",
            "step eve": "",
            "to_resolve": "1",
            "last_change": "2019-04-24T08:00:00+02:00",
            "last_reply": "end_of_data: lost",
            "suppression": "",
            "objection": "2019-04-10T10:00:00+02:00",
            "response": "registered",
            "response_at": "2019-04-10T10:00:00+02:00",
            "response_source": "staff",
            "category": "OBA",
            "kakovost": "da",
            "merjenje": "da",
        }
    ] == rows(history)


def test_a_recipient_to_whom_nothing_happened():
    """Empty cells, not words for nothing."""
    (row,) = rows(a_history())

    assert {"code", "name", "address", "region"} == {
        name for name, cell in row.items() if cell
    }


def test_a_question_is_a_response_without_a_category():
    """The category belongs to final answers only."""
    asked = a_response(kind="question", details={"kakovost": "da", "merjenje": "da"})

    (row,) = rows(a_history(responses=(asked,)))

    assert ("question", "") == (row["response"], row["category"])


def test_an_answer_is_shown_before_a_later_question():
    """A question does not take an answer back."""
    said = (a_response(), a_response(kind="question"))

    assert "registered" == rows(a_history(responses=said))[0]["response"]


def test_suppression_is_shown_with_its_reason():
    """Staff see why an address is not written to."""
    since = datetime(2019, 4, 9, tzinfo=UTC)
    suppression = Suppression("x@kraj.example", SuppressionReason.OBJECTED, since)

    assert "objected" == rows(a_history(suppression=suppression))[0]["suppression"]


def test_lines_end_as_rfc_4180_says():
    """CRLF after every row, the header included."""
    assert all(line.endswith("\r\n") for line in as_csv(CAMPAIGN, [a_history()]))


def test_rows_are_streamed():
    """The header is there before the first history is read."""

    def explode():
        raise AssertionError("read too early")
        yield

    assert next(as_csv(CAMPAIGN, explode())).startswith("code,name,address")


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_is_a_formula(start):
    """What a recipient wrote cannot become a command in the office's Excel."""
    evil = f"{start}HYPERLINK(1)"
    recipient = a_recipient(organisation=an_organisation(name=evil))

    (row,) = rows(a_history(recipient=recipient))

    assert f"'{evil}" == row["name"]


@given(st.text())
def test_safe_cells_are_safe_and_keep_their_text(text):
    """Nothing is lost, and nothing begins like a formula."""
    cell = safe_cell(text)

    assert text == cell or text == cell[1:]
    assert not cell.startswith(FORMULA_STARTS)
