"""A number typed into the reply to the ministry's last call is an answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from offices import taken

from mailer.model.response import ResponseSource
from mailer.sandbox.clock import VirtualClock


@pytest.fixture
def clock():
    """Return a clock that shows the days before the ministry's letter."""
    return VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))


@pytest.fixture
def written_to(running):
    """Return the desk of a ministry whose letter has gone out."""
    desk = running("obcina", "urad", name="ministry-letter")
    desk.send()
    return desk


def test_a_typed_number_becomes_a_response(written_to):
    """With the fields which the campaign gives the number."""
    written_to.write("letter", "obcina", "3\n\nLep pozdrav\nObčinska uprava")

    written_to.collect()
    [answer] = written_to.answers()

    assert ("returned", "001") == (answer.kind, answer.organisation)
    assert ResponseSource.NUMBER is answer.source
    assert {"kakovost": "pridruzi", "zadovoljstvo": "pridruzi"} == answer.details


def test_who_typed_a_number_is_not_reminded(written_to):
    """The reminder goes to the other one only."""
    written_to.write("letter", "obcina", "5")
    written_to.collect()
    written_to.until("reminder")
    relay = written_to.a_relay()

    written_to.send(relay)

    assert ["urad"] == list(written_to.states("reminder"))
    assert "urad" in taken(relay)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("6", id="no such choice"),
        pytest.param("Pokličite 041 123 456", id="a telephone number"),
        pytest.param("1 ali 2?", id="two of them"),
    ],
)
def test_what_is_no_choice_waits_for_a_person(written_to, text):
    """Better a person than a wrong answer; until then the reminders pause."""
    written_to.write("letter", "obcina", text)

    found = written_to.collect()

    assert 1 == found.to_review
    assert ["question"] == [one.kind for one in written_to.answers()]
