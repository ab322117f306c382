"""
Carry out what a person decides about an incoming message.

Each decision is one transaction: the message's tie, the responses and objections
it makes or takes back, and a line in the journal of who decided what.
It changes nothing if the message is no longer as the person has seen it.
What a person is shown is put together in `operations.show_mail`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.model.campaign import Finality
from mailer.model.incoming import MatchedBy, ReviewState
from mailer.model.response import (
    Objection,
    ObjectionSource,
    Response,
    ResponseSource,
)
from mailer.operations.record_response import check_kind, check_started
from mailer.store import campaigns, inbox, objections, responses, reviews
from mailer.store.reviews import Tie, subject_of_notes, tie_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.model.campaign import Campaign
    from mailer.model.recipient import Organisation
    from mailer.operations.office import Office
    from mailer.store.tables import AnyRow


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says a message is."""

    campaign: Campaign  #: the one it answers
    organisations: tuple[Organisation, ...]  #: those that it speaks for
    kind: str | None  #: one of the campaign's responses; `None` if it is no answer
    details: Mapping[str, str]  #: fields of the answer
    objects: bool = False  #: they want no more reminders


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, with all that is needed to take it back."""

    incoming_id: int
    words: str  #: "declined, Občina Piran"
    before: Tie
    after: Tie
    #: rows of responses that it added: answers, and what withdraws earlier ones
    added: tuple[int, ...]
    note_id: int  #: its line in the journal
    objected: tuple[int, ...] = ()  #: objections that it added
    withdrawn: tuple[int, ...] = ()  #: objections that count no longer after it


def assign(
    office: Office,
    incoming_id: int,
    answer: Answer,
    *,
    by: str,
    seen: ReviewState | None = None,
) -> Decision:
    """
    Say to whom a message belongs, and which answer it is.

    What was recorded from the message before no longer counts.  A question
    waits on for our answer, and the reminders wait with it.

    Args:
        office: The office.
        incoming_id: The message.
        answer: What it is.
        by: The person who read it.
        seen: The state in which the person saw it; `None` for whichever it has.

    Raises:
        UsageError: No such message or kind, nobody to answer, or another person
            dealt with the message meanwhile.
    """
    campaign, kind = answer.campaign, answer.kind
    if kind is not None:
        check_kind(campaign, kind)
    if not answer.organisations:
        raise UsageError.at(
            subject_of_notes(incoming_id), "is nobody's", "name a municipality"
        )
    is_asked = kind is not None and campaign.responses[kind] is Finality.PAUSE
    names = ", ".join(one.official_name for one in answer.organisations)
    objects = "no more reminders" if answer.objects else ""
    said = ", ".join(filter(None, (kind, objects)))
    words = f"{said or 'no answer'}, {names}"
    with office.database.write() as connection:
        check_started(connection, campaign)
        row = _seen(connection, incoming_id, seen)
        codes = [one.code for one in answer.organisations]
        is_theirs = row.campaign == campaign.name and row.organisation in codes
        after = Tie(
            review=ReviewState.ASKED if is_asked else ReviewState.DONE,
            matched_by=MatchedBy.STAFF,
            delivery_id=row.delivery if is_theirs else None,
            campaign=campaign.name,
            organisation=row.organisation if is_theirs else codes[0],
            evidence=f"{by}: {words}",
        )
        return _carry_out(
            connection, office.clock.now(), row, after, "assign", words, by, answer
        )


def dismiss(
    office: Office, incoming_id: int, *, by: str, seen: ReviewState | None = None
) -> Decision:
    """
    Say that a message is no answer, or that its question has been dealt with.

    What was recorded from it no longer counts, and is named: reminders that it
    held go on.  A message that a person has decided upon stays as it is.

    Raises:
        UsageError: No such message, or another person dealt with it meanwhile.
    """
    with office.database.write() as connection:
        row = _seen(connection, incoming_id, seen)
        if ReviewState(row.review) is ReviewState.DONE:
            return _done_already(connection, row)
        words = _dismissed(connection, row)
        after = replace(
            tie_of(row), review=ReviewState.DONE, evidence=f"{row.evidence}; {by}"
        )
        return _carry_out(
            connection, office.clock.now(), row, after, "done", words, by, None
        )


def set_aside(office: Office, incoming_id: int, *, by: str) -> None:
    """
    Note that a person has looked and left the message for later; it stays open.

    Raises:
        UsageError: There is no such message.
    """
    with office.database.write() as connection:
        _seen(connection, incoming_id, None)
        what = subject_of_notes(incoming_id)
        campaigns.note(connection, office.clock.now(), by, "set aside", what, "")


def undo(office: Office, decision: Decision, *, by: str) -> None:
    """
    Take a decision back: the message waits again, as before.

    Raises:
        UsageError: The message was decided upon again since then.
    """
    what = subject_of_notes(decision.incoming_id)
    with office.database.write() as connection:
        is_ours = reviews.decide(
            connection, decision.incoming_id, decision.after.review, decision.before
        )
        note = reviews.last_note(connection, decision.incoming_id)
        if not is_ours or note is None or note.id != decision.note_id:
            raise UsageError.at(
                what, "was decided upon again since then", "mailer inbox review"
            )
        now = office.clock.now()
        responses.withdraw(connection, decision.added, by, now)
        objections.withdraw(connection, decision.objected, by, now)
        objections.reinstate(connection, decision.withdrawn)
        campaigns.note(connection, now, by, "undo", what, decision.words)


def _dismissed(connection: Connection, row: AnyRow) -> str:
    """Return what is said of a message by saying that it is no answer."""
    if ReviewState(row.review) is ReviewState.ASKED:
        return "question dealt with"
    if ReviewState(row.review) is not ReviewState.NONE:
        return "no answer"  # the question that it was until somebody read it
    recorded = [one for _id, one in responses.of_message(connection, row.id)]
    taken_back = ", ".join(f"{one.kind} of {one.organisation}" for one in recorded)
    return f"no answer; taken back: {taken_back}" if taken_back else "no answer"


def _done_already(connection: Connection, row: AnyRow) -> Decision:
    """Return what a person decided before; an answer is not taken back by the way."""
    note, tie = reviews.last_note(connection, row.id), tie_of(row)
    said = f" ({note.by}: {note.detail or note.action})" if note else ""
    words = f"was dealt with already{said}; nothing is changed"
    if responses.of_message(connection, row.id) or _read(connection, row):
        again = f"mailer inbox assign {row.id} {row.campaign} {row.organisation}"
        words += f"; if it is no answer after all: {again}"
    return Decision(row.id, words, tie, tie, (), note.id if note else 0)


def _seen(connection: Connection, incoming_id: int, seen: ReviewState | None) -> AnyRow:
    """Return a message that is as the person has seen it."""
    what = subject_of_notes(incoming_id)
    row = inbox.get(connection, incoming_id)
    if row is None:
        raise UsageError.at(what, "does not exist", "mailer inbox list --all")
    if seen is not None and ReviewState(row.review) is not seen:
        raise _overtaken(connection, incoming_id)
    return row


def _overtaken(connection: Connection, incoming_id: int) -> UsageError:
    """Return who was faster, and what they decided."""
    what = subject_of_notes(incoming_id)
    note = reviews.last_note(connection, incoming_id)
    said = f": {note.by}, {note.detail or note.action}" if note else ""
    return UsageError.at(
        what, f"was dealt with meanwhile{said}", f"mailer inbox show {incoming_id}"
    )


def _carry_out(
    connection: Connection,
    now: datetime,
    row: AnyRow,
    after: Tie,
    action: str,
    words: str,
    by: str,
    answer: Answer | None,
) -> Decision:
    """Write a decision down, in the transaction that has read `row`."""
    before = tie_of(row)
    if not reviews.decide(connection, row.id, before.review, after):
        raise _overtaken(connection, row.id)
    earlier = responses.of_message(connection, row.id)
    wanted = _responses(row, answer, by) if answer else []
    added: list[int] = []
    if [_said(one) for _id, one in earlier] != [_said(one) for one in wanted]:
        ids = [id_ for id_, _one in earlier]
        added += responses.withdraw(connection, ids, by, now)
        recorded = (responses.record(connection, one) for one in wanted)
        added += filter(None, recorded)
    objected, withdrawn = _object(connection, now, row, answer, by)
    campaigns.note(connection, now, by, action, subject_of_notes(row.id), words)
    note = reviews.last_note(connection, row.id)
    note_id = note.id if note else 0
    return Decision(
        row.id, words, before, after, tuple(added), note_id, objected, withdrawn
    )


def _object(
    connection: Connection, now: datetime, row: AnyRow, answer: Answer | None, by: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Record what a person read of objections; return what is new, and what over."""
    earlier = _read(connection, row)
    wanted = _objections(row, answer, by) if answer and answer.objects else []
    if {_whose(one) for one in earlier.values()} == {_whose(one) for one in wanted}:
        return (), ()
    withdrawn = objections.withdraw(connection, earlier, by, now)
    recorded = (objections.record(connection, one) for one in wanted)
    return tuple(filter(None, recorded)), tuple(withdrawn)


