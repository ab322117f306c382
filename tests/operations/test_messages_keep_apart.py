"""Between two letters that nobody asked for lie the campaign's working days."""

from __future__ import annotations

from datetime import timedelta

from offices import taken

from mailer.model.delivery import DeliveryState as S
from mailer.planning.windows import WorkCalendar


def test_a_reminder_waits_after_an_invitation_that_was_caught_up(running):
    """Invited a day before the reminder: it comes two working days after that."""
    desk = running("obcina")
    campaign = desk.opened.campaign
    calendar = WorkCalendar.of(campaign)
    due = desk.opened.times["reminder"].due
    eve = calendar.add_working_days(calendar.local(due).date(), -1)
    desk.clock.jump(calendar.opening(eve) + timedelta(hours=1))
    desk.send()
    desk.until("reminder")
    too_early, in_time = desk.a_relay(), desk.a_relay()

    desk.send(too_early)
    desk.clock.jump(calendar.free_again(calendar.opening(eve), 2))
    desk.send(in_time)

    assert 2 == campaign.working_days_apart
    assert [] == too_early.accepted
    assert ["obcina"] == taken(in_time)
    assert {"obcina": S.ACCEPTED} == desk.states("reminder")
