"""An office that keeps its messages has exactly the bytes that went out."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from mailer.sandbox.relay import ScriptedRelay
from mailer.store import deliveries


def keeping(desk):
    sending = desk.office.settings.sending.model_copy(update={"keep_messages": True})
    settings = desk.office.settings.model_copy(update={"sending": sending})
    desk.office = replace(desk.office, settings=settings)


def test_what_went_out_is_kept_byte_for_byte(running):
    """A file for each, under its Message-ID; its digest is the ledger's."""
    desk = running("obcina", "urad", "greylist")
    keeping(desk)
    relay = ScriptedRelay(clock=desk.clock)

    desk.send(relay)

    folder = desk.office.folder / "mail" / "sent" / desk.name
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    rows = desk.ledger()
    assert {f"{row.reference}.eml" for row in rows.values()} == set(kept)
    assert {stored.data for stored in relay.accepted} <= set(kept.values())
    with desk.office.database.read() as connection:
        ids = [row.id for row in rows.values()]
        tried = deliveries.attempts_of(connection, ids)
    digests = {one.delivery: one.digest for one in tried if one.digest}
    for row in rows.values():
        if row.id in digests:
            content = kept[f"{row.reference}.eml"]
            assert digests[row.id] == hashlib.sha256(content).hexdigest()


def test_an_office_keeps_nothing_unless_it_says_so(running):
    """The digest is enough to show that a message is the one that went."""
    desk = running("obcina")

    desk.send()

    assert not (desk.office.folder / "mail" / "sent").exists()
