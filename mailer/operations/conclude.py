"""
Decide to whom an incoming message belongs and what follows, and write that down.

What it is was understood before (`operations.understand`); the decisions are the
core's (`inbox.match`, `inbox.consequence`), which are told here what the ledger
knows.  Nothing is ever sent because of a message (RFC 3834, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.forms.check import check
from mailer.inbox.consequence import consequence
from mailer.inbox.match import form_of_several, match
from mailer.inbox.received import Consequence, Received
from mailer.inbox.report_consequence import WEARING
from mailer.inbox.whose import Signs
from mailer.model.form import Prefilled
from mailer.model.incoming import IncomingKind, ReviewState
from mailer.model.response import (
    Objection,
    ObjectionSource,
    Response,
    Suppression,
)
from mailer.operations.look_up import StoreLookup
from mailer.recipients.register import Register, code_key
from mailer.store import (
    correspondence,
    inbox,
    ledger,
    objections,
    recipients,
    responses,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.inbox.whose import Known, Match
    from mailer.model.campaign import Campaign
    from mailer.model.form import CheckedForm, Form, ReturnedForm
    from mailer.model.recipient import Organisation
    from mailer.operations.look_up import Rules
    from mailer.operations.understand import Understood

#: soft bounces that are older say nothing of an address
_FORGOTTEN = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Whose a message is, and what follows from it."""

    match: Match
    consequence: Consequence
    #: of the other forms in it: an official may return those of several municipalities
    others: tuple[tuple[Match, Consequence], ...] = ()

    def shown(self, why: str) -> Conclusion:
        """Return the same, with a person to look at it."""
        evidence = f"{why}; {self.consequence.evidence}"
        open_ = replace(self.consequence, evidence=evidence, review=ReviewState.OPEN)
        return replace(self, consequence=open_)


def conclude(
    connection: Connection, rules: Rules, understood: Understood, at: datetime
) -> Conclusion:
    """
    Return whose a message is, and what follows from it.

    Args:
        connection: In the transaction that has stored the message.
        rules: The office's.
        understood: What was read out of it.
        at: When it came; aware.
    """
    lookup = StoreLookup(connection, rules)
    forms: Sequence[ReturnedForm | None] = understood.returned or (None,)
    owned = [one for one in forms if one and lookup.by_form(one.identifier)]
    if len(owned) > 1:
        found = [
            _of_form(connection, lookup, rules, one, understood, at) for one in owned
        ]
        first = Conclusion(*found[0], others=tuple(found[1:]))
        return first.shown(f"it brings {len(owned)} forms")
    form = next(iter(owned), forms[0])
    signs = _signs(connection, lookup, rules, form, understood)
    whose = match(understood.classification, signs, lookup)
    received = _received(connection, rules, whose, form, understood, at)
    return Conclusion(whose, consequence(received))


def _of_form(
    connection: Connection,
    lookup: StoreLookup,
    rules: Rules,
    form: ReturnedForm,
    understood: Understood,
    at: datetime,
) -> tuple[Match, Consequence]:
    """Return what follows from one of several forms: its id says whose it is."""
    owner = lookup.by_form(form.identifier)
    if owner is None:
        raise AssertionError(form.identifier)
    signs = _signs(connection, lookup, rules, form, understood)
    whose = form_of_several(owner, understood.classification, signs, lookup)
    received = _received(connection, rules, whose, form, understood, at)
    return whose, consequence(received)


def _signs(
    connection: Connection,
    lookup: StoreLookup,
    rules: Rules,
    form: ReturnedForm | None,
    understood: Understood,
) -> Signs:
    """Return what tells whose a message is, beside the message itself."""
    owner = lookup.by_form(form.identifier) if form and form.identifier else None
    campaign = rules.campaigns.get(owner.campaign) if owner else None
    written = ""
    if form and campaign and campaign.form:
        written = _written_in(connection, campaign.form, form)
    return Signs(
        rules.key,
        rules.domain,
        form_id=form.identifier if form else "",
        form_organisation=written,
        event=understood.calendar.uid if understood.calendar else "",
        attendee=understood.calendar.attendee if understood.calendar else "",
    )


def _written_in(connection: Connection, form: Form, returned: ReturnedForm) -> str:
    """Return the code of the organisation that a form names; "" if nobody's."""
    said = {
        one.prefilled: returned.values.get(one.id, "").strip()
        for one in form.fields
        if one.prefilled
    }
    if code := said.get(Prefilled.CODE, ""):
        owner = _organisation(connection, code_key(code))
        return owner.code if owner else ""
    register = Register(recipients.organisations(connection))
    names = (said.get(one, "") for one in (Prefilled.NAME, Prefilled.OFFICIAL_NAME))
    return next((one.code for one in map(register.named, names) if one), "")


