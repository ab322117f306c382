"""A delivery composes to the same bytes, whatever was composed before it."""

from __future__ import annotations

import pytest
from commands import edit
from offices import Desk, import_list

from mailer import tokens
from mailer.operations.check_campaign import check_campaign
from mailer.operations.compose import Composer
from mailer.operations.imagine import imagine
from mailer.operations.preview import preview_one
from mailer.store import histories

PEOPLE = ("obcina", "zupan", "tajnistvo", "urad", "uprava", "info")


def its_histories(desk):
    campaign = desk.opened.campaign
    with desk.office.database.read() as connection:
        return list(histories.of_list(connection, campaign.name, campaign.list_name))


def composed(desk, composer, step, history):
    due = desk.clock.now()
    [seen, *_] = imagine(composer.campaign, step, history, due)
    return composer.message(step, seen, due=due, begun=due, answered_count=2)


@pytest.mark.parametrize("name", ["conference", "ministry-letter"])
def test_the_order_of_composing_changes_no_byte(office, clock, name):
    """Nor which steps and recipients it was between; restarts forget everything."""
    import_list(office, PEOPLE)
    desk = Desk(office, clock, name)
    opened, known = desk.opened, its_histories(desk)
    wanted = [(step, one) for step in opened.campaign.steps for one in known]
    alone = [
        composed(desk, Composer(desk.office, opened, 6), *one).data for one in wanted
    ]
    composer = Composer(desk.office, opened, 6)

    forth = list(range(len(wanted)))
    for place in [*forth, *reversed(forth), *forth[::5]]:
        assert alone[place] == composed(desk, composer, *wanted[place]).data


def test_the_ledger_names_the_delivery(running):
    """The reference that was planned is in the message, and is made no other way."""
    desk = running("obcina")
    [before] = its_histories(desk)
    desk.plan()
    [after] = its_histories(desk)
    composer = Composer(desk.office, desk.opened, 1)
    step = desk.opened.campaign.steps[0]

    imagined = composed(desk, composer, step, before)
    real = composed(desk, composer, step, after)
    assert after.deliveries[step.name].reference == real.envelope.envid
    assert imagined.data == real.data
    reverse_path = real.envelope.reverse_path
    purpose = tokens.Purpose.REVERSE_PATH
    assert real.envelope.envid == tokens.read(desk.office.key, purpose, reverse_path)


def test_an_opening_on_a_closed_day_is_named_by_the_day_it_goes(office, clock):
    """A Sunday's goes on Monday: preview, check and rehearsal write that day."""
    import_list(office, PEOPLE)
    file = office.templates / "conference" / "campaign.toml"
    edit(file, "at = 2019-04-08T09:00:00", "at = 2019-04-07T03:00:00")
    desk = Desk(office, clock)

    text = preview_one(office, desk.opened, None, "reminder").rendered.text
    found = check_campaign(office, desk.opened).problems

    assert "poslali 8. aprila 2019" in " ".join(text.split())
    assert [] == [one for one in found if "/reminder" in one.place]
