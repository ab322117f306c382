"""
What simulated municipalities write: replies, absences, receipts.

All people and addresses are invented.  The texts are in the languages that an
office really gets; when they are written is decided in `sandbox.world`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from mailer.sandbox.people import Reaction

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.sandbox.people import Habit


@dataclass(frozen=True, slots=True)
class Received:
    """The letter a municipality reacts to."""

    message_id: str
    subject: str
    forward_path: str  #: to which of its addresses it came
    reverse_path: str  #: where automatic responses go (RFC 3834, section 4)
    reply_to: str
    name: str  #: the municipality's


#: subject prefix and text, by language: sl de it hu hr
_ABSENCES = (
    (
        "Samodejni odgovor: ",
        "Do konca tedna sem odsotna. V nujnih primerih se obrnite na glavno pisarno.",
    ),
    (
        "Automatische Antwort: ",
        "Ich bin nicht im Büro. In dringenden Fällen hilft das Sekretariat.",
    ),
    (
        "Risposta automatica: ",
        "Sono assente per ferie. Per urgenze rivolgersi alla segreteria.",
    ),
    (
        "Automatikus válasz: ",
        "Szabadságon vagyok, leveleit később olvasom el.",
    ),
    (
        "Automatski odgovor: ",
        "Na godišnjem odmoru sam. U hitnim slučajevima obratite se pisarnici.",
    ),
)

_TEXTS = {
    Reaction.DECLINE: "Spoštovani,\n\nhvala za vabilo. Zaradi drugih obveznosti se "
    "konference žal ne bomo udeležili.\n\nLep pozdrav\nObčinska uprava",
    Reaction.DECLINE_ABSENT: "Spoštovani,\n\nžupan bo takrat odsoten, zato se "
    "konference ne bomo udeležili.\n\nLep pozdrav\nTajništvo",
    Reaction.QUESTION: "Spoštovani,\n\nali se lahko udeležita tudi dva predstavnika "
    "naše občine?\n\nHvala in lep pozdrav\nObčinska uprava",
    Reaction.FORM: "Spoštovani,\n\nv prilogi vam vračamo izpolnjen obrazec.\n\n"
    "S spoštovanjem\nObčinska uprava",
    Reaction.MOVED: "Spoštovani,\n\nta naslov ni več v uporabi. Pišite nam na novi "
    "naslov glavne pisarne.\n\nLep pozdrav\nObčinska uprava",
}


def react(habit: Habit, received: Received, at: datetime, chance: int) -> bytes | None:
    """
    Return what comes back as mail; `None` if nothing does.

    Args:
        habit: What this municipality does.
        received: The letter it got.
        at: When it writes.
        chance: Chooses between languages.
    """
    match habit.reaction:
        case Reaction.SILENT | Reaction.REGISTER:
            return None
        case Reaction.RECEIPT:
            return _receipt(received, at)
        case Reaction.ABSENCE:
            prefix, text = _ABSENCES[chance % len(_ABSENCES)]
            return _automatic(received, at, prefix + received.subject, text)
        case Reaction.NUMBER:
            number = dict(habit.details)["number"]
            return _reply(received, at, f"{number}\n\nLep pozdrav\nObčinska uprava")
        case Reaction.FORM:
            return _reply(received, at, _TEXTS[Reaction.FORM], form=habit)
        case _:
            return _reply(received, at, _TEXTS[habit.reaction])


def _receipt(received: Received, at: datetime) -> bytes:
    text = (
        "Potrjujemo prejem vašega sporočila. To je samodejno sporočilo, "
        "nanj ne odgovarjajte."
    )
    return _automatic(received, at, "Potrdilo o prejemu: " + received.subject, text)


def _automatic(received: Received, at: datetime, subject: str, text: str) -> bytes:
    mail = _mail(received, at, subject, received.forward_path, received.reverse_path)
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(text, cte="quoted-printable")
    return mail.as_bytes()


def _reply(
    received: Received, at: datetime, text: str, form: Habit | None = None
) -> bytes:
    """Return a person's reply, from another mailbox than the one we wrote to."""
    domain = received.forward_path.rpartition("@")[2]
    mail = _mail(
        received,
        at,
        "Odg: " + received.subject,
        f"tajnistvo@{domain}",
        received.reply_to,
    )
    quoted = f"\n\nDne {at:%d. %m. %Y} je pošiljatelj napisal:\n> {received.subject}\n"
    mail.set_content(text + quoted, cte="quoted-printable")
    if form is not None:
        filled = "\n".join(f"{name}: {value}" for name, value in form.details)
        mail.add_attachment(filled, filename="obrazec.txt", cte="quoted-printable")
        mail.set_boundary(f"=_{hash_of(received.message_id):x}")
    return mail.as_bytes()


def _mail(
    received: Received, at: datetime, subject: str, sender: str, to: str
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{received.name} <{sender}>" if received.name.isascii() else sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    domain = sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{hash_of(received.message_id):x}@{domain}>"
    mail["In-Reply-To"] = received.message_id
    mail["References"] = received.message_id
    return mail


def hash_of(text: str) -> int:
    """Return a number that depends on `text` only, unlike the built-in hash."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
