"""A ledger in memory, and messages about what stands in it, for `inbox`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from incoming import OFFICE, TOWN

from mailer import tokens
from mailer.inbox.calendar_reply import read_calendar_reply
from mailer.inbox.classify import classify
from mailer.inbox.consequence import consequence
from mailer.inbox.match import match
from mailer.inbox.received import Received
from mailer.inbox.whose import FormOwner, Known, Signs
from mailer.model.campaign import (
    At,
    CalendarMethod,
    Campaign,
    Finality,
    NumberedAnswer,
    Step,
)
from mailer.model.delivery import DeliveryState
from mailer.model.form import CheckedForm, FieldType, Form, FormField
from mailer.model.response import Response, ResponseSource
from mailer.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.inbox.received import Consequence
    from mailer.inbox.whose import Match

KEY = b"an office's key"
DOMAIN = "posiljatelj.example"
REFERENCE = tokens.reference(KEY, "conference", "invitation", TOWN)
TOKEN = tokens.sign(KEY, Purpose.REVERSE_PATH, REFERENCE)
OURS = f"{TOKEN}@{DOMAIN}"  #: our reverse path
MESSAGE_ID = f"<{REFERENCE}@{DOMAIN}>"
UID = f"conference@{DOMAIN}"
FORM_ID = "K17-043-ABC234"  #: what the ledger below takes for ours
SUBJECT = "Vabilo: konferenca o sodelovanju z občani"

AT = datetime(2019, 4, 10, 8, 0, tzinfo=UTC)
LEFT = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)
KNOWN = Known(
    7, "conference", "invitation", "043", 3, TOWN, DeliveryState.ACCEPTED, LEFT
)
#: another municipality, in the same campaign
NEIGHBOUR = "obcina@lipnica.example"
NEIGHBOURS = replace(
    KNOWN, delivery_id=8, organisation="044", recipient_id=4, address_key=NEIGHBOUR
)

JOINS = NumberedAnswer("registered", {"kakovost": "pridruzi"})
FORM = Form(
    tag="K17",
    title="Obrazec",
    answer="registered",
    file_name="obrazec",
    fields=(FormField("kakovost", FieldType.RADIO, "Kakovost", required=True),),
)
CAMPAIGN = Campaign(
    name="conference",
    title="Konferenca o sodelovanju z občani",
    list_name="municipalities",
    steps=(
        Step(
            "invitation",
            "everyone",
            At(datetime(2019, 4, 8, 9)),  # noqa: DTZ001 - by the office's clocks
            calendar=CalendarMethod.REQUEST,
        ),
    ),
    responses={
        "registered": Finality.FINAL,
        "declined": Finality.FINAL,
        "tentative": Finality.OPEN,
        "question": Finality.PAUSE,
    },
    answer_by=date(2019, 5, 3),
    numbers={3: JOINS},
    meanings={
        "accepted": NumberedAnswer("registered", {}),
        "declined": NumberedAnswer("declined", {}),
        "tentative": NumberedAnswer("tentative", {}),
    },
    subjects=(SUBJECT,),
    form=FORM,
)


@dataclass
class Ledger:
    """What the store would find."""

    references: dict[str, Known] = field(default_factory=lambda: {REFERENCE: KNOWN})
    addresses: dict[str, tuple[Known, ...]] = field(
        default_factory=lambda: {TOWN: (KNOWN,), NEIGHBOUR: (NEIGHBOURS,)}
    )
    forms: dict[str, FormOwner] = field(
        default_factory=lambda: {FORM_ID: FormOwner("conference", "043")}
    )

    def by_reference(self, reference):
        return self.references.get(reference)

    def by_form(self, identifier):
        return self.forms.get(identifier)

    def by_address(self, address_key):
        return self.addresses.get(address_key, ())

    def by_domain(self, domain):
        return [
            known
            for address, found in self.addresses.items()
            for known in found
            if address.endswith(f"@{domain}")
        ]

    def subjects(self, campaign):
        return CAMPAIGN.subjects if campaign == CAMPAIGN.name else ()


def matched(
    raw: bytes,
    ledger: Ledger | None = None,
    *,
    form_id: str = "",
    form_organisation: str = "",
) -> Match:
    """Return to whom a message belongs."""
    read = classify(raw)
    calendar = read_calendar_reply(read.enclosures)
    signs = Signs(
        KEY,
        DOMAIN,
        form_id=form_id,
        form_organisation=form_organisation,
        event=calendar.uid if calendar else "",
        attendee=calendar.attendee if calendar else "",
    )
    return match(read, signs, ledger or Ledger())


def followed(
    raw: bytes,
    ledger: Ledger | None = None,
    *,
    form: CheckedForm | None = None,
    form_id: str = "",
    **known: object,
) -> Consequence:
    """Return what follows from a message; `known` are more fields of `Received`."""
    read = classify(raw)
    whose = matched(raw, ledger, form_id=form_id)
    given = {
        "at": AT,
        "today": AT.date(),
        "campaign": CAMPAIGN if whose.campaign == CAMPAIGN.name else None,
        "form": form,
        "calendar": read_calendar_reply(read.enclosures),
        "own_addresses": {OFFICE},
    }
    return consequence(Received(read, whose, **(given | known)))


def with_state(state: DeliveryState, **changes: object) -> Ledger:
    """Return a ledger whose one delivery stands in `state`."""
    known = replace(KNOWN, state=state, **changes)
    return Ledger({REFERENCE: known}, {TOWN: (known,)})


def an_answer(
    kind: str, details: Mapping[str, str] | None = None, at: datetime = LEFT
) -> Response:
    """Return what the municipality answered before."""
    return Response(
        "conference", "043", kind, at, ResponseSource.IMPORT, "ana", details or {}
    )
