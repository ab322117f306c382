"""What is in doubt is never guessed: a person resolves it, and only once."""

from __future__ import annotations

import csv
import json
from datetime import timedelta

import pytest
from commands import Command, assert_is_clear
from offices import taken

from mailer.errors import ExitCode, UsageError
from mailer.model.delivery import DeliveryState as S
from mailer.operations.resolve_doubt import Resolution, resolve_doubts
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import campaigns

ADDRESS = "obcina@ajdovscina.example"


@pytest.fixture
def in_doubt(running):
    """Return a desk whose first message was lost with the connection at the dot."""
    desk = running("obcina", "urad")
    desk.send(ScriptedRelay({ADDRESS: "lost.dot"}, clock=desk.clock))
    return desk


def resolve(desk, resolution, name="obcina"):
    number = desk.ledger()[name].id
    return resolve_doubts(desk.office, [number], resolution, "Ana")[0]


def test_a_lost_answer_to_the_dot_is_in_doubt_and_not_sent_again(in_doubt):
    """Whatever happens later, the program itself does not resend."""
    relay = in_doubt.a_relay()

    in_doubt.send(relay)

    assert {"obcina": S.IN_DOUBT, "urad": S.ACCEPTED} == in_doubt.states()
    assert [] == relay.accepted


def test_no_reminder_while_the_opening_is_in_doubt(in_doubt):
    """A person decides first."""
    in_doubt.until("reminder")
    relay = in_doubt.a_relay()

    in_doubt.send(relay)

    assert ["urad"] == taken(relay)


def test_an_answer_to_the_letter_resolves_it(in_doubt):
    """Whoever answers it has got it: its Message-ID proves that."""
    in_doubt.write("invitation", "obcina", "Hvala za vabilo.")

    in_doubt.collect()

    assert S.ACCEPTED is in_doubt.states()["obcina"]
    assert "our Message-ID" in in_doubt.ledger()["obcina"].evidence


@pytest.mark.parametrize(
    ("resolution", "state"),
    [
        (Resolution.ACCEPTED, S.ACCEPTED),
        (Resolution.RESEND, S.PLANNED),
        (Resolution.ABANDON, S.ABANDONED),
    ],
)
def test_a_person_resolves_it(in_doubt, resolution, state):
    """The ledger and the journal say who did."""
    before = resolve(in_doubt, resolution)
    row = in_doubt.ledger()["obcina"]
    with in_doubt.office.database.read() as connection:
        [note] = campaigns.notes(connection, str(row.id))

    assert S.IN_DOUBT is before.state
    assert state is row.state
    assert f"Ana: {resolution.value}" == row.evidence
    assert ("Ana", "resolve") == (note.by, note.action)


def test_resend_sends_it_once_more(in_doubt):
    """The same message to the same person."""
    resolve(in_doubt, Resolution.RESEND)
    relay = in_doubt.a_relay()

    in_doubt.send(relay)

    assert ["obcina"] == taken(relay)
    assert {S.ACCEPTED} == set(in_doubt.states().values())


def test_what_is_not_in_doubt_cannot_be_resolved(in_doubt):
    """Nor can it be resolved twice: an accepted message never goes again."""
    resolve(in_doubt, Resolution.ACCEPTED)

    for name in ("obcina", "urad"):
        with pytest.raises(UsageError, match="is accepted: it cannot become planned"):
            resolve(in_doubt, Resolution.RESEND, name)


@pytest.fixture
def all_in_doubt(running):
    """Return a desk whose two messages were both lost at the dot."""
    desk = running("obcina", "urad")
    lost = dict.fromkeys((ADDRESS, "urad@beltinci.example"), "lost.dot")
    desk.send(ScriptedRelay(lost, clock=desk.clock))
    return desk


def command(desk, monkeypatch, capsys):
    return Command(desk.office.folder, monkeypatch, capsys)


def numbers(desk):
    return [row.id for row in desk.ledger().values()]


def test_several_are_resolved_at_once(all_in_doubt, monkeypatch, capsys):
    """For a program, with what each was before."""
    mailer = command(all_in_doubt, monkeypatch, capsys)

    said = mailer("resolve", *numbers(all_in_doubt), "accepted", "--json").done()

    assert {S.ACCEPTED} == set(all_in_doubt.states().values())
    assert [(one, "in_doubt", "accepted") for one in numbers(all_in_doubt)] == [
        (one["delivery"], one["before"], one["resolution"])
        for one in json.loads(said.out)["resolved"]
    ]


