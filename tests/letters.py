"""The bundled letters for tests: read from their folders, rendered as they go out."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from factories import a_response

from mailer.campaign.definition import parse
from mailer.files.campaign_folder import read_campaign_folder
from mailer.model.campaign import SendingWindow
from mailer.model.recipient import Gender, Organisation, Recipient, Role
from mailer.rendering.context import Facts, Sender, template_context
from mailer.rendering.environment import StepTemplates
from mailer.rendering.render import render

ROOT = Path(__file__).parents[1]
SENDER = Sender(
    "Pisarna za sodelovanje",
    "pisarna@posiljatelj.example",
    "odgovori@posiljatelj.example",
)

#: when each message goes
DUE = {
    ("conference", "invitation"): date(2019, 4, 8),
    ("conference", "reminder"): date(2019, 4, 24),
    ("conference", "last-call"): date(2019, 4, 30),
    ("conference", "confirmation"): date(2019, 4, 11),
    ("conference", "decline-thanks"): date(2019, 4, 11),
    ("conference", "eve"): date(2019, 5, 7),
    ("conference", "thanks"): date(2019, 5, 9),
    ("ministry-letter", "letter"): date(2017, 9, 28),
    ("ministry-letter", "reminder"): date(2017, 10, 12),
    ("ministry-letter", "last-call"): date(2017, 10, 19),
    ("ministry-letter", "confirmation"): date(2017, 10, 5),
    ("ministry-letter", "request"): date(2017, 10, 6),
    ("ministry-letter", "workshop"): date(2017, 10, 23),
}
LETTERS = sorted(DUE)


@cache
def a_folder(name):
    return read_campaign_folder(ROOT / "templates", name)


@cache
def a_bundled_campaign(name):
    folder = a_folder(name)
    return parse(
        folder.definition,
        name=name,
        templates=folder.templates,
        attachments=folder.attachments,
        timezone="Europe/Ljubljana",
        window=SendingWindow(),
        form=folder.form,
    )


@cache
def municipalities():
    with (ROOT / "recipients" / "municipalities.csv").open(encoding="utf-8") as file:
        return [
            Organisation(
                code=row["code"],
                name=row["name"],
                official_name=row["official_name"],
                co_official_language=row["co_official_lang"],
                co_official_name=row["co_official_name"],
            )
            for row in csv.DictReader(file)
        ]


def a_reader(organisation, role=Role.OFFICE, gender=Gender.UNKNOWN):
    address = f"obcina@{organisation.code}.example"
    return Recipient(0, address, address, organisation, role, gender, "Kovač")


def facts(campaign, step, **changes):
    values = {
        "due": DUE[campaign, step],
        "first_sent": min(day for (one, _), day in DUE.items() if one == campaign),
        "response": a_response(
            at=datetime(2017, 10, 4, 9, tzinfo=UTC),
            details={"kakovost": "pridruzi", "zadovoljstvo": "ne"},
        ),
        "answered_count": 102,
        "recipient_count": 212,
    }
    if campaign == "conference":
        values["work_free"] = (date(2019, 5, 1), date(2019, 5, 2))
        values["last_working_day"] = date(2019, 4, 30)
    return Facts(**(values | changes))


@cache
def templates(campaign, step):
    return StepTemplates.compile(step, "sl", a_folder(campaign).templates)


def a_message(campaign, step, reader=None, **changes):
    definition = a_bundled_campaign(campaign)
    context = template_context(
        definition,
        definition.step(step),
        reader or a_reader(municipalities()[0]),
        SENDER,
        facts(campaign, step, **changes),
    )
    return render(templates(campaign, step), context)
