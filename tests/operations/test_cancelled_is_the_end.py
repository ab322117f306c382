"""Of a cancelled campaign nothing goes any more, and every command says so."""

from __future__ import annotations

from functools import partial

import pytest
from commands import Command, assert_is_clear

from mailer.errors import ExitCode
from mailer.model.campaign import CampaignStatus as C
from mailer.model.delivery import DeliveryState as S
from mailer.operations.campaign_status import cancel
from mailer.store import campaigns

PEOPLE = ("obcina", "urad")


@pytest.fixture
def ended(running):
    """Return the desk of a conference that was cancelled after its planning."""
    desk = running(*PEOPLE)
    desk.plan()
    cancel(desk.office, desk.name, "načelnica")
    return desk


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "conference", "--by", "načelnica"),
        ("start", "conference", "--confirm", 2),
        ("start", "conference", "--confirm", 2, "--canary", 1),
        ("resume", "conference"),
        ("pause", "conference"),
    ],
    ids=lambda words: " ".join(map(str, words)),
)
@pytest.mark.parametrize("is_edited", [False, True])
def test_nothing_wakes_it(ended, monkeypatch, capsys, words, is_edited):
    """Also if its folder is another by now; the next step is a new campaign."""
    if is_edited:
        file = ended.office.templates / "conference" / "invitation.txt.j2"
        file.write_text(file.read_text("utf-8") + "Lep dan!\n", "utf-8")

    said = Command(ended.office.folder, monkeypatch, capsys)(*words)

    assert_is_clear(
        said, ExitCode.USAGE, "is cancelled, and that is the end", "another name"
    )
    assert C.CANCELLED is ended.status.status
    assert {S.CANCELLED} == set(ended.states().values())


def test_an_approval_that_was_under_way_meanwhile_does_not_wake_it(ended):
    """The check takes minutes; the store has the last word."""
    approved = partial(campaigns.approve, content="")
    with ended.office.database.write() as connection:
        approved(connection, ended.name, "f", 2, "načelnica", ended.clock.now())

    assert C.CANCELLED is ended.status.status
