"""
`mailer demo`: both campaigns, from list to report, as a newcomer sees them.

What happened is read from the demo's database and from its relay's mailbox,
past the program's own words about it.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from commands import installed
from goldens import CAMPAIGNS, kept, made_from, messages_by_reference, rows

LJUBLJANA = ZoneInfo("Europe/Ljubljana")
OPENING = {"conference": "invitation", "ministry-letter": "letter"}

#: the letters' own story: when the silent were reminded
REMINDED = {
    ("conference", "reminder"): date(2019, 4, 24),
    ("conference", "last-call"): date(2019, 4, 30),
    ("ministry-letter", "reminder"): date(2017, 10, 12),
    ("ministry-letter", "last-call"): date(2017, 10, 19),
}
#: weekdays of those weeks on which nobody works
HOLIDAYS = {
    date(2017, 10, 31),
    date(2017, 11, 1),
    date(2019, 4, 22),
    date(2019, 5, 1),
    date(2019, 5, 2),
}

ATTEMPTS = "FROM attempt a JOIN delivery d ON d.id = a.delivery"


def local(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(LJUBLJANA)


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_everybody_has_an_opening_row(demo, campaign):
    """212 municipalities, each once, whatever became of it."""
    found = rows(
        demo,
        "SELECT count(*), count(DISTINCT recipient) FROM delivery"
        " WHERE campaign = ? AND step = ?",
        campaign,
        OPENING[campaign],
    )

    assert [(212, 212)] == found


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_everything_that_can_happen_happens(demo, campaign):
    """Who looks at the demo sees every outcome that a report can name."""
    states = rows(
        demo, "SELECT DISTINCT state FROM delivery WHERE campaign = ?", campaign
    )
    outcomes = rows(
        demo, f"SELECT DISTINCT a.outcome {ATTEMPTS} WHERE d.campaign = ?", campaign
    )
    expected = {"accepted", "refused", "bounced", "in_doubt", "delayed", "missed"}

    assert expected <= {state for (state,) in states}
    assert {"accepted", "deferred", "refused", "in_doubt"} <= {
        outcome for (outcome,) in outcomes
    }


def test_nobody_gets_a_step_twice(demo):
    """At most one accepted attempt for each campaign, step and recipient."""
    found = rows(
        demo,
        f"SELECT d.campaign, d.step, d.recipient, count(*) {ATTEMPTS}"
        " WHERE a.outcome = 'accepted' GROUP BY 1, 2, 3 HAVING count(*) > 1",
    )

    assert [] == found


def test_the_relay_has_what_the_ledger_says(demo):
    """Each accepted message, and none besides but those shown as in doubt."""
    accepted = rows(demo, f"SELECT d.reference {ATTEMPTS} WHERE a.outcome = 'accepted'")
    doubtful = rows(demo, "SELECT reference FROM delivery WHERE state = 'in_doubt'")
    taken = messages_by_reference(demo).keys()

    assert {reference for (reference,) in accepted} <= taken
    assert taken - {one for (one,) in accepted} <= {one for (one,) in doubtful}


def test_who_answered_is_not_reminded(demo):
    """No reminder begins after the answer that ends the reminders."""
    found = rows(
        demo,
        f"SELECT d.campaign, d.step, p.organisation {ATTEMPTS}"
        " JOIN recipient p ON p.id = d.recipient"
        " JOIN response r ON r.campaign = d.campaign"
        "  AND r.organisation = p.organisation"
        " WHERE d.step IN ('reminder', 'last-call')"
        "  AND r.kind IN ('registered', 'declined', 'returned')"
        " AND a.begun_at >= r.at",
    )

    assert [] == found


def test_only_the_silent_are_reminded(demo):
    """Whoever had not answered, and could be reached, is reminded each time."""
    counts = Counter(
        (campaign, step)
        for campaign, step in rows(
            demo,
            f"SELECT d.campaign, d.step {ATTEMPTS} WHERE a.outcome = 'accepted'",
        )
        if step in ("reminder", "last-call")
    )

    for campaign in CAMPAIGNS:
        assert 212 > counts[campaign, "reminder"] > counts[campaign, "last-call"] > 50


def test_reminders_go_on_their_days(demo):
    """The dates that the two offices once chose by hand."""
    found = {
        (campaign, step, local(begun).date())
        for campaign, step, begun in rows(
            demo, f"SELECT d.campaign, d.step, a.begun_at {ATTEMPTS} WHERE number = 1"
        )
        if step in ("reminder", "last-call")
    }

    assert {(*step, day) for step, day in REMINDED.items()} == found


def test_nothing_leaves_at_night_or_on_a_holiday(demo):
    """Every attempt, also a later one, is within the office's hours."""
    for (begun,) in rows(demo, f"SELECT a.begun_at {ATTEMPTS}"):
        moment = local(begun)

        assert moment.weekday() < 5, begun
        assert moment.date() not in HOLIDAYS, begun
        assert time(8) <= moment.time() < time(16), begun


