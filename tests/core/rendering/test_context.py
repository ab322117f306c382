from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from factories import a_campaign, a_recipient, a_response, an_organisation

from mailer.errors import DefinitionError
from mailer.model.campaign import Category, Step
from mailer.model.recipient import Gender, Role
from mailer.rendering.context import Facts, Sender, deadline, template_context

SENDER = Sender(
    "Pisarna", "pisarna@posiljatelj.example", "odgovori@posiljatelj.example"
)


def a_context(*, campaign=None, step=None, recipient=None, **facts):
    campaign = campaign or a_campaign()
    facts = {"due": date(2019, 4, 30), "recipient_count": 212} | facts
    return template_context(
        campaign,
        step or campaign.steps[0],
        recipient or a_recipient(),
        SENDER,
        Facts(**facts),
    )


def leaves(value):
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [value]


def test_a_context_is_plain_data():
    """A template finds nothing in it that it could call."""
    full = a_context(
        response=a_response(),
        first_sent=date(2019, 4, 8),
        work_free=(date(2019, 5, 1), date(2019, 5, 2)),
        last_working_day=date(2019, 4, 30),
    )

    assert {str, int} == {type(leaf) for leaf in leaves(full)}


def test_what_is_absent_is_empty():
    """A template can ask `{% if event %}`."""
    context = a_context(campaign=a_campaign(event=None, answer_by=None))

    for name in ("event", "deadline", "work_free", "first_sent", "response"):
        assert context[name] == {}
        assert name in context


def test_a_mayor_is_greeted_as_one():
    """Role and gender decide, the address does not."""
    mayor = a_recipient(role=Role.MAYOR, gender=Gender.FEMALE)

    assert a_context(recipient=mayor)["salutation"] == "Spoštovana gospa županja,"
    assert a_context(recipient=mayor)["role"] == "mayor"


def test_a_bilingual_municipality_has_both_names_in_the_address_block():
    """The co-official name stands below the Slovenian one."""
    piran = an_organisation(
        name="Piran",
        official_name="Občina Piran",
        co_official_language="it",
        co_official_name="Comune di Pirano",
    )
    context = a_context(recipient=a_recipient(organisation=piran))

    assert context["organisation"]["address_block"] == [
        "Občina Piran",
        "Comune di Pirano",
    ]
    assert context["organisation"]["genitive"] == "Občine Piran"


def test_other_municipalities_have_one_line():
    """No empty line stands where there is no second name."""
    assert a_context()["organisation"]["address_block"] == ["Mestna občina Ljubljana"]


def test_the_deadline_is_the_announced_one():
    """`answer_by` goes before the office's own target."""
    campaign = a_campaign(texts={"target": "2019-05-06"})

    assert deadline(campaign) == date(2019, 5, 3)
    assert a_context()["deadline"]["until"] == "do petka, 3. maja 2019"
    assert a_context()["deadline"]["days_left"] == 3
    assert a_context(due=date(2019, 5, 4))["deadline"]["days_left"] == -1


def test_without_an_announced_deadline_the_target_counts():
    """The ministry's letter names none; its reminders do."""
    assert deadline(a_campaign(answer_by=None)) is None
    assert deadline(a_campaign(answer_by=None, texts={"target": "2017-10-26"})) == date(
        2017, 10, 26
    )


def test_a_target_that_is_no_date_is_named():
    """The error says which file, what is wrong, and what would be right."""
    campaign = a_campaign(answer_by=None, texts={"target": "konec oktobra"})

    with pytest.raises(DefinitionError, match=r"target: 'konec oktobra' is no date"):
        deadline(campaign)


def test_the_days_before_the_deadline():
    """The sentence of the last call before 3 May 2019."""
    work_free = a_context(
        work_free=(date(2019, 5, 1), date(2019, 5, 2)),
        last_working_day=date(2019, 4, 30),
    )["work_free"]

    assert work_free["sentence"] == "sta 1. in 2. maj dela prosta dneva"
    assert work_free["last_working_day"]["until_short"] == "do torka, 30. aprila"


def test_the_event_knows_how_far_away_it_is():
    """»Jutri« is for the template to say, and only when it is true."""
    assert a_context(due=date(2019, 5, 7))["event"]["days_left"] == 1
    assert a_context()["event"]["when"] == "v sredo, 8. maja 2019, ob 10. uri"


def test_a_response_has_the_day_it_had_here():
    """Half past midnight in Ljubljana is still yesterday in UTC."""
    late = a_response(at=datetime(2019, 4, 10, 22, 30, tzinfo=UTC))

    assert a_context(response=late)["response"]["day"]["short"] == "11. aprila"


def test_a_field_nobody_answered_is_empty():
    """Fields that categories ask for are always there."""
    campaign = a_campaign(
        categories=(
            Category("OBA", "oba", {"kakovost": ("da",), "zadovoljstvo": ("da",)}),
        )
    )
    response = a_response(details={"kakovost": "da", "kateri": "CAF"})

    assert a_context(campaign=campaign, response=response)["response"]["details"] == {
        "kakovost": "da",
        "zadovoljstvo": "",
        "kateri": "CAF",
    }


def test_how_many_answered():
    """The verb agrees with the number."""
    assert (
        a_context(answered_count=2)["answered"]["sentence"]
        == "sta odgovorili 2 od 212 občin"
    )


def test_attachments_are_listed_as_the_step_has_them():
    """The heading counts them; a title is the name without its ending."""
    campaign = a_campaign()
    step = Step(
        "letter",
        "everyone",
        campaign.steps[0].when,
        ("Obrazec za občino.docx", "b.pdf"),
    )
    context = a_context(campaign=campaign, step=step)

    assert context["attachments_heading"] == "Prilogi"
    assert context["attachments"] == [
        {"name": "Obrazec za občino.docx", "title": "Obrazec za občino"},
        {"name": "b.pdf", "title": "b"},
    ]
