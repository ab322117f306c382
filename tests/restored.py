"""An office that is sent from, restored and adopted; opened anew each time."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from offices import Desk, an_office, taken

from mailer.errors import ExitCode, LeaseError
from mailer.operations.adopt import adopt
from mailer.operations.instance import look_at_instance
from mailer.operations.lock import sender_lock
from mailer.operations.office import open_office

PEOPLE = ("obcina", "urad")


@contextmanager
def office_of(folder, clock):
    """Open an office again; give its desk."""
    with open_office(folder, clock) as office:
        yield Desk(office, clock)


def begin(folder, clock):
    """Start a campaign; leave its invitation due, and unsent."""
    with an_office(folder, clock) as office:
        Desk.running(office, clock, PEOPLE)


def send(folder, clock):
    """Send what is due; return who got something."""
    with office_of(folder, clock) as desk:
        relay = desk.a_relay()
        desk.send(relay)
        return sorted(taken(relay))


def assert_sends_nothing(folder, clock, cause):
    with office_of(folder, clock) as desk:
        relay = desk.a_relay()
        with pytest.raises(LeaseError, match=cause) as caught:
            desk.send(relay)
        with pytest.raises(LeaseError, match=cause), sender_lock(desk.office):
            pass

        assert [] == relay.accepted
        assert ExitCode.LEASED is caught.value.exit_code
        assert "mailer doctor --adopt" in caught.value.problems[0].next_step
        assert caught.value.problems[0] == look_at_instance(desk.office)


def adopted(folder, clock):
    with office_of(folder, clock) as desk:
        return adopt(desk.office, "skrbnik")