def test_every_answer_is_confirmed_once(demo):
    """Whoever registered, declined or returned the whole form hears of it."""
    answered = {
        (campaign, organisation, kind == "declined")
        for campaign, organisation, kind, details in rows(
            demo,
            "SELECT campaign, organisation, kind, details FROM response"
            " WHERE kind IN ('registered', 'declined', 'returned')",
        )
        if kind != "returned" or not is_half(details)
    }
    confirmed = rows(
        demo,
        "SELECT d.campaign, p.organisation, d.step = 'decline-thanks' FROM delivery d"
        " JOIN recipient p ON p.id = d.recipient WHERE d.state = 'accepted'"
        " AND d.step IN ('confirmation', 'decline-thanks')",
    )

    assert sorted(answered) == sorted(confirmed)


def test_who_answered_by_half_is_asked_and_some_complete_it(demo):
    """Two working days later; who completes it is confirmed, and joins perhaps."""
    half = {
        (organisation,)
        for organisation, details in rows(
            demo,
            "SELECT organisation, details FROM response WHERE kind = 'returned'",
        )
        if is_half(details)
    }
    asked = followed_up(demo, "request")

    assert sorted(half) == sorted(asked)
    completed = set(asked) & set(followed_up(demo, "confirmation"))
    assert set() < completed < set(asked)
    assert completed & set(followed_up(demo, "workshop"))


def test_all_who_join_are_invited_and_nobody_else(demo):
    """By the answer that stands on the day."""
    joins = rows(
        demo,
        "SELECT organisation FROM response r WHERE campaign = 'ministry-letter'"
        " AND kind = 'returned' AND details LIKE '%pridruzi%' AND at ="
        " (SELECT max(at) FROM response WHERE campaign = r.campaign"
        "  AND organisation = r.organisation AND kind = 'returned')",
    )

    assert sorted(joins) == sorted(followed_up(demo, "workshop"))


def is_half(details):
    """Return whether an answer leaves a choice open, and joins nothing."""
    choices = {json.loads(details).get(one) for one in ("kakovost", "zadovoljstvo")}
    return None in choices and "pridruzi" not in choices


def followed_up(demo, step):
    """Return who got a follow-up of the ministry's letter."""
    return rows(
        demo,
        "SELECT p.organisation FROM delivery d JOIN recipient p ON p.id = d.recipient"
        " WHERE d.campaign = 'ministry-letter' AND d.state = 'accepted' AND d.step = ?",
        step,
    )


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_the_report_adds_up(demo, campaign):
    """Its sums hold, and it counts what the ledger has."""
    said = installed("report", campaign, "--format", "json", office=demo).done()
    report = json.loads(said.out)
    ledger = Counter(
        state
        for (state,) in rows(
            demo,
            "SELECT state FROM delivery WHERE campaign = ? AND step = ?",
            campaign,
            OPENING[campaign],
        )
    )

    assert [] == report["problems"]
    assert 212 == report["listed"] == sum(report["opening"]["counts"].values())
    assert ledger == {k: n for k, n in report["opening"]["counts"].items() if n}


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_the_csv_has_a_line_for_everybody(demo, campaign):
    """The file in reports/ opens in a spreadsheet, and leaves nobody out."""
    text = (demo / "reports" / f"{campaign}.csv").read_text("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))

    assert 212 == len({line["code"] for line in lines}) == len(lines)


def test_it_looks_as_it_always_did(demo):
    """Messages, plans and reports to the byte; `make golden` if it is meant."""
    expected, actual = kept(), made_from(demo)

    assert expected.keys() == actual.keys()
    for name, content in expected.items():
        assert content == actual[name], name


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path):
    """What lies there is not deleted; another folder is asked for."""
    file = tmp_path / "letters.txt"
    file.write_text("not yours")

    said = installed("demo", tmp_path)

    assert 2 == said.code
    assert "no demo" in said.text
    assert [file] == list(tmp_path.iterdir())
