"""
Decide what follows from a person's mail: an answer, or something that a person reads.

An answer is recorded if it is certain whose it is and what it says: our form,
filled; a calendar program's answer to our event; a typed number.
Everything else is suggested.  If it is known whose mail it is, the reminders
pause until a person has read it: whoever wrote to us is not reminded as if silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.inbox.absence import changed_address
from mailer.inbox.answer import (
    looks_like_decline,
    looks_like_question,
    speaks_for_several,
    typed_number,
)
from mailer.inbox.objecting import without_objection
from mailer.inbox.received import Answer, Consequence, Received, suggest
from mailer.model.campaign import DECLINED, CalendarMethod
from mailer.model.form import FormFlag
from mailer.model.incoming import IncomingKind, MatchedBy, ReviewState
from mailer.model.response import ResponseSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.campaign import NumberedAnswer
    from mailer.model.form import Form
    from mailer.model.incoming import Suggestion

#: what a person should see although the form was taken
_SHOWN = frozenset({FormFlag.QUESTION, FormFlag.OTHER_ORGANISATION, FormFlag.REFUSED})
#: signs that somebody answers our letter, whatever the subject is
_STRONG = (MatchedBy.TOKEN, MatchedBy.MESSAGE_ID, MatchedBy.FORM, MatchedBy.CALENDAR)


def of_person(received: Received) -> Consequence:
    """Return what follows from what a person wrote."""
    read, found = received.read, received.match
    if read.sender in received.own_addresses and received.form is None:
        return Consequence("we wrote it ourselves")
    answer, why = _answer(received)
    if answer is None or not found.is_certain:
        said = f"{why}; {found.evidence}" if why else found.evidence
        return _unread(received, answer, said)
    doubt = _doubt(received, answer)
    if doubt:
        return _unread(received, answer, f"{why}, but {doubt}; {found.evidence}")
    return _recorded(received, answer, f"{why}; {found.evidence}")


def suggested_answer(received: Received) -> tuple[Answer | None, str]:
    """Return the answer that a message may hold, and why; for staff only."""
    answer, why = _answer(received)
    campaign = received.campaign
    if answer is not None or campaign is None:
        return answer, why
    text = received.read.text
    declined = campaign.meanings.get(DECLINED)
    if looks_like_question(text):
        if campaign.pausing:
            return Answer(campaign.pausing, ResponseSource.REPLY), "it seems to ask"
        return None, "it seems to ask"
    if looks_like_decline(without_objection(text, received.phrases)):
        meant = _meaning(declined, ResponseSource.REPLY) if declined else None
        return meant, "it seems to decline"
    return None, why


def _answer(received: Received) -> tuple[Answer | None, str]:
    """Return what the message says without doubt, and how; and why it does not."""
    campaign = received.campaign
    if campaign is None:
        return None, ""
    form = received.form
    if form is not None and campaign.form is not None and _is_filled(received):
        kind, note = campaign.form.answer, "; ".join(form.problems)
        whole = _completed(received, campaign.form, form.values)
        if whole is not None:  # what is empty in it was said before
            why = "it completes the answer before it"
            return Answer(kind, ResponseSource.FORM, whole), why
        answer = Answer(kind, ResponseSource.FORM, dict(form.values), note)
        return answer, "its form is filled"
    if received.calendar is not None:
        return _calendar_answer(received)
    number = typed_number(received.read.text, campaign.numbers)
    if number is not None:
        meant = _meaning(campaign.numbers[number], ResponseSource.NUMBER)
        return meant, f"it says {number}"
    if form is not None:
        is_not = "could not be read" if form.is_unread else "is not complete"
        return None, f"its form {is_not}: {'; '.join(form.problems)}"
    return None, ""


def _completed(
    received: Received, form: Form, values: Mapping[str, str]
) -> dict[str, str] | None:
    """
    Return a form's values with the answer that they complete; `None` if with none.

    Whoever is asked for what is missing answers just that.  What was said before
    is kept only if all that it lacked is said now; otherwise the newest counts.
    """
    campaign = received.campaign
    before = campaign.answer(received.answers) if campaign else None
    choices = {one.id for one in form.decisive}
    if before is None or before.kind != form.answer or before.at > received.at:
        return None
    lacked = choices - before.details.keys()
    if not lacked or not lacked <= values.keys() or choices <= values.keys():
        return None
    return {**before.details, **values}


def _calendar_answer(received: Received) -> tuple[Answer | None, str]:
    """Return what a calendar program's answer means in the campaign."""
    calendar, campaign = received.calendar, received.campaign
    if calendar is None or campaign is None:
        return None, ""
    word = calendar.participation.value
    said = f"a calendar program says {word}"
    if not any(one.calendar is CalendarMethod.REQUEST for one in campaign.steps):
        return None, f"{said}, and {campaign.name} has asked no calendar"
    if calendar.comment:
        said = f"{said} (»{calendar.comment}«)"
    if calendar.is_counter:
        return None, f"{said} and proposes another time"
    meant = campaign.meanings.get(word)
    if meant is None:
        return None, f"{said}, which means nothing in {campaign.name}"
    return _meaning(meant, ResponseSource.CALENDAR), said


