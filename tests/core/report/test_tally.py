"""What the report counts, and that it adds up."""

from __future__ import annotations

from dataclasses import replace
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

from mailer.model.campaign import Category, Finality
from mailer.model.delivery import DeliveryState
from mailer.model.response import Suppression, SuppressionReason
from mailer.report.as_table import as_table
from mailer.report.standing import Standing, standing
from mailer.report.sums import Sum, reconcile, sums
from mailer.report.tally import (
    AnswerTally,
    CategoryTally,
    OrganisationLine,
    StepTally,
    tally,
)

JOINS, HAS, NO = "pridruzi", "ze_izvaja", "ne"

#: the ministry's table of answers: the first match wins
CATEGORIES = (
    Category("OBA", "v oba projekta", {"kakovost": (JOINS,), "zadovoljstvo": (JOINS,)}),
    Category("KAKOVOST", "v model kakovosti", {"kakovost": (JOINS,)}),
    Category("ZADOVOLJSTVO", "v ugotavljanje", {"zadovoljstvo": (JOINS,)}),
    Category("NE_ZE_OBA", "oboje že", {"kakovost": (HAS,), "zadovoljstvo": (HAS,)}),
    Category("NE_ZE_ENO", "model že", {"kakovost": (HAS,)}),
    Category("NE_ZE_ENO_Z", "zadovoljstvo že", {"zadovoljstvo": (HAS,)}),
    Category("NE", "v nobenega", {"kakovost": (NO,), "zadovoljstvo": (NO,)}),
)
CAMPAIGN = a_campaign(
    responses={
        "registered": Finality.FINAL,
        "declined": Finality.FINAL,
        "question": Finality.PAUSE,
        "remark": Finality.OPEN,
    }
)
NAMES = {"001": "Ajdovščina", "017": "Črnomelj", "061": "Ljubljana", "133": "Tolmin"}


def organisation(code, region="Goriška"):
    return an_organisation(code=code, name=NAMES.get(code, code), region=region)


def history(code, *kinds, state=DeliveryState.ACCEPTED, region="Goriška", **changes):
    """Return one municipality: what became of its invitation, what it said."""
    recipient = a_recipient(organisation=organisation(code, region))
    rows = {"invitation": a_delivery(state=state)} if state else {}
    said = tuple(a_response(kind=kind, organisation=code) for kind in kinds)
    return a_history(
        **{"recipient": recipient, "deliveries": rows, "responses": said} | changes
    )


@pytest.mark.parametrize("state", DeliveryState)
def test_every_state_has_a_standing(state):
    """A state that joins the ledger must get its word in the report."""
    assert standing(a_delivery(state=state)) in Standing


def test_a_planned_delivery_that_was_tried_is_deferred():
    """The relay said "later": that is not the same as "not yet"."""
    planned = a_delivery(state=DeliveryState.PLANNED, attempts=0)

    assert Standing.PLANNED is standing(planned)
    assert Standing.DEFERRED is standing(replace(planned, attempts=2))


def test_every_listed_recipient_stands_somewhere():
    """Also those who have no row yet, and those who are suppressed."""
    suppression = Suppression(
        "x@kraj.example", SuppressionReason.OBJECTED, datetime(2019, 4, 1, tzinfo=UTC)
    )
    found = tally(
        CAMPAIGN,
        [
            history("001"),
            history("002", state=DeliveryState.BOUNCED),
            history("003", state=None),
            history("004", state=None, suppression=suppression),
        ],
    )

    assert 4 == found.listed
    assert {
        Standing.NOT_PLANNED: 1,
        Standing.ACCEPTED: 1,
        Standing.BOUNCED: 1,
        Standing.SUPPRESSED: 1,
    } == found.opening.counts
    assert 4 == found.opening.total


def test_who_wants_no_more_reminders_is_named_once():
    """The oldest first, a municipality once, whatever it answered."""
    late, early = datetime(2019, 4, 9, tzinfo=UTC), datetime(2019, 4, 8, tzinfo=UTC)
    first = history("001", "declined", objection=an_objection(at=late))
    found = tally(
        CAMPAIGN,
        [
            first,
            first,
            history("002", objection=an_objection(at=early)),
            history("003"),
        ],
    )

    assert ["002", "001"] == [one.organisation.code for one in found.objections]
    assert "+02:00" in found.objections[0].since.isoformat()
    assert 2 == found.answers.silent


