"""The report for other programs."""

from __future__ import annotations

import json

from factories import (
    a_campaign,
    a_delivery,
    a_history,
    a_recipient,
    a_response,
    an_objection,
    an_organisation,
)

from mailer.model.campaign import Category
from mailer.model.delivery import DeliveryState
from mailer.report.as_json import as_json
from mailer.report.tally import tally

CAMPAIGN = a_campaign(categories=(Category("DA", "pridejo", {"pride": ("da",)}),))


def report(*histories):
    return json.loads(as_json(tally(CAMPAIGN, histories)))


def test_everything_is_in_it():
    """The whole shape, once; a change here is a new `schema_version`."""
    doubtful = a_history(
        deliveries={"invitation": a_delivery(state=DeliveryState.IN_DOUBT)},
        responses=(a_response(kind="question"),),
    )
    found = report(doubtful)
    notes = found.pop("notes")

    assert "took responsibility" in notes[0]
    assert {
        "schema_version": 1,
        "campaign": "conference",
        "title": "Nacionalna konferenca",
        "listed": 1,
        "opening": {
            "step": "invitation",
            "categories": [],
            "total": 1,
            "counts": {"in_doubt": 1},
        },
        "steps": [
            {
                "step": "invitation",
                "categories": [],
                "total": 1,
                "counts": {"in_doubt": 1},
            },
            {"step": "reminder", "categories": [], "total": 0, "counts": {}},
            {"step": "last-call", "categories": [], "total": 0, "counts": {}},
            {"step": "confirmation", "categories": [], "total": 0, "counts": {}},
            {"step": "eve", "categories": [], "total": 0, "counts": {}},
        ],
        "answers": {
            "organisations": 1,
            "answered": 0,
            "asking": 1,
            "silent": 0,
            "kinds": {},
            "hints": {},
            "sources": {},
        },
        "regions": [
            {
                "region": "Osrednjeslovenska",
                "organisations": 1,
                "answered": 0,
                "asking": 1,
                "silent": 0,
            }
        ],
        "categories": [{"name": "DA", "label": "pridejo", "organisations": 0}],
        "questions": [
            {
                "organisation": {
                    "code": "061",
                    "name": "Ljubljana",
                    "region": "Osrednjeslovenska",
                },
                "kind": "question",
                "since": "2019-04-10T10:00:00+02:00",
                "answered": False,
            }
        ],
        "objections": [],
        "silent": [],
        "sums": [
            "1 listed = 1 in doubt",
            "1 organisations = 1 question waiting",
            "0 answered = 0",
            "0 answered, by way = 0",
            "0 answered, by category = 0",
        ],
        "problems": [],
    } == found


def test_who_wants_no_more_reminders_is_in_it():
    """With the moment in the office's zone, and how it is known."""
    found = report(a_history(objection=an_objection()))

    assert [
        {
            "organisation": {
                "code": "061",
                "name": "Ljubljana",
                "region": "Osrednjeslovenska",
            },
            "since": "2019-04-10T10:00:00+02:00",
            "by": "referentka",
            "evidence": "telefonski klic",
        }
    ] == found["objections"]


def test_slovenian_letters_stay():
    """A person who opens the file can read the names."""
    town = a_recipient(organisation=an_organisation(name="Črnomelj"))

    assert "Črnomelj" in as_json(tally(CAMPAIGN, [a_history(recipient=town)]))
