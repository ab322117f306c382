"""
Write a tally down as JSON, for other programs.

Keys and enum values are English whatever the language of the office, and stay;
`schema_version` grows when one changes its meaning or goes.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from mailer.report.as_table import ACCEPTED_MEANS
from mailer.report.sums import reconcile, sums

if TYPE_CHECKING:
    from mailer.report.tally import (
        AnswerTally,
        ObjectionLine,
        QuestionLine,
        StepTally,
        Tally,
    )

SCHEMA_VERSION = 1


def as_json(tally: Tally) -> str:
    """Return the report as a JSON object, indented, šumniki as they are."""
    return json.dumps(as_data(tally), ensure_ascii=False, indent=2)


def as_data(tally: Tally) -> dict[str, object]:
    """Return the report as plain dicts, lists, strings and numbers."""
    return {
        "schema_version": SCHEMA_VERSION,
        "campaign": tally.campaign,
        "title": tally.title,
        "listed": tally.listed,
        "opening": _step(tally.opening),
        "steps": [_step(step) for step in tally.steps],
        "answers": {
            **_answers(tally.answers),
            "kinds": dict(tally.kinds),
            "hints": dict(tally.hints),
            "sources": {one.value: count for one, count in tally.sources.items()},
        },
        "regions": [
            {"region": name, **_answers(one)} for name, one in tally.regions.items()
        ],
        "categories": [asdict(one) for one in tally.categories],
        "questions": [_question(one) for one in tally.questions],
        "objections": [_objection(one) for one in tally.objections],
        "silent": [asdict(one) for one in tally.silent],
        "sums": [str(one) for one in sums(tally)],
        "problems": list(reconcile(tally)),
        "notes": [ACCEPTED_MEANS],
    }


def _step(step: StepTally) -> dict[str, object]:
    counts = {place.name.lower(): count for place, count in step.counts.items()}
    return {
        "step": step.name,
        "categories": list(step.categories),
        "total": step.total,
        "counts": counts,
    }


def _answers(answers: AnswerTally) -> dict[str, int]:
    return asdict(answers)


def _question(question: QuestionLine) -> dict[str, object]:
    return asdict(question) | {"since": question.since.isoformat()}


def _objection(objection: ObjectionLine) -> dict[str, object]:
    return asdict(objection) | {"since": objection.since.isoformat()}
