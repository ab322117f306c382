"""An address whose deliveries bounce softly for weeks is written to no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from incoming import a_dsn, a_mail

from mailer import tokens
from mailer.model.delivery import DeliveryState as S
from mailer.store import correspondence, recipients
from mailer.store.tables import delivery

ADDRESS = "obcina@ajdovscina.example"
FULL = {"diagnostic": "smtp; 552 5.2.2 mailbox full", "status": "5.2.2"}
BLOCKED = {"diagnostic": "smtp; 554 5.7.1 blocked using an RBL", "status": "5.7.1"}


@pytest.fixture
def written_to(running):
    """Return a desk from which a municipality has got three letters."""
    desk = running("obcina")
    desk.send()
    for step in ("reminder", "last-call"):
        desk.until(step)
        desk.send()
    return desk


def bounce(desk, step, **fields):
    """Let a letter bounce now."""
    reference = desk.ledger(step)["obcina"].reference
    token = tokens.sign(desk.office.key, tokens.Purpose.REVERSE_PATH, reference)
    desk.post.deliver(
        a_dsn(recipient=ADDRESS, to=f"{token}@posiljatelj.example", **fields)
    )
    desk.collect()


def test_three_in_a_week_are_too_many(written_to):
    """The third one, more than a week after the first, writes the address off."""
    bounce(written_to, "invitation", **FULL)
    written_to.clock.jump(written_to.clock.now() + timedelta(days=4))
    bounce(written_to, "reminder", **FULL)
    assert set() == written_to.suppressed()

    written_to.clock.jump(written_to.clock.now() + timedelta(days=4))
    bounce(written_to, "last-call", **FULL)

    assert {"obcina"} == written_to.suppressed()
    assert S.BOUNCED is written_to.states("last-call")["obcina"]


@pytest.mark.parametrize(
    "middle",
    [
        pytest.param(lambda desk: bounce(desk, "reminder", **BLOCKED), id="our fault"),
        pytest.param(lambda desk: bounce(desk, "invitation", **FULL), id="replayed"),
        pytest.param(
            lambda desk: bounce(
                desk, "reminder", action="delivered", status="2.0.0", diagnostic="ok"
            ),
            id="delivered",
        ),
        pytest.param(lambda desk: write(desk, "Odg: Vabilo"), id="wrote"),
        pytest.param(lambda desk: write(desk, "Samodejni odgovor: V"), id="absent"),
    ],
)
def test_a_sign_of_life_or_another_reason_does_not_count(written_to, middle):
    """Neither an IP block, nor the same report again; and life begins anew."""
    bounce(written_to, "invitation", **FULL)
    written_to.clock.jump(written_to.clock.now() + timedelta(days=4))
    middle(written_to)
    written_to.clock.jump(written_to.clock.now() + timedelta(days=4))
    bounce(written_to, "last-call", **FULL)

    assert set() == written_to.suppressed()


def write(desk, subject):
    """Let the municipality write something."""
    desk.post.deliver(a_mail("Pozdrav.", From=ADDRESS, Subject=subject))
    desk.collect()


def test_what_is_counted(written_to):
    """One instant for each delivery that bounced for one of the reasons."""
    bounce(written_to, "invitation", **FULL)
    bounce(written_to, "reminder", **FULL)
    now = written_to.clock.now()
    rows = {step: written_to.ledger(step)["obcina"] for step in ("invitation",)}
    with written_to.office.database.read() as connection:
        asked = {"reasons": {"mailboxfull"}, "since": now - timedelta(days=1)}
        every = correspondence.soft_bounces(connection, ADDRESS, except_of=0, **asked)
        other = correspondence.soft_bounces(
            connection, ADDRESS, except_of=rows["invitation"].id, **asked
        )

    assert ([now, now], [now]) == (every, other)


def test_a_domain_has_its_newest_deliveries(written_to):
    """One per municipality and campaign; a percent sign is no wildcard."""
    with written_to.office.database.read() as connection:
        found = correspondence.deliveries_at_domain(connection, "ajdovscina.example")
        none = correspondence.deliveries_at_domain(connection, "%")
        codes = correspondence.codes_of_list(connection, "municipalities")
        names = [o.code for o in recipients.organisations(connection)]
        rows = connection.execute(delivery.select()).all()

    assert [max(row.id for row in rows)] == [row.id for row in found]
    assert [] == list(none)
    assert set(codes) <= set(names)
