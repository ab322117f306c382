"""
B01, M01: kill the sender again and again over one campaign of nine hundred.

Half of the shots are placed: by the relay at a point of the dialogue, or by the
sender's own database at a commit.  The others come at random instants, from a
seed.  All are mixed, so that each kind meets what the others have left.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from killing import KILLED, Shot, a_range
from offices import BEFORE, CONFERENCE, Desk
from promises import assert_promises_kept, copies_of
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.operations.office import open_office
from mailer.sandbox.behaviours import Deed, Kill
from mailer.sandbox.clock import VirtualClock

if TYPE_CHECKING:
    from commands import Command
    from killing import Range

    from mailer.model.delivery import Delivery

QUEUED = b"250 2.0.0 Ok: queued\r\n"

#: the stage, and what the server does there: `Kill` is the sender's end
POINTS = {
    "EHLO": (Stage.EHLO, (Kill, Deed.STALL)),
    "MAIL": (Stage.MAIL, (Kill, Deed.STALL)),
    "RCPT": (Stage.RCPT, (Kill, Deed.STALL)),
    "DATA": (Stage.DATA, (Kill, Deed.STALL)),
    "body": (Stage.BODY, (Kill, Deed.STALL)),
    "dot, before storing": (Stage.END_OF_DATA, (Kill, Deed.STALL)),
    "dot, after storing": (Stage.END_OF_DATA, (Deed.STORE, Kill, Deed.STALL)),
    "dot, after the 250": (Stage.END_OF_DATA, (Deed.STORE, QUEUED, Kill)),
}

#: of a point's first shots: when it is reached for the n-th time
COUNTDOWNS = (1, 2, 3, 5, 9)

#: commits of a start: schema, recovery, plan, lease, then marks in groups
COMMITS = (1, 2, 3, 4, 5, 6, 8, 11)


@dataclass(frozen=True)
class Plan:
    """How often a sender is killed, and how many connections it has."""

    connections: int
    countdowns: int  #: shots at each point of the dialogue
    commits: int  #: commits which are shot at, before and after
    at_random: int


@dataclass(frozen=True)
class Hit:
    """One kill: what the relay or the sender was told."""

    name: str
    nth: int
    shot: Shot | None = None
    how: str = "once"


def hits(plan: Plan) -> list[Hit]:
    """Return the kills of a series, in their order."""
    chance = random.Random(plan.connections)  # noqa: S311 - no secret
    placed = [
        Hit(point, nth, Shot(nth, stage, then))
        for point, (stage, then) in POINTS.items()
        for nth in COUNTDOWNS[: plan.countdowns]
        # There is one EHLO for each connection, and no more.
        if stage is not Stage.EHLO or nth <= plan.connections
    ]
    at_commits = [
        Hit(f"{when} commit", nth, how=f"once {when} {nth}")
        for nth in COMMITS[: plan.commits]
        for when in ("before", "after")
    ]
    # Up to a whole commit after a stage, wherever that is.
    at_random = [
        Hit("random", nth, Shot(nth, delay=chance.uniform(0, 0.004)))
        for nth in chance.choices(range(1, 60), k=plan.at_random)
    ]
    everything = [*placed, *at_commits, *at_random]
    chance.shuffle(everything)
    return everything


async def shoot(shooting: Range, plan: Plan) -> None:
    """Carry a series out, and let one run through; look at what each kill left."""
    left = defaultdict(list)
    series = hits(plan)
    for hit in series:
        assert await shooting.run(hit.shot, hit.how) == KILLED, hit
        if hit.name in POINTS:
            left[hit.name, hit.nth].append(len(shooting.rows([S.ON_THE_WIRE])))

    assert 0 == await shooting.run()
    assert len(series) == shooting.kills
    for (point, nth), counts in left.items():
        assert max(counts) <= plan.connections, point
        if point in {"EHLO", "MAIL", "RCPT", "DATA"} and nth == 1:
            assert 0 == max(counts), point  # nobody's dot can be out
        if point in {"dot, before storing", "dot, after storing"}:
            assert 1 <= min(counts), point  # this one's is


def settle(shooting: Range, command: Command) -> None:
    """Do what a person does: read the report, look into the relay's log, resolve."""
    clock = VirtualClock(BEFORE)
    with open_office(shooting.folder, clock) as office:
        rows = Desk(office, clock).rows()
    copies = copies_of(shooting.relay.accepted)
    doubtful = {a: row for a, row in rows.items() if row.state is S.IN_DOUBT}
    report = command("report", CONFERENCE).done().text

    assert len(doubtful) == report.count("in doubt: delivery")
    for address, row in doubtful.items():
        said = rf"in doubt: delivery {row.id}, invitation to \S[^<]+ <{address}>:"
        assert re.search(said, report), address
        found_out = "accepted" if row.reference in copies else "resend"
        command("resolve", row.id, found_out, "--by", "Ana").done()


def assert_everybody_is_counted(rows: list[Delivery], command: Command) -> None:
    """Assert that the report's sums are those of the ledger, and none is missing."""
    tally = json.loads(command("report", CONFERENCE, "--format", "json").done().out)
    counts = Counter(row.state.value for row in rows)

    assert len(rows) == len({row.recipient_id for row in rows}) == tally["listed"]
    assert len(rows) == tally["opening"]["total"]
    assert dict(counts) == tally["opening"]["counts"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("plan", "at_least"),
    [
        pytest.param(Plan(1, 5, 8, 60), 110, id="SQLite, 1 connection"),
        pytest.param(Plan(8, 5, 8, 56), 110, id="SQLite, 8 connections"),
        pytest.param(
            Plan(8, 3, 5, 20),
            50,
            id="PostgreSQL, 8 connections",
            marks=pytest.mark.server("postgresql"),
        ),
    ],
)
def test_nobody_twice_and_nobody_lost(request, command, plan, at_least):
    """However often it is killed, and whatever it was doing at that moment."""
    on_server = request.node.get_closest_marker("server")
    folder = request.getfixturevalue("folder_on_server" if on_server else "folder")
    mailer = command(folder)

    async def scenario():
        async with a_range(folder, plan.connections) as shooting:
            await shoot(shooting, plan)
            rows, taken = shooting.rows(), shooting.relay.accepted
            doubts = sum(row.state is S.IN_DOUBT for row in rows)

            assert shooting.kills >= at_least
            assert {S.ACCEPTED, S.IN_DOUBT} == {row.state for row in rows}
            assert doubts <= shooting.kills * plan.connections
            assert_promises_kept(rows, taken)
            assert_everybody_is_counted(rows, mailer)

            settle(shooting, mailer)

            assert 0 == await shooting.run()
            rows = shooting.rows()
            assert {S.ACCEPTED} == {row.state for row in rows}
            assert_promises_kept(rows, taken)
            assert_everybody_is_counted(rows, mailer)

    run(scenario(), 800)
