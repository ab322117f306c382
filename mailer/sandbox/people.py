"""
Simulated municipalities: how each one's mail server and its people behave.

A seed decides who is who; the counts are fixed, so that every kind of outcome
and answer occurs.  What they write is in `sandbox.letters`.
The stories of the two sample campaigns stand here; what the people of any other
campaign do is decided in `sandbox.habits`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
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
    FORM = "form"  #: the form comes back, in one of the ways below
    NUMBER = "number"  #: a digit typed into the reply to the last call
    MOVED = "moved"  #: the address has changed
    CALENDAR = "calendar"  #: a calendar program answers to the event
    CANCEL = "cancel"  #: registers, and declines some days later
    FROM_HOME = "from_home"  #: declines from an address that nobody knows
    FOR_TWO = "for_two"  #: one official declines for a neighbour, too
    OBJECT = "object"  #: writes to the address in List-Unsubscribe
    COMPLAINT = "complaint"  #: the mailbox's provider reports it as junk
    WORDS = "words"  #: answers in a reply that a person has to read
    FILLED = "filled"  #: the form comes back, with exactly the habit's details in it
    COMPLETE = "complete"  #: types what was missing, label by label, into a reply


class Way(Enum):
    """How the form comes back."""

    PDF = "pdf"  #: filled in with a viewer
    DOCX = "docx"  #: filled in with a word processor
    HOME = "home"  #: the PDF, from an address that nobody knows, and no reply
    PRINTED = "printed"  #: the PDF, printed into another one
    TYPED = "typed"  #: not the form, but its answers, in the mail's text
    SCAN = "scan"  #: a picture of the paper
    HALF = "half"  #: the PDF, with one of the two questions left open


@dataclass(frozen=True, slots=True)
class Habit:
    """What one municipality does: with which step's letter, and what it says."""

    reaction: Reaction = Reaction.SILENT
    step: int = 0  #: the first letter it reacts to, counted from the opening
    details: tuple[tuple[str, str], ...] = ()  #: the answer's fields
    way: Way = Way.PDF  #: of a form
    kind: str = ""  #: the response it is, where a clerk has to say so
    then: Habit | None = None  #: what it does with a letter after that one


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


#: what a clerk makes of the replies to the sample campaigns
_KINDS = {
    Reaction.REGISTER: "registered",
    Reaction.DECLINE: "declined",
    Reaction.DECLINE_ABSENT: "declined",
    Reaction.FROM_HOME: "declined",
    Reaction.FOR_TWO: "declined",
    Reaction.CANCEL: "declined",
    Reaction.FORM: "returned",
    Reaction.QUESTION: "question",
}


def _calendar(answer: str) -> Habit:
    return Habit(Reaction.CALENDAR, 0, (("answer", answer),))


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
    (_calendar("accepted"), 6),
    (_calendar("declined"), 3),
    (_calendar("tentative"), 2),
    (Habit(Reaction.CANCEL, 0), 2),
    (Habit(Reaction.FROM_HOME, 1), 2),
    (Habit(Reaction.FOR_TWO, 1), 1),
    (Habit(Reaction.COMPLAINT, 0), 1),
    (Habit(Reaction.OBJECT, 0), 1),
)

JOIN, ALREADY, NO = "pridruzi", "ze_izvaja", "ne"


def _form(step: int, quality: str, satisfaction: str, way: Way = Way.PDF) -> Habit:
    details = (("kakovost", quality), ("zadovoljstvo", satisfaction))
    return Habit(Reaction.FORM, step, details, way)


def _number(number: int) -> Habit:
    return Habit(Reaction.NUMBER, 2, (("number", str(number)),))


def _completed(habit: Habit, *answers: tuple[str, str]) -> Habit:
    """Return a habit that answers the request for what is missing, too."""
    then = Habit(Reaction.COMPLETE, habit.step + 1, answers)
    return replace(habit, then=then)


#: the ministry's letter: every cell of the two questions at least once
MINISTRY: Sequence[tuple[Habit, int]] = (
    (_form(0, JOIN, JOIN), 14),
    (_form(0, JOIN, JOIN, Way.DOCX), 10),
    (_form(0, JOIN, NO), 9),
    (_form(0, JOIN, NO, Way.DOCX), 4),
    (_form(0, NO, JOIN), 13),
    (_form(0, NO, JOIN, Way.TYPED), 4),
    (_form(0, JOIN, ALREADY, Way.DOCX), 4),
    (_form(1, ALREADY, JOIN, Way.HOME), 3),
    (_form(1, ALREADY, ALREADY, Way.PRINTED), 2),
    (_form(1, ALREADY, NO), 6),
    (_form(1, NO, ALREADY, Way.DOCX), 8),
    (_form(1, NO, NO), 26),
    (_form(1, NO, NO, Way.SCAN), 3),
    (_form(1, NO, NO, Way.HALF), 1),
    (
        _completed(
            _form(1, NO, NO, Way.HALF),
            ("Ugotavljanje zadovoljstva uporabnikov", "Ne bomo se vključili"),
        ),
        1,
    ),
    (_form(1, JOIN, JOIN), 12),
    *((_number(number), count) for number, count in enumerate((6, 5, 7, 2, 14), 1)),
    (
        _completed(
            _number(4),
            ("Uvajanje modela kakovosti (CAF)", "Model kakovosti že uporabljamo"),
            ("Ugotavljanje zadovoljstva uporabnikov", "Vključili se bomo"),
        ),
        1,
    ),
    (Habit(Reaction.QUESTION, 0), 3),
    (Habit(Reaction.RECEIPT, 0), 15),
    (Habit(Reaction.ABSENCE, 0), 10),
    (Habit(Reaction.MOVED, 0), 4),
    (
        _completed(
            _form(0, NO, NO, Way.HALF),
            ("Ugotavljanje zadovoljstva uporabnikov", "Vključili se bomo"),
        ),
        3,
    ),
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
        kind = _KINDS.get(habit.reaction, "")
        for _ in range(count):
            habits[next(free)] = replace(habit, kind=kind)
    return People(behaviours, habits)
