"""One line for each attempt, and never a word by which somebody could be known."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offices import LIST, taken
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Exchange, Security, SmtpReply, Stage
from mailer.operations.log_line import how_it_ended
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import ScriptedRelay
from mailer.scheduling.daemon import Daemon
from mailer.smtp.replies import reply_of
from mailer.smtp.settings import RelaySettings
from mailer.store import deliveries, recipients

#: local parts that are in no word of ours, with what the relay does to them
PEOPLE = {
    "zupan.krajnc": (Stage.RCPT, "550 5.1.1 <{0}>: Recipient {0} unknown"),
    "zupanja.horvat": (Stage.RCPT, "450 4.7.1 <{0}>: greylisted"),
    "tajnica.zajc": (Stage.RCPT, "552 5.2.2 {0}'s mailbox is full"),
    "referent.kos": (Stage.END_OF_DATA, "554 5.7.1 {0} {0} does not want this"),
    "referentka.bizjak": (Stage.END_OF_DATA, "451 4.3.0 later, {0}"),
    "direktor.mlakar": (Stage.END_OF_DATA, None),
    "svetnik.vidmar": (Stage.END_OF_DATA, "250 2.0.0 queued for {0}"),
    "obcinar.golob": None,
}


class Quoting(ScriptedRelay):
    """A relay that names the recipient in whatever it says."""

    def steps(self, stage, address):
        """Quote the address at the recipient's stage."""
        at, words = PEOPLE.get(address.partition("@")[0]) or (None, "")
        if stage is not at:
            return super().steps(stage, address)
        if words is None:
            return (Deed.STORE, Deed.FIN)  # in doubt
        said = f"{words.format(address)}\r\n".encode()
        return (Deed.STORE, said) if said.startswith(b"2") else (said,)


def play(desk):
    """Let the scheduler send all that is for the silent; return the log."""
    relay = Quoting(on_report=desk.post.deliver_report, clock=desk.clock)

    async def scenario():
        async with relay:
            settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
            daemon = Daemon(desk.office, settings, lambda _text: None)
            for step in ("invitation", "reminder", "last-call"):
                desk.until(step)
                for _ in range(3):
                    await daemon.once()
                desk.write("invitation", "obcinar.golob", "Hvala, obcinar.golob")
            desk.post.maildir.rename(desk.post.maildir.with_name("away"))
            await daemon.once()

    run(scenario())
    return desk.office.log.path.read_text("utf-8")


@pytest.fixture
def played(running):
    """Return a campaign that was played: its desk, and its log."""
    desk = running(*PEOPLE)
    return desk, play(desk)


def test_no_address_and_no_name_is_in_it(played):
    """Not even where the relay's words are full of them."""
    desk, text = played
    with desk.office.database.read() as connection:
        people = list(recipients.listed(connection, LIST))
    words = {part for one in people for part in re.split(r"[@.]", one.address)}
    words |= {one.organisation.name for one in people} | {"@"}
    words -= {"example"}

    assert len(words) > 2 * len(PEOPLE)
    assert [] == [word for word in words if word.casefold() in text.casefold()]
    assert "example" not in text
    assert "@" in str([row.last_exchange for row in desk.rows().values()])


def test_there_is_one_line_for_each_attempt(played):
    """With the ledger's own names and numbers."""
    desk, text = played
    lines = [json.loads(line) for line in text.splitlines()]
    logged = [one for one in lines if one["event"] == "attempt"]
    rows = {
        row.id: row
        for step in ("invitation", "reminder", "last-call")
        for row in desk.rows(step).values()
    }
    with desk.office.database.read() as connection:
        attempts = list(deliveries.attempts_of(connection, rows))

    assert len(PEOPLE) < len(attempts)
    assert sorted(
        (one.delivery, one.number, one.outcome, one.stage) for one in attempts
    ) == sorted(
        (one["delivery"], one["attempt"], one["outcome"], one["stage"])
        for one in logged
    )
    for one in logged:
        row = rows[one["delivery"]]
        assert (row.step, row.reference) == (one["step"], one["reference"])
        assert one["octets"] > 1000
        assert one["seconds"] >= 0
        assert one["relay"].startswith("127.0.0.1:")


def test_what_the_scheduler_did_is_in_it(played):
    """Plans, what came in, and a tick that had trouble."""
    _, text = played
    events = {json.loads(line)["event"] for line in text.splitlines()}

    assert {"attempt", "planned", "campaign", "collected", "trouble"} <= events


@pytest.mark.parametrize("in_the_way", ["/dev/full", "folder"])
def test_a_log_that_cannot_be_written_costs_no_letter(running, in_the_way):
    """Each goes once, as if there were no log."""
    people = [f"obcina{number}" for number in range(30)]
    desk = running(*people)
    path = desk.office.log.path
    if in_the_way == "folder":
        path.mkdir()
    else:
        path.symlink_to(in_the_way)
    relay = desk.a_relay()
    desk.send(relay)

    assert sorted(people) == sorted(taken(relay))
    assert {S.ACCEPTED} == set(desk.states().values())


@given(
    stage=st.sampled_from(Stage),
    code=st.integers(200, 599),
    text=st.binary(max_size=80)
    | st.from_regex(rb"[245]\.[0-9]{1,4}\.[0-9@a-z]{1,4}.*", fullmatch=True),
)
def test_of_the_relays_words_only_numbers_are_taken(stage, code, text):
    """Whatever stands where a status should be."""
    reply = reply_of(code, text)
    if not isinstance(reply, SmtpReply):
        return
    said = how_it_ended(Exchange(stage, reply))

    assert {"stage": stage.value, "code": code, "silence": None} == {
        key: said[key] for key in ("stage", "code", "silence")
    }
    assert re.fullmatch(r"(?:[245]\.[0-9]{1,3}\.[0-9]{1,3})?", said["status"])
