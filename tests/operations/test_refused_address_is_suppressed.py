"""An address that does not exist is not written to again, in any campaign."""

from __future__ import annotations

from offices import taken

from mailer.model.delivery import DeliveryState as S


def test_an_unknown_user_is_refused_and_suppressed(running):
    """550 5.1.1 ends the delivery, the address, and nobody else's message."""
    desk = running("gone", "obcina")
    relay = desk.a_relay()

    desk.send(relay)

    assert {"gone": S.REFUSED, "obcina": S.ACCEPTED} == desk.states()
    assert {"gone"} == desk.suppressed()
    assert ["obcina"] == taken(relay)


def test_a_suppressed_address_gets_no_reminder(running):
    """The reminder goes to the silent who can be reached."""
    desk = running("gone", "obcina")
    desk.send()
    desk.until("reminder")
    relay = desk.a_relay()

    desk.send(relay)

    assert ["obcina"] == taken(relay)
    assert S.ACCEPTED is desk.states("reminder")["obcina"]
