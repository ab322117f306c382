"""Planning is harmless, however often; sending again sends nothing."""

from __future__ import annotations

from offices import Desk, import_list

from mailer.operations.office import open_office


def test_planning_again_adds_nothing(running):
    """The first says how many; the second has nothing left to say."""
    desk = running("obcina", "urad", "tajnistvo")

    first, second = desk.plan(), desk.plan()

    assert (3, 0) == (first.planned, first.missed)
    assert (0, 0) == (second.planned, second.missed)
    assert 3 == len(desk.ledger())


def test_two_programs_plan_each_row_once(running, clock):
    """Two planners at one time: the unique key decides, not who looked first."""
    desk = running("obcina", "urad")
    with open_office(desk.office.folder, clock) as other:
        desk.plan()
        Desk(other, clock).plan()

    assert 2 == len(desk.ledger())


def test_sending_again_sends_nothing(running):
    """The relay of the second round hears no message at all."""
    desk = running("obcina", "urad")
    desk.send()
    relay = desk.a_relay()

    desk.send(relay)

    assert [] == relay.heard


def test_a_draft_plans_nothing(office, clock):
    """What was not started has no plan in the ledger."""
    import_list(office, ("obcina",))
    desk = Desk(office, clock)

    assert 0 == desk.plan().planned
    assert {} == desk.ledger()
