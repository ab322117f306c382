"""
The table of what the sandbox's relay does besides taking mail.

A behaviour is asked for by the recipient's local part, `gone@town.example`, or
given to an address by whoever starts the relay.  A number behind the name says
how often: `greylist.2@` refuses twice, then takes it.  The behaviours at MAIL
go by the reverse path, as nothing else is known there.
How an action is carried out is in `mailer.sandbox.relay`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from mailer.model.smtp import Stage
from mailer.sandbox.reports import Action, Fate


class Deed(Enum):
    """What a relay may do besides talking."""

    STORE = "store"  #: take the message; meant for the end of data
    FIN = "fin"  #: close the connection
    RST = "rst"  #: tear the connection
    STALL = "stall"  #: say nothing any more until the other side leaves
    DEAF = "deaf"  #: read nothing any more, so that the network fills up


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next step."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Kill:
    """End a process by SIGKILL, exactly here: the sender, in crash tests."""

    pid: int


#: one step: bytes to say as they are, CRLF included, or something to do
Step: TypeAlias = bytes | Deed | Pause | Kill


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Where the relay is not obliging, and what it does there."""

    stage: Stage
    steps: tuple[Step, ...]
    times: int | None = None  #: how often for each address; `None` is always
    fate: Fate | None = None  #: what becomes of the message after acceptance


_QUEUED = b"250 2.0.0 Ok: queued\r\n"


def _refuse(stage: Stage, reply: bytes, times: int | None = None) -> Behaviour:
    return Behaviour(stage, (reply + b"\r\n",), times)


def _report(action: Action, status: str, diagnostic: str) -> Behaviour:
    fate = Fate(action, status, diagnostic)
    return Behaviour(Stage.END_OF_DATA, (Deed.STORE, _QUEUED), fate=fate)


BEHAVIOURS: dict[str, Behaviour] = {
    "greylist": _refuse(Stage.RCPT, b"450 4.7.1 Greylisted, try again later", 1),
    "full": _refuse(Stage.RCPT, b"452 4.2.2 Mailbox full"),
    "gone": _refuse(Stage.RCPT, b"550 5.1.1 User unknown"),
    "relay-denied": _refuse(Stage.RCPT, b"550 5.7.1 Relay access denied"),
    "slow": Behaviour(Stage.RCPT, (Pause(0.2), b"250 2.1.5 Ok\r\n")),
    "defer.dot": _refuse(Stage.END_OF_DATA, b"451 4.3.0 Try again later"),
    "refuse.dot": _refuse(Stage.END_OF_DATA, b"554 5.7.1 Message content rejected"),
    "drop.mail": Behaviour(Stage.MAIL, (Deed.FIN,)),
    "drop.rcpt": Behaviour(Stage.RCPT, (Deed.FIN,)),
    "drop.data": Behaviour(Stage.DATA, (Deed.FIN,)),
    "drop.body": Behaviour(Stage.BODY, (Deed.FIN,)),
    "drop.dot": Behaviour(Stage.END_OF_DATA, (Deed.STORE, Deed.FIN)),  # in doubt
    "lost.dot": Behaviour(Stage.END_OF_DATA, (Deed.FIN,)),  # in doubt, and not taken
    "bounce.later": _report(
        Action.FAILED, "5.1.1", "550 5.1.1 Recipient address rejected: User unknown"
    ),
    "bounce.full": _report(Action.FAILED, "5.2.2", "552 5.2.2 Mailbox full"),
    "delayed": _report(Action.DELAYED, "4.4.1", "connect: Connection timed out"),
}

_COUNTED = re.compile(r"(.+)\.([0-9]{1,4})")


def behaviour(name: str) -> Behaviour | None:
    """Return the behaviour called `name`; `None` is to take the mail as it comes."""
    counted = _COUNTED.fullmatch(name)
    if counted and counted[1] in BEHAVIOURS:
        return replace(BEHAVIOURS[counted[1]], times=int(counted[2]))
    return BEHAVIOURS.get(name)
