"""
Kill the intake again and again over one mailbox: nothing lost, nothing twice.

Half of the shots are placed: at a commit, or at a mark in the mailbox, by what
the database and the interpreter tell of themselves.  The others come at random
instants.  After each, what is marked in the mailbox must be in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from datetime import UTC, datetime

import pytest
from certificates import a_certificate
from commands import edit
from dovecot import PASSWORD, dovecot
from incoming import a_mail, a_reply
from killing import KILLED, a_sender
from offices import Desk, an_office
from relays import run
from sqlalchemy import select

from mailer.mailboxes.imap import KEYWORD
from mailer.sandbox.clock import VirtualClock
from mailer.store.inbox import digest_of
from mailer.store.tables import incoming

BEFORE = datetime(2017, 9, 26, 8, 0, tzinfo=UTC)
LATER = "2017-10-05T09:05:00+02:00"

PEOPLE = [f"obcina{number}" for number in range(60)]
AT_A_TIME = 150  #: messages that come in whenever the mailbox is nearly done
NEARLY_DONE = 50

PLACED = ("before", "after", "marking")
SHOTS = {"maildir": 110, "imap": 40}
RANDOM_SEED = 20170926


class InMaildir:
    """The mailbox as files."""

    def __init__(self, desk):
        self._post = desk.post

    def add(self, mails):
        """Deliver messages."""
        for mail in mails:
            self._post.deliver(mail)

    def marked(self):
        """Return the digests of what is marked, and of what is not."""
        return tuple(
            {
                digest_of(path.read_bytes())
                for path in (self._post.maildir / name).iterdir()
            }
            for name in ("cur", "new")
        )


class OnServer:
    """The same mailbox on a server."""

    def __init__(self, server, desk):
        self._server = server
        self._mails = []
        names = {
            "source": server.address,
            "ca_file": server.home / "cert.pem",
            "password_file": "geslo",
        }
        lines = "\n".join(f'{key} = "{value}"' for key, value in names.items())
        folder = desk.office.folder
        edit(folder / "mailer.toml", "(?m)^source = .*", lines)
        (folder / "geslo").write_text(PASSWORD, "utf-8")

    def add(self, mails):
        """Deliver messages."""
        self._server.append(mails)
        self._mails += mails

    def marked(self):
        """Return the digests of what is marked, and of what is not."""
        found = set(), set()
        for mail, flags in zip(self._mails, self._server.flags(), strict=True):
            found[KEYWORD not in flags].add(digest_of(mail))
        return found


@pytest.fixture
def desk(tmp_path):
    """Return the desk of a ministry that has written to sixty."""
    clock = VirtualClock(BEFORE)
    with an_office(tmp_path / "office", clock) as office:
        desk = Desk.running(office, clock, PEOPLE, "ministry-letter")
        desk.send()
        yield desk


@pytest.fixture(
    params=["maildir", pytest.param("imap", marks=pytest.mark.server("dovecot"))]
)
def mailbox(request, desk, tmp_path):
    """Return the office's mailbox, and how often its reader is shot."""
    if request.param == "maildir":
        yield InMaildir(desk), SHOTS["maildir"]
        return
    with dovecot(a_certificate(tmp_path)) as server:
        yield OnServer(server, desk), SHOTS["imap"]


def test_nothing_is_lost_and_nothing_counts_twice(mailbox, desk):
    """However often it is killed: each message once, each answer once."""
    mails, shots = mailbox
    chance = random.Random(RANDOM_SEED)  # noqa: S311 - no secret
    answers = [a_typed_answer(desk, name) for name in PEOPLE]
    mails.add(answers)
    mails.add(answers[::5])  # a server that delivers twice
    expected = set(map(digest_of, answers))

    async def scenario():
        kills = Counter()
        async with a_sender(desk.office.folder, LATER) as collector:
            while kills.total() < shots:
                marked, unmarked = mails.marked()
                assert marked <= set(stored(desk)), kills
                if len(unmarked) < NEARLY_DONE:
                    others = [
                        a_mail(f"Sporočilo št. {len(expected) + number}.")
                        for number in range(AT_A_TIME)
                    ]
                    mails.add([*others, *others[::10]])
                    expected.update(map(digest_of, others))
                how = chance.choice((*PLACED, "random", "random", "random"))
                kills[how] += await is_shot(collector, how, chance)
            await collector.start("collect")

            assert 0 == await collector.end(), collector.said
        return kills

    kills = run(scenario(), 240)

    assert all(kills[how] for how in (*PLACED, "random")), kills
    assert dict.fromkeys(expected, 1) == Counter(stored(desk)) == Counter(kept(desk))
    assert (expected, set()) == tuple(mails.marked())
    assert [1] * len(PEOPLE) == sorted(Counter(answered(desk)).values())


def test_two_at_once_take_each_message_once(desk):
    """The scheduler looks, and a person fetches at the same time."""
    mails = InMaildir(desk)
    answers = [a_typed_answer(desk, name) for name in PEOPLE]
    others = [a_mail(f"Sporočilo št. {number}.") for number in range(AT_A_TIME)]
    mails.add([*answers, *others])
    folder = desk.office.folder

    async def scenario():
        async with a_sender(folder, LATER) as one, a_sender(folder, LATER) as two:
            for each in (one, two):
                await each.start("collect")
            return [await each.end() for each in (one, two)], one.said + two.said

    ends, said = run(scenario(), 120)
    expected = set(map(digest_of, [*answers, *others]))

    assert [0, 0] == ends, said
    assert dict.fromkeys(expected, 1) == Counter(stored(desk))
    assert (expected, set()) == mails.marked()
    assert [1] * len(PEOPLE) == sorted(Counter(answered(desk)).values())


def a_typed_answer(desk, name):
    """Return a reply to the letter, with a number that is an answer."""
    reference = desk.ledger("letter")[name].reference
    domain = desk.office.settings.sender.bounce_domain
    return a_reply(
        f"3\n\nLep pozdrav\n{name}",
        From=f"{name}@obcina.example",
        In_Reply_To=f"<{reference}@{domain}>",
    )


async def is_shot(collector, how, chance):
    """Let it collect, and kill it; return whether it was still at work."""
    if how in PLACED:
        await collector.start(f"collect {how} {chance.randint(1, 4)}")
    else:
        number = await collector.start("collect")
        await asyncio.sleep(chance.uniform(0.02, 0.4))
        with contextlib.suppress(ProcessLookupError):  # it had nothing left to do
            os.kill(number, signal.SIGKILL)
    end = await collector.end()
    assert end in (0, KILLED), collector.said
    return end == KILLED


def stored(desk):
    """Return what the store has, by the digests of its messages."""
    with desk.office.database.read() as connection:
        return connection.execute(select(incoming.c.digest)).scalars().all()


def kept(desk):
    """Return the digests of the bytes in the store."""
    with desk.office.database.read() as connection:
        rows = connection.execute(select(incoming.c.raw)).scalars().all()
    return map(digest_of, rows)


def answered(desk):
    """Return who has answered, once for each answer."""
    return [answer.organisation for answer in desk.answers()]
