"""A form whose id is not ours: what it says waits for who knows whose it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import an_organisation
from incoming import a_mail_with

from mailer.forms.attachments import FormPrinter
from mailer.model.campaign import FormFormat
from mailer.model.incoming import ReviewState, Suggestion
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.filling import fill_pdf
from mailer.store import inbox

VALUES = {"kontakt_ime": "Ana Vzorec", "kakovost": "pridruzi", "zadovoljstvo": "ne"}


@pytest.fixture
def clock():
    """Return a clock that shows the days before the ministry's letter."""
    return VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))


def test_its_values_are_kept_for_a_person(running):
    """Nothing is recorded; who names the municipality is offered what it says."""
    desk = running("obcina", "urad", name="ministry-letter")
    desk.send()
    printer = FormPrinter(desk.opened.campaign.form, desk.name, b"x" * 32)
    stranger = an_organisation(code="999", official_name="Občina Nikjer")
    [file] = printer.attachments(stranger, (FormFormat.PDF,))
    content = fill_pdf(file.content, VALUES)
    desk.post.deliver(
        a_mail_with(content, file.media_type, "V prilogi.", From="a@doma.example")
    )

    desk.collect()

    with desk.office.database.read() as connection:
        row = inbox.get(connection, 1)
    assert ReviewState.OPEN.value == row.review
    assert VALUES == Suggestion.from_json(row.suggestion).details
    assert [] == desk.answers()