def _received(
    connection: Connection,
    rules: Rules,
    whose: Match,
    form: ReturnedForm | None,
    understood: Understood,
    at: datetime,
) -> Received:
    """Return the message with all that deciding about it may know."""
    campaign = rules.campaigns.get(whose.campaign)
    read = understood.classification
    answers: Sequence[Response] = ()
    if campaign and whose.organisation:
        answers = responses.of_organisation(
            connection, campaign.name, whose.organisation
        )
    times: list[datetime] = []
    if read.kind is IncomingKind.BOUNCE_SOFT and whose.known:
        times = correspondence.soft_bounces(
            connection,
            whose.known.address_key,
            except_of=whose.known.delivery_id,
            reasons=WEARING,
            since=at - _FORGOTTEN,
        )
    return Received(
        read=read,
        match=whose,
        at=at,
        today=at.astimezone(rules.zone).date(),
        campaign=campaign,
        form=_checked(connection, campaign or _campaign_of(rules, form), form, whose),
        calendar=understood.calendar,
        answers=answers,
        soft_bounces=times,
        own_addresses=rules.own_addresses,
        phrases=rules.phrases,
    )


def _campaign_of(rules: Rules, form: ReturnedForm | None) -> Campaign | None:
    """Return whose form it is by its tag: its values are kept for a person."""
    tagged = [
        one
        for one in rules.campaigns.values()
        if form is not None and form.tag and one.form and one.form.tag == form.tag
    ]
    return tagged[0] if len(tagged) == 1 else None


def _checked(
    connection: Connection,
    campaign: Campaign | None,
    form: ReturnedForm | None,
    whose: Match,
) -> CheckedForm | None:
    """Return what a form says by the campaign's rules; `None` without one."""
    if form is None or campaign is None or campaign.form is None:
        return None
    owner = _organisation(connection, whose.organisation)
    return check(campaign.form, form, campaign.categories, owner)


def _organisation(connection: Connection, code: str) -> Organisation | None:
    found = recipients.of_organisation(connection, code) if code else []
    return found[0].organisation if found else None


def carry_out(
    connection: Connection,
    incoming_id: int,
    conclusion: Conclusion,
    at: datetime,
    now: datetime,
) -> None:
    """
    Write down what follows from a message, in the transaction that stored it.

    Args:
        connection: That transaction.
        incoming_id: The message.
        conclusion: What follows from it.
        at: When it came; its answers count from then.
        now: When it is written down.
    """
    whose, follows = conclusion.match, conclusion.consequence
    known, suggestion = whose.known, follows.suggestion
    inbox.tie(
        connection,
        incoming_id,
        matched_by=whose.by,
        delivery_id=known.delivery_id if known else None,
        campaign=whose.campaign,
        organisation=whose.organisation,
        review=follows.review,
        evidence=follows.evidence,
        suggestion=suggestion.as_json() if suggestion else None,
    )
    for one, then in ((whose, follows), *conclusion.others):
        _record(connection, incoming_id, one, then, at)
    for leaving in follows.objections:
        _object(connection, incoming_id, leaving, whose.evidence, at)
    if known is None:
        return
    if follows.state is not None:
        ledger.settle(
            connection,
            known.delivery_id,
            known.state,
            follows.state,
            follows.evidence,
            now,
        )
    if follows.suppress is not None:
        recipients.suppress(
            connection,
            Suppression(known.address_key, follows.suppress, now, follows.evidence),
        )


def _record(
    connection: Connection,
    incoming_id: int,
    whose: Match,
    follows: Consequence,
    at: datetime,
) -> None:
    """Record the answers in a message."""
    for answer in follows.answers:
        response = Response(
            campaign=whose.campaign,
            organisation=whose.organisation,
            kind=answer.kind,
            at=at,
            source=answer.source,
            recorded_by="mailer",
            details=answer.details,
            note=_note(answer.note, follows.evidence),
            incoming_id=incoming_id,
        )
        key = f"incoming/{incoming_id}/{whose.organisation}/{answer.kind}"
        responses.record(connection, response, dedupe_key=key)


def _object(
    connection: Connection,
    incoming_id: int,
    leaving: Known,
    evidence: str,
    at: datetime,
) -> None:
    """Let no more reminders go to the organisation that got this delivery."""
    entry = Objection(
        campaign=leaving.campaign,
        organisation=leaving.organisation,
        at=at,
        source=ObjectionSource.TOKEN,
        recorded_by="mailer",
        evidence=evidence,
        incoming_id=incoming_id,
    )
    objections.record(connection, entry)


def _note(of_answer: str, evidence: str) -> str:
    """Return what is written beside a response, nothing of it twice."""
    if of_answer in evidence:
        return evidence
    return f"{of_answer}; {evidence}"
