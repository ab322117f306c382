"""
What simulated municipalities write: replies, absences, receipts.

All people and addresses are invented.  The texts are in the languages that an
office really gets; when they are written is decided in `sandbox.world`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.policy import default as modern
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from icalendar import Calendar, vCalAddress

from mailer.sandbox.people import Reaction, Way

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mailer.sandbox.people import Habit
    from mailer.sandbox.reports import StoredMessage


@dataclass(frozen=True, slots=True)
class Received:
    """The letter a municipality reacts to."""

    message_id: str
    subject: str
    forward_path: str  #: to which of its addresses it came
    reverse_path: str  #: where automatic responses go (RFC 3834, section 4)
    reply_to: str
    unsubscribe: str  #: the address in List-Unsubscribe, "" without one
    name: str  #: the municipality's
    files: Mapping[str, bytes]  #: what is attached, the first of each kind: "pdf" …

    @classmethod
    def read(cls, message: StoredMessage, name: str) -> Received:
        """Return what a municipality called `name` sees of a message."""
        mail = BytesParser(policy=modern).parsebytes(message.data)
        files: dict[str, bytes] = {}
        for part in mail.walk():
            content = part.get_payload(decode=True)
            if (file_name := part.get_filename()) and isinstance(content, bytes):
                files.setdefault(file_name.rpartition(".")[2], content)
        return cls(
            message_id=str(mail["Message-ID"]),
            subject=str(mail["Subject"]),
            forward_path=message.forward_path,
            reverse_path=message.reverse_path,
            reply_to=str(mail["Reply-To"]),
            unsubscribe=urlsplit(str(mail["List-Unsubscribe"] or "").strip("<>")).path,
            name=name,
            files=files,
        )

    @property
    def domain(self) -> str:
        """Return the municipality's domain."""
        return self.forward_path.rpartition("@")[2]


#: subject prefix and text, by language: sl de it hu hr
_ABSENCES = (
    (
        "Samodejni odgovor: ",
        "Na dopustu sem do {back:%-d. %-m. %Y}. Nadomešča me pisarna@{domain}.",
    ),
    (
        "Automatische Antwort: ",
        "Bis {back:%d.%m.%Y} nicht im Büro. In dringenden Fällen: amt@{domain}.",
    ),
    (
        "Risposta automatica: ",
        "Sono assente fino al {back:%d/%m/%Y}. Per urgenze: segreteria@{domain}.",
    ),
    (
        "Automatikus válasz: ",
        "Szabadságon vagyok {back:%Y. %m. %d}-ig. Sürgős esetben: titkarsag@{domain}.",
    ),
    (
        "Automatski odgovor: ",
        "Na odmoru sam do {back:%d.%m.%Y}. U hitnim slučajevima: pisarna@{domain}.",
    ),
)

_DECLINED = (
    "Spoštovani,\n\nhvala za vabilo. Zaradi drugih obveznosti se "
    "konference žal ne bomo udeležili.\n\nLep pozdrav\nObčinska uprava"
)
_TEXTS = {
    Reaction.DECLINE: _DECLINED,
    Reaction.FROM_HOME: _DECLINED,
    Reaction.DECLINE_ABSENT: "Spoštovani,\n\nžupan bo takrat odsoten, zato se "
    "konference ne bomo udeležili.\n\nLep pozdrav\nTajništvo",
    Reaction.CANCEL: "Spoštovani,\n\nžal moramo prijavo preklicati, konference se ne "
    "bomo udeležili.\n\nLep pozdrav\nObčinska uprava",
    Reaction.FOR_TWO: "Spoštovani,\n\nv imenu skupne občinske uprave sporočam, da se "
    "konference ne bomo udeležili ne mi ne {neighbour}.\n\nLep pozdrav\nTajništvo",
    Reaction.QUESTION: "Spoštovani,\n\nali se lahko udeležita tudi dva predstavnika "
    "naše občine?\n\nHvala in lep pozdrav\nObčinska uprava",
    Reaction.WORDS: "Spoštovani,\n\nna vaše sporočilo odgovarjamo: {kind}.\n\n"
    "Lep pozdrav\nObčinska uprava",
    Reaction.COMPLETE: "Spoštovani,\n\nnaš odgovor dopolnjujemo tako:\n\n{said}\n\n"
    "Lep pozdrav\nObčinska uprava",
    Reaction.MOVED: "Spoštovani,\n\nta naslov ni več v uporabi. Pišite nam na novi "
    "naslov: glavna.pisarna@{domain}.\n\nLep pozdrav\nObčinska uprava",
}
_WITH_FORM = "Spoštovani,\n\nv prilogi vam vračamo izpolnjen obrazec.\n\nS spoštovanjem"
_TYPED = "Spoštovani,\n\nobrazca žal ne moremo odpreti, zato odgovarjamo tako:\n\n"