def _is_filled(received: Received) -> bool:
    return received.form is not None and received.form.is_complete


def _doubt(received: Received, answer: Answer) -> str:
    """Return why a person should look before the answer counts; "" if it counts."""
    campaign, read = received.campaign, received.read
    if campaign is None or speaks_for_several(read.text):
        return "it may be for several municipalities"
    if answer.source is ResponseSource.FORM:
        number = typed_number(read.text, campaign.numbers)
        typed = campaign.numbers[number].details if number is not None else {}
        if _differs(typed, answer.details):
            return f"the text says {number}"
    return ""


def _recorded(received: Received, answer: Answer, why: str) -> Consequence:
    """Return that an answer is recorded; with what a person should see of it."""
    campaign, form = received.campaign, received.form
    answers = [answer]
    shown = []
    if before := _contradicted(received, answer):
        shown.append(before)
    if answer.source is ResponseSource.FORM and form and form.flags & _SHOWN:
        shown.append("; ".join(form.problems) or "see the form")
    if _asks(received):
        shown.append("it seems to ask")
        if campaign is not None and campaign.pausing:
            answers.append(Answer(campaign.pausing, ResponseSource.REPLY))
    evidence = "; ".join((*shown, why))
    if not shown:
        return Consequence(evidence, answers=tuple(answers))
    suggestion = suggest(
        "; ".join(shown), received, kind=answer.kind, details=answer.details
    )
    return Consequence(
        evidence, ReviewState.OPEN, answers=tuple(answers), suggestion=suggestion
    )


def _asks(received: Received) -> bool:
    """Tell whether somebody seems to ask, in the text or beside the answer."""
    form, calendar = received.form, received.calendar
    if form is not None and FormFlag.QUESTION in form.flags:
        return True
    comment = calendar.comment if calendar else ""
    return any(map(looks_like_question, (received.read.text, comment)))


def _contradicted(received: Received, answer: Answer) -> str:
    """Return, in words, the answer that stands, if this one says something else."""
    campaign = received.campaign
    before = campaign.answer(received.answers) if campaign else None
    if before is None:
        return ""
    if before.kind == answer.kind and not _differs(before.details, answer.details):
        return ""
    details = ", ".join(f"{name}={value}" for name, value in before.details.items())
    said = f"{before.kind} ({details})" if details else before.kind
    when = "since then" if before.at > received.at else "before"
    return f"{when} it was {said} of {before.at:%-d %b %Y}"


def _differs(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether two answers say different things about the same field."""
    return any(one[name] != other[name] for name in one.keys() & other.keys())


def _unread(received: Received, answer: Answer | None, why: str) -> Consequence:
    """Return that a person reads it; the reminders pause if it is known whose it is."""
    suggestion = _suggestion(received, answer, why)
    return Consequence(
        suggestion.why,
        ReviewState.OPEN,
        answers=_pause(received),
        suggestion=suggestion,
    )


def _suggestion(received: Received, answer: Answer | None, why: str) -> Suggestion:
    """Return what a person may accept."""
    if answer is None:
        answer, seems = suggested_answer(received)
        why = f"{seems}; {why}" if seems and seems not in why else why
    if speaks_for_several(received.read.text):
        why = f"it may be for several municipalities; {why}"
    moved = announced_address(received)
    if moved is not None:
        why = f"it announces a new address; {why}"
    form = received.form
    details = answer.details if answer else form.values if form else {}
    return suggest(
        why,
        received,
        kind=answer.kind if answer else "",
        details=details,
        new_address=moved or "",
    )


def announced_address(received: Received) -> str | None:
    """
    Return the new address that a person announces, "" if it is not clear which.

    `None`: no change is announced.  Some write from the new mailbox already.
    """
    read, phrases = received.read, received.phrases
    own = set(received.own_addresses)
    moved = changed_address(read.text, known={read.sender, *own}, phrases=phrases)
    if moved == ("",) and received.match.by is not MatchedBy.ADDRESS:
        moved = changed_address(read.text, known=own, phrases=phrases)
    return moved[0] if moved else None


def _pause(received: Received) -> tuple[Answer, ...]:
    """Return the response that holds the reminders, if there is reason for it."""
    campaign, found = received.campaign, received.match
    if campaign is None or not campaign.pausing or not found.is_sure:
        return ()
    if received.read.kind is not IncomingKind.REPLY and found.by not in _STRONG:
        return ()  # a circular of theirs, perhaps
    has_answered = campaign.answer(received.answers) is not None
    if has_answered and not _asks(received):
        return ()  # a remark after the answer; no reminder goes anyway
    return (Answer(campaign.pausing, ResponseSource.REPLY),)


def _meaning(meant: NumberedAnswer, source: ResponseSource) -> Answer:
    return Answer(meant.kind, source, meant.details)