def test_steps_are_counted_by_the_ledger_in_the_order_of_the_file():
    """A step without rows is shown empty; one that left the file is shown last."""
    rows = {"invitation": a_delivery(), "old-news": a_delivery(step="old-news")}

    found = tally(CAMPAIGN, [history("001", deliveries=rows)])

    assert [*(step.name for step in CAMPAIGN.steps), "old-news"] == [
        step.name for step in found.steps
    ]
    assert StepTally("reminder", {}) == found.steps[1]
    assert 1 == found.steps[-1].total


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param((), AnswerTally(1, silent=1), id="silence"),
        pytest.param(("registered",), AnswerTally(1, answered=1), id="answer"),
        pytest.param(("question",), AnswerTally(1, asking=1), id="question"),
        pytest.param(("remark",), AnswerTally(1, silent=1), id="remark"),
        pytest.param(("question", "remark"), AnswerTally(1, silent=1), id="settled"),
        pytest.param(("declined", "question"), AnswerTally(1, answered=1), id="then"),
    ],
)
def test_an_organisation_stands_in_one_of_three_places(kinds, expected):
    """A question after an answer waits for a person, but does not undo the answer."""
    found = tally(CAMPAIGN, [history("001", *kinds)])

    assert expected == found.answers
    assert expected == found.regions["Goriška"]
    assert (kinds[-1:] == ("question",)) is bool(found.questions)


def test_latest_final_answer_counts():
    """Who registered and then declined has declined."""
    found = tally(CAMPAIGN, [history("001", "registered", "declined", "question")])

    assert {"declined": 1} == found.kinds
    assert found.questions[0].answered


def test_an_organisation_with_two_addresses_answers_once():
    """Mayor and office are two recipients and one municipality."""
    twice = [history("001", "registered"), history("001", "registered")]

    found = tally(CAMPAIGN, [*twice, history("061"), history("061")])

    assert 4 == found.listed
    assert AnswerTally(2, answered=1, silent=1) == found.answers
    assert (OrganisationLine("061", "Ljubljana", "Goriška"),) == found.silent


def test_silent_and_regions_are_in_alphabetical_order():
    """Črnomelj follows Ajdovščina, before Ljubljana."""
    listed = [
        history("133", region="Goriška"),
        history("061", region="Zasavska"),
        history("017", region="Jugovzhodna Slovenija"),
        history("001", region="Goriška"),
    ]

    found = tally(CAMPAIGN, listed)

    assert ["Ajdovščina", "Črnomelj", "Ljubljana", "Tolmin"] == [
        line.name for line in found.silent
    ]
    assert ["Goriška", "Jugovzhodna Slovenija", "Zasavska"] == list(found.regions)


def test_questions_are_dated_by_the_offices_clocks():
    """A question at 22:30 UTC in April came after midnight in Ljubljana."""
    asked = a_response(kind="question", at=datetime(2019, 4, 10, 22, 30, tzinfo=UTC))

    found = tally(CAMPAIGN, [history("001", responses=(asked,))])

    assert "2019-04-11T00:30:00+02:00" == found.questions[0].since.isoformat()


@pytest.mark.parametrize(
    ("quality", "satisfaction", "expected"),
    [
        (JOINS, JOINS, "OBA"),
        (JOINS, HAS, "KAKOVOST"),
        (JOINS, NO, "KAKOVOST"),
        (HAS, JOINS, "ZADOVOLJSTVO"),
        (HAS, HAS, "NE_ZE_OBA"),
        (HAS, NO, "NE_ZE_ENO"),
        (NO, JOINS, "ZADOVOLJSTVO"),
        (NO, HAS, "NE_ZE_ENO_Z"),
        (NO, NO, "NE"),
        (JOINS, None, "KAKOVOST"),
        (NO, None, ""),
        (None, None, ""),
    ],
)
def test_category(quality, satisfaction, expected):
    """Both axes of the ministry's form give one category; a gap is no "no"."""
    given = {"kakovost": quality, "zadovoljstvo": satisfaction}
    details = {name: value for name, value in given.items() if value}
    campaign = a_campaign(categories=CATEGORIES)

    assert expected == campaign.category(a_response(details=details))


def test_categories_show_zeros_and_leftovers():
    """Each row of the file is there; answers that fit none are last."""
    both = a_response(details={"kakovost": JOINS, "zadovoljstvo": JOINS})
    campaign = a_campaign(categories=CATEGORIES[:2])

    found = tally(
        campaign,
        [history("001", responses=(both,)), history("002", "declined")],
    )

    assert (
        CategoryTally("OBA", "v oba projekta", 1),
        CategoryTally("KAKOVOST", "v model kakovosti", 0),
        CategoryTally("", "uncategorised", 1),
    ) == found.categories