def react(
    habit: Habit, received: Received, at: datetime, chance: int, neighbour: str
) -> bytes | None:
    """
    Return what comes back as mail; `None` if nothing does.

    Args:
        habit: What this municipality does.
        received: The letter it got.
        at: When it writes.
        chance: Chooses between languages.
        neighbour: The municipality with which it shares an official.
    """
    match habit.reaction:
        case Reaction.SILENT | Reaction.REGISTER:
            return None
        case Reaction.RECEIPT:
            return _receipt(received, at)
        case Reaction.ABSENCE:
            prefix, text = _ABSENCES[chance % len(_ABSENCES)]
            words = text.format(back=at + timedelta(days=7), domain=received.domain)
            return _automatic(received, at, prefix + received.subject, words)
        case Reaction.COMPLAINT | Reaction.OBJECT:
            is_junk = habit.reaction is Reaction.COMPLAINT
            return (_complaint if is_junk else _unsubscription)(received, at)
        case Reaction.CALENDAR:
            return _calendar_reply(received, at, dict(habit.details)["answer"])
        case Reaction.NUMBER:
            number = dict(habit.details)["number"]
            text = f"{number}\n\nLep pozdrav\nObčinska uprava"
            return _sent(_reply(received, at, text))
        case Reaction.FORM | Reaction.FILLED:
            form = _form if habit.reaction is Reaction.FORM else _filled
            return form(habit, received, at)
        case Reaction.FROM_HOME:
            return _sent(_from_home(received, at, _TEXTS[habit.reaction]))
        case _:
            text = _TEXTS[habit.reaction]
            text = text.format(
                neighbour=neighbour,
                domain=received.domain,
                kind=habit.kind,
                said="\n".join(f"{name}: {value}" for name, value in habit.details),
            )
            return _sent(_reply(received, at, text))


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
    return _sent(mail)


def _reply(received: Received, at: datetime, text: str) -> EmailMessage:
    """Return a person's reply, from another mailbox than the one we wrote to."""
    sender = f"tajnistvo@{received.domain}"
    mail = _mail(received, at, "Odg: " + received.subject, sender, received.reply_to)
    quoted = f"\n\nDne {at:%d. %m. %Y} je pošiljatelj napisal:\n> {received.subject}\n"
    mail.set_content(text + quoted, cte="quoted-printable")
    return mail


def _from_home(received: Received, at: datetime, text: str) -> EmailMessage:
    """Return what somebody writes anew, from a mailbox that we have never seen."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"oseba.{hash_of(received.forward_path) % 1000}@posta.example"
    mail["To"] = received.reply_to
    mail["Subject"] = f"{received.name}: vaš dopis"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{hash_of(received.message_id):x}@posta.example>"
    mail.set_content(text, cte="quoted-printable")
    return mail


def _form(habit: Habit, received: Received, at: datetime) -> bytes:
    # It brings in what reads and writes forms, for half a second.
    from mailer.sandbox import filling  # noqa: PLC0415

    values = _answers(habit, received, at)
    pdf, document = received.files["pdf"], received.files["docx"]
    if habit.way is Way.TYPED:
        typed = filling.type_in(filling.labels(pdf), values)
        return _sent(_reply(received, at, f"{_TYPED}{typed}\n\nLep pozdrav\nUprava"))
    write = _from_home if habit.way is Way.HOME else _reply
    mail = write(received, at, _WITH_FORM)
    match habit.way:
        case Way.DOCX:
            content, name = filling.fill_docx(document, values), "obrazec.docx"
        case Way.PRINTED:
            content, name = filling.print_pdf(pdf, values), "natisnjen obrazec.pdf"
        case Way.SCAN:
            content, name = filling.scan(), "optično prebrano 0001.png"
        case _:
            content, name = filling.fill_pdf(pdf, values), "obrazec.pdf"
    mail.add_attachment(
        content, maintype="application", subtype="octet-stream", filename=name
    )
    return _sent(mail)


def _filled(habit: Habit, received: Received, at: datetime) -> bytes:
    """Return the form with the habit's details in it, whichever file it came as."""
    from mailer.sandbox import filling  # noqa: PLC0415 - as in _form()

    values = {
        name: value.format(domain=received.domain, at=at)
        for name, value in habit.details
    }
    kind = "pdf" if habit.way is Way.PDF else "docx"
    fill = filling.fill_pdf if habit.way is Way.PDF else filling.fill_docx
    mail = _reply(received, at, _WITH_FORM)
    mail.add_attachment(
        fill(received.files[kind], values),
        maintype="application",
        subtype="octet-stream",
        filename=f"obrazec.{kind}",
    )
    return _sent(mail)


