"""What a campaign says that calendar programs and words mean, and its subjects."""

from __future__ import annotations

import pytest

from mailer.campaign.definition import parse
from mailer.campaign.subjects import constant_subjects
from mailer.errors import DefinitionError
from mailer.model.campaign import NumberedAnswer, SendingWindow

CAMPAIGN = {
    "title": "Konferenca",
    "list": "municipalities",
    "responses": {"question": "pause", "registered": True},
    "step": [{"name": "invitation", "to": "everyone", "at": "2019-04-08T09:00:00"}],
}


def parsed(**tables):
    """Return the campaign with more tables."""
    return parse(
        {**CAMPAIGN, **tables},
        name="conference",
        templates={"invitation.subject.j2", "invitation.txt.j2"},
        attachments=(),
        timezone="Europe/Ljubljana",
        window=SendingWindow(),
    )


def test_meanings_are_responses_with_fields():
    """As [numbers] are: a kind, and the fields of the answer."""
    found = parsed(meanings={"accepted": {"kind": "registered", "oseb": "1"}})

    assert {"accepted": NumberedAnswer("registered", {"oseb": "1"})} == found.meanings
    assert "question" == found.pausing
    assert "" == parsed(responses={"registered": True}).pausing


def test_every_mistake_is_said_at_once():
    """A word that nobody answers, a kind that is none, a table without a kind."""
    with pytest.raises(DefinitionError) as raised:
        parsed(
            meanings={
                "perhaps": {"kind": "registered"},
                "accepted": {"kind": "prijavljen"},
                "declined": {"oseb": "0"},
            }
        )

    said = [f"{one.place}: {one.cause}" for one in raised.value.problems]
    place = "conference/campaign.toml, meanings"
    assert [
        f"{place}, perhaps: is no answer",
        f"{place}, accepted: its kind is not in [responses]",
        f"{place}, declined: its kind is not in [responses]",
    ] == said


def test_what_differs_is_left_out_of_a_subject():
    """The words of all subjects, in every language, each once."""
    templates = {
        "a.subject.j2": "Vabilo: {{ campaign.title }}, {{ event.day.nominative }}",
        "b.subject.j2": "{% if x %}Jutri{% endif %}: {{- campaign.title -}}\n",
        "b.it.subject.j2": "Invito",
        "c.subject.j2": "{{ deadline.short }}",
        "a.txt.j2": "Spoštovani",
    }

    found = constant_subjects(templates, "Naslov {a}")

    assert ("Vabilo: Naslov {a},", "Jutri : Naslov {a}", "Invito") == found
