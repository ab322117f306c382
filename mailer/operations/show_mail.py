"""
Put together what a person needs to see of an incoming message to decide on it.

Nothing is decided or changed here: a proposal is what accepting it would do.
What was decided is carried out in `operations.review_mail`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import MailerError, UsageError
from mailer.mailboxes.stored import HEAD_BYTES
from mailer.model.incoming import (
    Confidence,
    IncomingKind,
    MatchedBy,
    ReviewState,
    Suggestion,
)
from mailer.operations.open_campaign import open_campaign
from mailer.operations.review_mail import Answer
from mailer.recipients.register import Register
from mailer.store import (
    campaigns,
    inbox,
    objections,
    recipients,
    responses,
    reviews,
)
from mailer.store.reviews import subject_of_notes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.errors import Problem
    from mailer.model.campaign import Campaign
    from mailer.model.incoming import Enclosure
    from mailer.model.recipient import Organisation
    from mailer.model.response import Objection, Response
    from mailer.operations.office import Office
    from mailer.operations.open_mail import Opened, Opener
    from mailer.store.tables import AnyRow

#: states in which a message waits for a person
WAITING = (ReviewState.OPEN, ReviewState.ASKED)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the program would make of a message, and why; parts may be missing."""

    campaign: Campaign | None = None
    organisations: tuple[Organisation, ...] = ()
    candidates: tuple[Organisation, ...] = ()  #: others that it may come from
    kind: str | None = None  #: one of the campaign's responses
    details: Mapping[str, str] = field(default_factory=dict)
    why: str = ""  #: in words
    confidence: Confidence = Confidence.CERTAIN  #: in whose message it is
    new_address: str = ""  #: which the sender wants to be written to from now on
    objects: bool = False  #: they seem to want no more reminders

    @property
    def answer(self) -> Answer | None:
        """Return what accepting it would record, `None` if something is missing."""
        says = self.kind is not None or self.objects
        if self.campaign is None or not self.organisations or not says:
            return None
        return Answer(
            self.campaign, self.organisations, self.kind, self.details, self.objects
        )


@dataclass(frozen=True, slots=True)
class Note:
    """Who did something to a message, and when."""

    at: datetime
    by: str
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class Item:
    """A message, as a person is shown it."""

    id: int
    kind: IncomingKind
    state: ReviewState
    stored_at: datetime
    sender: str  #: the address in From; "" if there is none
    subject: str
    opened: Opened
    evidence: str  #: what it is and to whom it belongs, in words
    confidence: Confidence  #: in that
    matched_by: MatchedBy
    proposal: Proposal
    recorded: tuple[Response, ...]  #: what counts as answer from it now
    objections: tuple[Objection, ...]  #: those that count from it now
    last_note: Note | None
    raw: bytes  #: as it is stored
    is_whole: bool  #: `False` if only its beginning was taken

    @property
    def who(self) -> str:
        """Return who wrote it, as the message says."""
        return self.opened.sender or self.sender or "nobody"

    @property
    def stump(self) -> Enclosure | None:
        """Return the enclosure in which our part of the message ends."""
        enclosed = self.opened.enclosures
        return None if self.is_whole or not enclosed else enclosed[-1]


def items(
    office: Office,
    states: Collection[ReviewState] = WAITING,
    kinds: Collection[str] = (),
) -> Sequence[AnyRow]:
    """Return the messages in these states, without their bytes; questions last."""
    with office.database.read() as connection:
        return reviews.listed(connection, states, kinds)


def waits(office: Office, incoming_id: int) -> bool:
    """Tell whether a message still waits for a person."""
    with office.database.read() as connection:
        return reviews.state_of(connection, incoming_id) in WAITING


def campaigns_under_way(office: Office) -> tuple[dict[str, Campaign], list[Problem]]:
    """Return the approved campaigns by name, and why some cannot be answered."""
    with office.database.read() as connection:
        names = sorted(row.name for row in campaigns.all_known(connection))
    found: dict[str, Campaign] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            found[name] = open_campaign(office, name).campaign
        except MailerError as error:  # the others' mail can be dealt with
            problems += error.problems
    return found, problems


