"""D06: a report that only looks like one about us changes nothing; a person sees it."""

from __future__ import annotations

import pytest
from incoming import a_dsn

from mailer import tokens
from mailer.model.delivery import DeliveryState as S
from mailer.store import recipients


def with_another_key(row):
    return tokens.sign(b"k" * 32, tokens.Purpose.REVERSE_PATH, row.reference)


def with_a_reply_token(row):
    return f"r-{row.reference}{row.reference}"


def with_our_message_id_only(_row):
    return "pisarna"


@pytest.mark.parametrize(
    "forged", [with_another_key, with_a_reply_token, with_our_message_id_only]
)
def test_a_forged_bounce_changes_nothing(running, forged):
    """Neither the delivery nor the address; the message waits for a person."""
    desk = running("obcina", "urad")
    desk.send()
    row = desk.ledger()["obcina"]
    report = a_dsn(
        recipient="obcina@ajdovscina.example",
        to=f"{forged(row)}@posiljatelj.example",
        returned=f"Message-ID: <{row.reference}@posiljatelj.example>",
    )
    desk.post.deliver(report)

    found = desk.collect()

    assert 1 == found.to_review
    assert {S.ACCEPTED} == set(desk.states().values())
    assert set() == desk.suppressed()


def test_a_true_token_about_another_address_changes_nothing(running):
    """Who got our mail forwarded knows the token, and may not bounce for others."""
    desk = running("obcina", "urad")
    desk.send()
    row = desk.ledger()["obcina"]
    token = tokens.sign(desk.office.key, tokens.Purpose.REVERSE_PATH, row.reference)
    report = a_dsn(recipient="urad@beltinci.example", to=f"{token}@posiljatelj.example")
    desk.post.deliver(report)

    desk.collect()

    assert {S.ACCEPTED} == set(desk.states().values())
    assert set() == desk.suppressed()


def test_a_bounce_of_what_was_never_sent_changes_nothing(running):
    """The token is right, the time is not: the message is still planned."""
    desk = running("obcina")
    desk.plan()
    row = desk.ledger()["obcina"]
    token = tokens.sign(desk.office.key, tokens.Purpose.REVERSE_PATH, row.reference)
    desk.post.deliver(
        a_dsn(recipient="obcina@ajdovscina.example", to=f"{token}@posiljatelj.example")
    )

    desk.collect()

    assert {"obcina": S.PLANNED} == desk.states()
    assert set() == desk.suppressed()


def test_a_replayed_bounce_does_not_undo_what_staff_decided(running):
    """The office trusts the address again: a hundred copies change nothing."""
    desk = running("obcina")
    desk.send()
    row = desk.ledger()["obcina"]
    token = tokens.sign(desk.office.key, tokens.Purpose.REVERSE_PATH, row.reference)
    address = "obcina@ajdovscina.example"
    report = a_dsn(recipient=address, to=f"{token}@posiljatelj.example")
    desk.post.deliver(report)
    desk.collect()
    assert {"obcina"} == desk.suppressed()
    with desk.office.database.write() as connection:
        recipients.unsuppress(connection, address)

    for number in range(100):
        copy = report.replace(
            b"Subject: Und", f"X-Copy: {number}\nSubject: Und".encode()
        )
        desk.post.deliver(copy)
    found = desk.collect()

    assert (100, 0) == (found.kinds.total(), found.to_review)
    assert set() == desk.suppressed()