def _answers(habit: Habit, received: Received, at: datetime) -> dict[str, str]:
    """Return what a municipality writes into the form: field → text, or option."""
    given = dict(habit.details)
    if habit.way is Way.HALF:
        del given["zadovoljstvo"]
    values = {
        "kontakt_ime": "Živa Črnič",
        "kontakt_funkcija": "svetovalka za občinske zadeve",
        "kontakt_eposta": f"tajnistvo@{received.domain}",
        **given,
        "datum": f"{at.day}. {at.month}. {at.year}",
    }
    if given["kakovost"] == "ze_izvaja":
        values["kakovost_kateri"] = "CAF, od leta 2015"
    if given.get("zadovoljstvo") == "ze_izvaja":
        values["zadovoljstvo_kako"] = "z anketo, vsako drugo leto"
    if "pridruzi" in given.values():
        values |= {"delavnica": "da", "delavnica_stevilo": "2"}
    return values


def _calendar_reply(received: Received, at: datetime, answer: str) -> bytes:
    """Return what a calendar program answers (RFC 5546, section 3.2.3; RFC 6047)."""
    calendar = Calendar.from_ical(received.files["ics"])
    calendar["method"] = "REPLY"
    for event in calendar.walk("VEVENT"):
        attendee = vCalAddress(f"mailto:{received.forward_path}")
        attendee.params["partstat"] = answer.upper()
        event.add("attendee", attendee)
    prefix = {"accepted": "Sprejeto", "declined": "Zavrnjeno"}.get(answer, "Začasno")
    subject = f"{prefix}: {received.subject}"
    mail = _mail(received, at, subject, received.forward_path, received.reply_to)
    mail.set_content("", cte="quoted-printable")
    text = calendar.to_ical().decode()
    mail.add_alternative(text, subtype="calendar", params={"method": "REPLY"})
    return _sent(mail)


def _unsubscription(received: Received, at: datetime) -> bytes:
    """Return what a mail program writes to the address in List-Unsubscribe."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = received.forward_path
    mail["To"] = received.unsubscribe
    mail["Subject"] = "odjava od opomnikov"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{hash_of(received.message_id):x}.u@{received.domain}>"
    mail.set_content("")
    return _sent(mail)


def _complaint(received: Received, at: datetime) -> bytes:
    """Return what the provider of a mailbox reports as junk (RFC 5965)."""
    domain = received.domain
    return (
        f"From: feedback@{domain}\r\nTo: {received.reverse_path}\r\n"
        f"Date: {format_datetime(at)}\r\nSubject: FW: letter\r\n"
        f"Message-ID: <{hash_of(received.message_id):x}.arf@{domain}>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; "
        'report-type=feedback-report; boundary="arf"\r\n\r\n'
        "--arf\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
        "--arf\r\nContent-Type: message/feedback-report\r\n\r\n"
        "Feedback-Type: abuse\r\nUser-Agent: Feedback/1.0\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{received.reverse_path}>\r\n"
        f"Original-Rcpt-To: <{received.forward_path}>\r\n"
        "--arf\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Return-Path: <{received.reverse_path}>\r\n"
        f"Message-ID: {received.message_id}\r\n--arf--\r\n"
    ).encode()


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


def _sent(mail: EmailMessage) -> bytes:
    """Return the bytes of a mail, the same each time."""
    if mail.is_multipart():
        mail.set_boundary(f"=_{hash_of(str(mail['Message-ID'])):x}")
    return mail.as_bytes()


def hash_of(text: str) -> int:
    """Return a number that depends on `text` only, unlike the built-in hash."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
