"""A scheduler that was off remembers nothing, and needs to: the plan is worked out."""

from __future__ import annotations

from datetime import timedelta

from offices import taken

from mailer.model.delivery import DeliveryState as S


def test_a_reminder_is_caught_up_while_it_makes_sense(running):
    """Two days late, and before the next message: it goes."""
    desk = running("obcina", "urad")
    desk.send()
    desk.clock.jump(desk.opened.times["reminder"].due + timedelta(days=2))
    relay = desk.a_relay()

    desk.send(relay)

    assert ["obcina", "urad"] == sorted(taken(relay))
    assert {S.ACCEPTED} == set(desk.states("reminder").values())


def test_a_reminder_whose_time_is_over_is_missed_by_name(running):
    """At the last call's time only the last call goes; staff see the reminder."""
    desk = running("obcina", "urad")
    desk.send()
    desk.until("last-call")
    relay = desk.a_relay()

    desk.send(relay)

    assert ["obcina", "urad"] == sorted(taken(relay))
    assert {S.MISSED} == set(desk.states("reminder").values())
    assert {S.ACCEPTED} == set(desk.states("last-call").values())
    assert "no time left" in desk.ledger("reminder")["obcina"].evidence


def test_after_the_deadline_nobody_is_reminded(running):
    """Off over everything: all of it is missed, none of it is sent."""
    desk = running("obcina", "urad")
    desk.send()
    desk.until("thanks")
    relay = desk.a_relay()

    desk.send(relay)

    assert [] == relay.accepted
    for step in ("reminder", "last-call"):
        assert {"obcina": S.MISSED, "urad": S.MISSED} == desk.states(step)


def test_an_opening_that_was_caught_up_is_not_reminded_of_in_the_same_hour(running):
    """Off from the invitation to the reminder: the invitation only."""
    desk = running("obcina")
    desk.until("reminder")
    relay = desk.a_relay()

    desk.send(relay)
    desk.send(desk.a_relay())

    assert 1 == len(relay.accepted)
    assert {"obcina": S.ACCEPTED} == desk.states("invitation")
    assert {"obcina": S.MISSED} == desk.states("reminder")
