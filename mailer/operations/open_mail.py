"""
Take a message apart for a person's eyes, as carefully as when it was taken in.

Strangers wrote it, so a limited process does it (`mailer.isolation`); a message
that this process does not survive is shown as it came, and nothing of it is lost.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.inbox.classify import classify
from mailer.inbox.message import read
from mailer.inbox.reading import MAX_ENCLOSURES, take_apart
from mailer.isolation.worker import Failure, Worker
from mailer.model.incoming import Confidence
from mailer.operations.load_phrases import load_phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.inbox.message import Part
    from mailer.inbox.phrases import Phrases
    from mailer.model.incoming import Enclosure
    from mailer.operations.office import Office

#: whose classes an `Opened` consists of
_MODULES = (__name__, "mailer.model.incoming")


@dataclass(frozen=True, slots=True)
class Opened:
    """What stands in a message.  Its words are the sender's: not harmless."""

    sender: str = ""  #: From, decoded: name and address
    sent: str = ""  #: Date, as the sender wrote it
    text: str = ""  #: what was written anew; "" if nothing was found
    whole_text: str = ""  #: with the quotation and the signature
    enclosures: tuple[Enclosure, ...] = ()
    left_out: int = 0  #: enclosures that are only in the original
    confidence: Confidence = Confidence.WEAK  #: in what it is
    trouble: str = ""  #: why it could not be read


def open_up(raw: bytes, phrases: Phrases) -> Opened:
    """
    Return what stands in the message `raw`.

    Args:
        raw: The message (RFC 5322, any line ends).
        phrases: By which mail is recognised.
    """
    message, found = read(raw), classify(raw, phrases)
    files = take_apart(message, phrases).files if found.enclosures else ()
    return Opened(
        sender=message.header.text("from"),
        sent=message.header.text("date"),
        text=found.text,
        whole_text=_whole_text(message),
        enclosures=found.enclosures,
        left_out=max(0, len(files) - MAX_ENCLOSURES),
        confidence=found.confidence,
    )


class Opener:
    """Opens many messages, each within limits."""

    def __init__(self, worker: Worker[Opened]) -> None:
        self._worker = worker

    def open(self, raw: bytes) -> Opened:
        """Return what stands in a message, also if nobody can read it."""
        found = self._worker.call(raw)
        return Opened(trouble=found.why) if isinstance(found, Failure) else found


@contextlib.contextmanager
def an_opener(office: Office) -> Iterator[Opener]:
    """Give an opener; its process is started by the first message."""
    worker = Worker(open_up, load_phrases(office.folder), modules=_MODULES)
    with contextlib.closing(worker):
        yield Opener(worker)


def _whole_text(message: Part) -> str:
    """Return all text of the message's own parts."""
    own = [part for part in message.walk() if not part.is_returned]
    for media_type in ("text/plain", "text/html"):
        text = "\n".join(p.text for p in own if p.media_type == media_type)
        if text.strip():
            return text.strip("\n")
    return ""
