"""The table of answers: each organisation once, and nobody is missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import a_campaign, a_history, a_recipient, a_response, an_organisation
from letters import a_bundled_campaign

from mailer.model.response import ResponseSource
from mailer.report.answers import answer_table

MINISTRY = a_bundled_campaign("ministry-letter")
NAMES = {"001": "Ajdovščina", "003": "Bled", "061": "Ljubljana", "213": "Ankaran"}


def a_form(code, **details):
    return a_response(
        campaign="ministry-letter",
        organisation=code,
        kind="returned",
        details=details,
        source=ResponseSource.FORM,
        recorded_by="mailer",
        incoming_id=7,
    )


def history(code, *responses):
    organisation = an_organisation(code=code, name=NAMES[code])
    return a_history(
        recipient=a_recipient(organisation=organisation), responses=tuple(responses)
    )


def table(*histories, in_review=(), campaign=MINISTRY):
    return answer_table(
        campaign, histories, senders={7: "ana@drugje.example"}, in_review=in_review
    )


def column(made, name):
    place = made.header.index(name)
    return [row[place] for row in made.rows]


def test_a_returned_form_is_a_row():
    """With its fields, its category, when and from where it came."""
    made = table(history("061", a_form("061", kakovost="pridruzi", kontakt_ime="Ana")))
    row = dict(zip(made.header, made.rows[0], strict=True))

    assert "KAKOVOST" == row["status"]
    assert ("pridruzi", "", "Ana") == (
        row["kakovost"],
        row["zadovoljstvo"],
        row["kontakt_ime"],
    )
    assert "2019-04-10 10:00" == row["at"]  # in the office's zone
    assert ("form", "ana@drugje.example") == (row["source"], row["from"])
    assert "obcina_sifra" not in row


def test_the_rows_stand_by_the_slovenian_alphabet():
    made = table(*map(history, NAMES))

    assert ["Ajdovščina", "Ankaran", "Bled", "Ljubljana"] == column(made, "name")
    assert ["001", "213", "003", "061"] == column(made, "code")


@pytest.mark.parametrize(
    ("responses", "in_review", "status"),
    [
        ([], (), "BREZ_ODGOVORA"),
        ([], ("061",), "V_PREGLEDU"),
        (["question"], (), "VPRASANJE"),
        (["question"], ("061",), "V_PREGLEDU"),
        (["returned"], (), "NEPOPOLN"),
        (["returned", "question"], ("061",), "NEPOPOLN"),
    ],
)
def test_without_a_whole_answer_there_is_a_status(responses, in_review, status):
    given = [
        a_response(campaign="ministry-letter", kind=kind, details={})
        for kind in responses
    ]

    made = table(history("061", *given), in_review=in_review)

    assert [status] == column(made, "status")


def test_the_latest_answer_counts():
    first = a_form("061", kakovost="ne", zadovoljstvo="ne")
    second = a_form("061", kakovost="pridruzi", zadovoljstvo="pridruzi")

    assert ["OBA"] == column(table(history("061", first, second)), "status")


def test_the_counts_are_all_organisations():
    """Each once, however many addresses it has; zeros are shown."""
    made = table(
        history("061", a_form("061", kakovost="ne", zadovoljstvo="ne")),
        history("061", a_form("061", kakovost="ne", zadovoljstvo="ne")),
        history("003"),
        history("001"),
        in_review=["001"],
    )
    counts = {status: count for status, _, count in made.counts}

    assert 3 == sum(counts.values()) == len(made.rows)
    assert (1, 1, 1) == (counts["NE"], counts["BREZ_ODGOVORA"], counts["V_PREGLEDU"])
    assert 0 == counts["OBA"]
    assert len(counts) == len(made.counts)


def test_a_campaign_without_categories_counts_kinds():
    """A registration is a status by its name."""
    made = table(
        history("061", a_response(at=datetime(2019, 4, 10, tzinfo=UTC))),
        history("003"),
        campaign=a_campaign(),
    )

    assert ["BREZ_ODGOVORA", "registered"] == column(made, "status")
    assert ("registered", "", 1) in made.counts