def test_a_step_says_for_which_answers_it_is():
    """In the table beside its counts; a step for everybody says nothing."""
    eve = replace(a_campaign().step("eve"), categories=("OBA", "KAKOVOST"))
    campaign = a_campaign(steps=(*a_campaign().steps[:-1], eve), categories=CATEGORIES)

    found = tally(campaign, [history("001")])

    assert [(), ("OBA", "KAKOVOST")] == [one.categories for one in found.steps[-2:]]
    assert "nothing yet; for OBA, KAKOVOST" in as_table(found, 100)


def test_only_final_answers_have_a_category():
    """A question that happens to carry the form's fields is no answer."""
    asked = a_response(kind="question", details={"kakovost": JOINS})
    campaign = a_campaign(categories=CATEGORIES)

    found = tally(campaign, [history("001", responses=(asked,))])

    assert 0 == sum(one.organisations for one in found.categories)


def test_nothing_is_counted_twice_or_forgotten_in_an_empty_list():
    """An empty list is a report of zeros that adds up."""
    found = tally(CAMPAIGN, [])

    assert (0, AnswerTally()) == (found.listed, found.answers)
    assert () == reconcile(found)


def test_what_the_silent_have_said_is_counted():
    """A remark is no answer, but worth knowing before somebody telephones."""
    listed = [
        history("001", "remark"),
        history("061", "registered", "remark"),
        history("133"),
    ]
    found = tally(CAMPAIGN, listed)

    assert {"remark": 1} == found.hints
    assert "among the silent: 1 remark" in as_table(found)


def test_sums_are_said():
    """The reader can add up the numbers that the report shows."""
    found = tally(CAMPAIGN, [history("001", "registered"), history("061")])

    assert [
        "2 listed = 2 accepted",
        "2 organisations = 1 answered + 1 silent",
        "1 answered = 1 registered",
        "1 answered, by way = 1 staff",
    ] == [str(one) for one in sums(found)]


def test_a_wrong_sum_says_so():
    """The sign is honest."""
    assert "3 listed ≠ 2 accepted" == str(Sum("listed", 3, (("accepted", 2),)))


def test_reconcile_finds_each_kind_of_disagreement():
    """Whatever number is changed, something no longer adds up."""
    found = tally(a_campaign(categories=CATEGORIES), [history("001", "registered")])
    damaged = [
        replace(found, listed=2),
        replace(found, listed=0),
        replace(found, answers=AnswerTally(1, silent=1)),
        replace(found, answers=AnswerTally(2, answered=1)),
        replace(found, kinds={}),
        replace(found, regions={}),
        replace(found, regions={"Goriška": AnswerTally(1)}),
        replace(found, categories=found.categories[:1]),
        replace(found, silent=(OrganisationLine("001", "Ajdovščina", ""),)),
    ]

    assert () == reconcile(found)
    assert all(reconcile(one) for one in damaged)


def test_more_deliveries_than_recipients_are_suspicious():
    """A step has at most one row per recipient."""
    found = tally(CAMPAIGN, [history("001")])
    wrong = replace(found, steps=(StepTally("reminder", {Standing.ACCEPTED: 2}),))

    assert ('step "reminder": 2 deliveries for 1 listed',) == reconcile(wrong)


@given(
    st.lists(
        st.builds(
            lambda code, kinds, state, region: (code, kinds, state, region),
            st.sampled_from([f"{n:03}" for n in range(1, 9)]),
            st.lists(st.sampled_from([*CAMPAIGN.responses, "?"]), max_size=3),
            st.none() | st.sampled_from(DeliveryState),
            st.sampled_from(["", "Goriška", "Zasavska"]),
        ),
        unique_by=lambda one: one[0],
        max_size=8,
    )
)
def test_every_report_adds_up(rows):
    """Whatever has happened, the sums hold, and order does not matter."""
    listed = [
        history(code, *kinds, state=state, region=region)
        for code, kinds, state, region in rows
    ]

    found = tally(CAMPAIGN, listed)

    assert () == reconcile(found)
    backwards = tally(CAMPAIGN, reversed(listed))
    assert found.answers == backwards.answers
    assert found.silent == backwards.silent
    assert found.opening == backwards.opening
