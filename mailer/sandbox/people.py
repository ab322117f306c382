"""
Simulated municipalities: how each one's mail server and its people behave.

A seed decides who is who; the counts are fixed, so that every kind of outcome
and answer occurs.  What they write is in `sandbox.letters`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mailer.model.recipient import Recipient


class Reaction(Enum):
    """What the people of a municipality do with a letter."""

    SILENT = "silent"
    REGISTER = "register"  #: in the web form, which the office imports
    DECLINE = "decline"  #: in a reply that a person has to read
    DECLINE_ABSENT = "decline_absent"  #: the same, with a word of auto-replies in it
    QUESTION = "question"
    RECEIPT = "receipt"  #: the mailbox confirms by itself that something came
    ABSENCE = "absence"
    FORM = "form"  #: the form comes back, attached to a reply
    NUMBER = "number"  #: a digit typed into the reply to the last call
    MOVED = "moved"  #: the address has changed


@dataclass(frozen=True, slots=True)
class Habit:
    """What one municipality does: with which step's letter, and what it says."""

    reaction: Reaction = Reaction.SILENT
    step: int = 0  #: the first letter it reacts to, counted from the opening
    details: tuple[tuple[str, str], ...] = ()  #: the answer's fields


#: how the mail servers behave: behaviour of the sandbox's relay → how many
SERVERS: Mapping[str, int] = {
    "greylist.1": 9,
    "defer.dot.1": 2,
    "gone": 3,
    "bounce.later": 3,
    "bounce.full": 3,
    "delayed": 2,
    "full": 1,
    "relay-denied": 1,
    "refuse.dot": 1,
    "drop.dot": 1,
    "lost.dot": 1,
}

#: the conference: who does what, and how many
CONFERENCE: Sequence[tuple[Habit, int]] = (
    (Habit(Reaction.REGISTER, 0), 48),
    (Habit(Reaction.REGISTER, 1), 37),
    (Habit(Reaction.REGISTER, 2), 22),
    (Habit(Reaction.DECLINE, 0), 9),
    (Habit(Reaction.DECLINE, 1), 8),
    (Habit(Reaction.DECLINE_ABSENT, 1), 1),
    (Habit(Reaction.QUESTION, 0), 3),
    (Habit(Reaction.RECEIPT, 0), 15),
    (Habit(Reaction.ABSENCE, 0), 10),
    (Habit(Reaction.MOVED, 0), 4),
)

JOIN, ALREADY, NO = "pridruzi", "ze_izvaja", "ne"


def _form(step: int, quality: str, satisfaction: str) -> Habit:
    details = (("kakovost", quality), ("zadovoljstvo", satisfaction))
    return Habit(Reaction.FORM, step, details)


def _number(number: int) -> Habit:
    return Habit(Reaction.NUMBER, 2, (("number", str(number)),))


#: the ministry's letter: every cell of the two questions at least once
MINISTRY: Sequence[tuple[Habit, int]] = (
    (_form(0, JOIN, JOIN), 24),
    (_form(0, JOIN, NO), 13),
    (_form(0, NO, JOIN), 17),
    (_form(0, JOIN, ALREADY), 4),
    (_form(1, ALREADY, JOIN), 3),
    (_form(1, ALREADY, ALREADY), 2),
    (_form(1, ALREADY, NO), 6),
    (_form(1, NO, ALREADY), 8),
    (_form(1, NO, NO), 31),
    (_form(1, JOIN, JOIN), 12),
    *((_number(number), count) for number, count in enumerate((6, 5, 7, 3, 14), 1)),
    (Habit(Reaction.QUESTION, 0), 3),
    (Habit(Reaction.RECEIPT, 0), 15),
    (Habit(Reaction.ABSENCE, 0), 10),
    (Habit(Reaction.MOVED, 0), 4),
)

HABITS = {"conference": CONFERENCE, "ministry-letter": MINISTRY}


@dataclass(frozen=True, slots=True)
class People:
    """Who does what in one campaign."""

    behaviours: Mapping[str, str]  #: address → behaviour of the relay
    habits: Mapping[str, Habit]  #: address → what its people do


def people(campaign: str, recipients: Iterable[Recipient], seed: int) -> People:
    """Return who does what, by the seed: the same seed, the same world."""
    chance = random.Random(f"{seed} {campaign}")  # noqa: S311 - a simulation
    addresses = sorted(one.address for one in recipients)
    chance.shuffle(addresses)
    behaviours: dict[str, str] = {}
    left = iter(addresses)
    for behaviour, count in SERVERS.items():
        for _ in range(count):
            behaviours[next(left)] = behaviour
    # Those whose mail arrives late still answer; the others cannot.
    answering = [a for a in behaviours if behaviours[a].startswith("greylist")]
    answering += left
    habits: dict[str, Habit] = {}
    free = iter(answering)
    for habit, count in HABITS[campaign]:
        for _ in range(count):
            habits[next(free)] = habit
    return People(behaviours, habits)