def test_one_wrong_number_resolves_none(all_in_doubt, monkeypatch, capsys):
    """All that is wrong is said, and nothing was done."""
    mailer = command(all_in_doubt, monkeypatch, capsys)
    before = all_in_doubt.states()

    said = mailer("resolve", *numbers(all_in_doubt), 4711, 4712, "resend")

    assert_is_clear(said, ExitCode.USAGE, "4711: does not exist", "4712: does not")
    assert before == all_in_doubt.states()


def test_all_of_a_campaign_want_their_number_typed(all_in_doubt, monkeypatch, capsys):
    """As a start does: without it, or with another, nothing is done."""
    mailer = command(all_in_doubt, monkeypatch, capsys)
    campaign = ("accepted", "--campaign", all_in_doubt.name)

    for confirm, words in (((), "2 in doubt:"), (("--confirm", 3), "in doubt, not 3")):
        said = mailer("resolve", *campaign, *confirm)
        assert_is_clear(said, ExitCode.USAGE, words, "--confirm 2")
        assert {S.IN_DOUBT} == set(all_in_doubt.states().values())

    said = mailer("resolve", *campaign, "--confirm", 2).done()

    assert {S.ACCEPTED} == set(all_in_doubt.states().values())
    assert f"report {all_in_doubt.name}" in said.err.splitlines()[-1]
    again = mailer("resolve", *campaign, "--confirm", 2)
    assert_is_clear(again, ExitCode.USAGE, "has nothing in doubt")


@pytest.mark.parametrize("words", [(), (1, "--campaign", "conference")])
def test_numbers_or_a_campaign_are_wanted(all_in_doubt, monkeypatch, capsys, words):
    """Neither says nothing; both say two things."""
    said = command(all_in_doubt, monkeypatch, capsys)("resolve", *words, "accepted")

    assert_is_clear(said, ExitCode.USAGE, "or a whole campaign")


def test_the_report_says_how_doubts_are_settled(all_in_doubt, monkeypatch, capsys):
    """With a line to copy."""
    said = command(all_in_doubt, monkeypatch, capsys)("report", all_in_doubt.name)

    first, second = numbers(all_in_doubt)
    assert said.err.splitlines()[-1].endswith(f"resolve {first} {second} WHAT")
    assert "relay's log" in said.err


def test_a_delivery_that_does_not_exist_is_said(in_doubt):
    """With the place where the numbers are."""
    with pytest.raises(UsageError, match="delivery 4711: does not exist"):
        resolve_doubts(in_doubt.office, [4711], Resolution.RESEND, "Ana")


@pytest.fixture
def missed(running):
    """Return a desk whose reminders were missed: it was off until after the time."""
    desk = running("obcina", "urad", "tajnistvo", "pisarna", "info", "posta", "uprava")
    desk.send()
    desk.clock.jump(desk.opened.times["reminder"].expires + timedelta(minutes=5))
    desk.send()
    return desk


def test_the_numbers_of_what_was_missed_are_where_a_person_looks(
    missed, monkeypatch, capsys
):
    """The report names a few, the csv all; the timeline and the plan have one's own."""
    mailer = command(missed, monkeypatch, capsys)
    ids = [row.id for row in missed.ledger("reminder").values()]

    report = mailer("report", missed.name).done()
    lines = mailer("report", missed.name, "--format", "csv").done().out.splitlines()
    timeline = mailer("timeline", "001").done()
    plan = mailer("campaign", "plan", missed.name, "--person", "001").done()

    assert 5 == report.err.count("missed: delivery ")
    assert f"missed: delivery {ids[0]}, reminder to Občina Ajdovščina <" in report.err
    assert "missed: 2 more; --format csv has their numbers" in report.err
    rows = csv.DictReader(lines)
    assert ids == [int(row["to_resolve"]) for row in rows]
    assert f"delivery {ids[0]}, {ADDRESS}" in timeline.out
    assert f"in the ledger: missed, delivery {ids[0]}\n" in plan.out


def test_of_what_was_missed_it_is_said_what_is_possible(missed, monkeypatch, capsys):
    """It may go after all, or stay; abandoned it cannot be, nor accepted."""
    mailer = command(missed, monkeypatch, capsys)
    number = missed.ledger("reminder")["obcina"].id

    for what, after in (("abandon", "abandoned"), ("accepted", "accepted")):
        said = mailer("resolve", number, what)
        assert_is_clear(
            *(said, ExitCode.USAGE, f"is missed: it cannot become {after}"),
            *("it never left", f"resolve {number} resend"),
        )

    mailer("resolve", number, "resend").done()

    assert S.PLANNED is missed.states("reminder")["obcina"]