def _read(connection: Connection, row: AnyRow) -> dict[int, Objection]:
    """Return what people on staff have read; what a token says is not theirs to say."""
    found = objections.of_message(connection, row.id)
    return {id_: one for id_, one in found if one.source is ObjectionSource.REPLY}


def _objections(row: AnyRow, answer: Answer, by: str) -> list[Objection]:
    """Return what to record: one objection for each municipality."""
    return [
        Objection(
            campaign=answer.campaign.name,
            organisation=one.code,
            at=row.stored_at,
            source=ObjectionSource.REPLY,
            recorded_by=by,
            evidence=f"message {row.id}: {row.subject}",
            incoming_id=row.id,
        )
        for one in answer.organisations
    ]


def _whose(objection: Objection) -> tuple[str, str]:
    return objection.campaign, objection.organisation


def _responses(row: AnyRow, answer: Answer, by: str) -> list[Response]:
    """Return what to record: one response for each municipality."""
    if answer.kind is None:
        return []
    return [
        Response(
            campaign=answer.campaign.name,
            organisation=one.code,
            kind=answer.kind,
            at=row.stored_at,
            source=ResponseSource.REPLY,
            recorded_by=by,
            details=answer.details,
            incoming_id=row.id,
        )
        for one in answer.organisations
    ]


def _said(response: Response) -> tuple[str, str, str, dict[str, str]]:
    """Return what makes two responses of a message the same answer."""
    return (
        response.campaign,
        response.organisation,
        response.kind,
        dict(response.details),
    )
