"""Records for tests: plain functions with defaults and keyword overrides."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from mailer.model.campaign import (
    EVERYONE,
    SILENT,
    At,
    Campaign,
    Event,
    Finality,
    Relative,
    Step,
)
from mailer.model.delivery import Delivery, DeliveryState
from mailer.model.history import History
from mailer.model.recipient import Gender, Organisation, Recipient, Role
from mailer.model.response import (
    Objection,
    ObjectionSource,
    Response,
    ResponseSource,
)


def an_organisation(**changes: Any) -> Organisation:
    return Organisation(
        **{
            "code": "061",
            "name": "Ljubljana",
            "official_name": "Mestna občina Ljubljana",
            "is_urban": True,
            "region": "Osrednjeslovenska",
        }
        | changes
    )


def a_recipient(**changes: Any) -> Recipient:
    values: dict[str, Any] = {
        "id": 1,
        "address": "obcina@ljubljana.example",
        "organisation": an_organisation(),
    } | changes
    values.setdefault("address_key", values["address"].casefold())
    return Recipient(**values)


class ArrivalFields(NamedTuple):
    """An `Arrival`, its values by name."""

    row: int
    address_key: str
    address: str
    organisation: str
    role: str
    gender: str
    surname: str
    language: str


def an_arrival(number: int, **changes: Any) -> ArrivalFields:
    """Return row `number` of a list, of the organisation with this code."""
    values: dict[str, Any] = {
        "row": number,
        "address": f"obcina@{number:03}.example",
        "organisation": f"{number:03}",
        "role": Role.OFFICE.value,
        "gender": Gender.UNKNOWN.value,
        "surname": "",
        "language": "sl",
    } | changes
    values.setdefault("address_key", values["address"].casefold())
    return ArrivalFields(**values)


def a_campaign(**changes: Any) -> Campaign:
    """Return a conference like the one of 2019: invitation, reminder, last call."""
    return Campaign(
        **{
            "name": "conference",
            "title": "Nacionalna konferenca",
            "list_name": "municipalities",
            "answer_by": date(2019, 5, 3),
            "event": Event(
                start=datetime(2019, 5, 8, 10, 0),  # noqa: DTZ001 - wall clock
                place="dvorana B23",
            ),
            "responses": {
                "registered": Finality.FINAL,
                "declined": Finality.FINAL,
                "question": Finality.PAUSE,
            },
            "steps": (
                Step("invitation", EVERYONE, At(datetime(2019, 4, 8, 9, 0))),  # noqa: DTZ001
                Step("reminder", SILENT, Relative(-5, "answer_by")),
                Step("last-call", SILENT, Relative(-1, "answer_by")),
                Step("confirmation", "registered", Relative(0, "response", False)),  # noqa: FBT003
                Step("eve", "registered", Relative(-1, "event")),
            ),
        }
        | changes
    )


def a_delivery(**changes: Any) -> Delivery:
    return Delivery(
        **{
            "id": 1,
            "campaign": "conference",
            "step": "invitation",
            "recipient_id": 1,
            "reference": "a" * 16,
            "state": DeliveryState.ACCEPTED,
            "due_at": datetime(2019, 4, 8, 7, 0, tzinfo=UTC),
            "attempts": 1,
        }
        | changes
    )


def a_response(**changes: Any) -> Response:
    return Response(
        **{
            "campaign": "conference",
            "organisation": "061",
            "kind": "registered",
            "at": datetime(2019, 4, 10, 8, 0, tzinfo=UTC),
            "source": ResponseSource.STAFF,
            "recorded_by": "referentka",
        }
        | changes
    )


def an_objection(**changes: Any) -> Objection:
    return Objection(
        **{
            "campaign": "conference",
            "organisation": "061",
            "at": datetime(2019, 4, 10, 8, 0, tzinfo=UTC),
            "source": ObjectionSource.STAFF,
            "recorded_by": "referentka",
            "evidence": "telefonski klic",
        }
        | changes
    )


def a_history(**changes: Any) -> History:
    return History(**{"recipient": a_recipient()} | changes)