def item(
    office: Office, incoming_id: int, under_way: Mapping[str, Campaign], opener: Opener
) -> Item:
    """
    Return a message with all that helps to decide on it.

    Raises:
        UsageError: There is no such message.
    """
    with office.database.read() as connection:
        row = _row(connection, incoming_id)
        recorded = [one for _, one in responses.of_message(connection, incoming_id)]
        objected = [one for _, one in objections.of_message(connection, incoming_id)]
        register = Register(recipients.organisations(connection))
        note = reviews.last_note(connection, incoming_id)
    return Item(
        id=row.id,
        kind=IncomingKind(row.kind),
        state=ReviewState(row.review),
        stored_at=row.stored_at,
        sender=row.sender,
        subject=row.subject,
        opened=opener.open(row.raw),
        evidence=row.evidence,
        confidence=_confidence(row),
        matched_by=MatchedBy(row.matched_by),
        proposal=_proposal(row, recorded, under_way, register),
        recorded=tuple(recorded),
        objections=tuple(objected),
        last_note=Note(note.at, note.by, note.action, note.detail) if note else None,
        raw=row.raw,
        is_whole=_is_whole(row),
    )


def original(office: Office, incoming_id: int) -> bytes:
    """
    Return a message's bytes as they came.

    Raises:
        UsageError: There is no such message.
    """
    with office.database.read() as connection:
        raw: bytes = _row(connection, incoming_id).raw
    return raw


def whose(office: Office, rows: Iterable[AnyRow]) -> dict[int, str]:
    """Return message → the names of the municipalities it is, or seems to be, of."""
    with office.database.read() as connection:
        register = Register(recipients.organisations(connection))
    found = {}
    for row in rows:
        codes: Sequence[str] = (row.organisation,) if row.organisation else ()
        if not codes and row.suggestion:
            codes = Suggestion.from_json(row.suggestion).organisations
        known = (register.with_code(code) for code in codes)
        found[row.id] = ", ".join(one.official_name for one in known if one)
    return found


def _is_whole(row: AnyRow) -> bool:
    """Tell by its digest whether all of a message was taken."""
    return len(row.raw) > HEAD_BYTES or row.digest == inbox.digest_of(row.raw)


def _row(connection: Connection, incoming_id: int) -> AnyRow:
    row = inbox.get(connection, incoming_id)
    if row is None:
        what = subject_of_notes(incoming_id)
        raise UsageError.at(what, "does not exist", "mailer inbox list --all")
    return row


def _confidence(row: AnyRow) -> Confidence:
    """Return how sure it is whose the message is; with that it was acted on."""
    if row.suggestion and ReviewState(row.review) is ReviewState.OPEN:
        return Suggestion.from_json(row.suggestion).confidence
    match MatchedBy(row.matched_by):
        case MatchedBy.NOTHING:
            return Confidence.WEAK
        case MatchedBy.ADDRESS | MatchedBy.DOMAIN:
            return Confidence.LIKELY
        case _:
            return Confidence.CERTAIN


def _proposal(
    row: AnyRow,
    recorded: Sequence[Response],
    under_way: Mapping[str, Campaign],
    register: Register,
) -> Proposal:
    """Return whose the message is, as far as that is known, and what it answers."""

    def known(codes: Iterable[str]) -> tuple[Organisation, ...]:
        return tuple(one for code in codes if (one := register.with_code(code)))

    if row.suggestion and ReviewState(row.review) is ReviewState.OPEN:
        suggested = Suggestion.from_json(row.suggestion)
        return Proposal(
            campaign=under_way.get(suggested.campaign),
            organisations=known(suggested.organisations),
            candidates=known(suggested.candidates),
            kind=suggested.kind or None,
            details=suggested.details,
            why=suggested.why,
            confidence=suggested.confidence,
            new_address=suggested.new_address,
            objects=suggested.objects,
        )
    campaign = under_way.get(row.campaign or "")
    if not recorded:
        return Proposal(campaign, known([row.organisation or ""]))
    last = recorded[-1]
    return Proposal(
        campaign,
        known(one.organisation for one in recorded),
        kind=last.kind,
        details=last.details,
        why=f"recorded by {last.recorded_by}",
    )
