"""B11, B13, C16, C17, C20: nothing starts by accident, nor in a flood."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from commands import Command, assert_is_clear, edit
from offices import Desk, an_office, import_list, taken
from relays import run

from mailer.errors import ApprovalError, ExitCode, PreflightError, UsageError
from mailer.model.campaign import CampaignStatus as C
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Security
from mailer.operations.campaign_status import approve, resume, start
from mailer.operations.office import open_office
from mailer.scheduling.daemon import Daemon
from mailer.smtp.settings import RelaySettings
from mailer.store import campaigns

PEOPLE = tuple(f"obcina{number}" for number in range(6))


@pytest.fixture
def small(tmp_path, clock):
    """Return a function: settings of [sending] → the desk of an office with them."""
    folder = tmp_path / "small"
    with an_office(folder, clock) as office:
        import_list(office, PEOPLE)

    def opened(**sending):
        for key, value in sending.items():
            edit(folder / "mailer.toml", rf"(?m)^{key} = \S+", f"{key} = {value}")
        return open_office(folder, clock)

    return opened


def started(office, clock, **asked):
    """Approve and start the conference, and let the invitation be due."""
    desk = Desk(office, clock)
    approve(office, desk.opened, "načelnica")
    start(office, desk.opened, len(PEOPLE), "načelnica", **asked)
    desk.until("invitation")
    return desk


def sent(desk):
    """Send what is due; return how many got something, and the summary."""
    relay = desk.a_relay()
    summary = desk.send(relay)
    return len(taken(relay)), summary


def tick(desk):
    """Let the scheduler do one round; return it, what it said, and how many left."""
    said = []

    async def scenario():
        async with desk.a_relay() as relay:
            settings = RelaySettings(
                host="127.0.0.1", port=relay.port, security=Security.NONE
            )
            daemon = Daemon(desk.office, settings, said.append)
            await daemon.once()
            return daemon, said, len(relay.accepted)

    return run(scenario())


# Four eyes.


@pytest.mark.parametrize(
    "by",
    ["Ana Novak", "  ana   NOVAK ", "Ana Novak.", "AnaNovak", "»Ana-Novak«"],
)
def test_c16_the_author_cannot_approve(office, clock, by):
    """However the name is spelt."""
    import_list(office, PEOPLE)
    with pytest.raises(ApprovalError, match="wrote it and cannot approve") as caught:
        approve(office, Desk(office, clock).opened, by, "Ana Novak")

    assert ExitCode.NOT_APPROVED is caught.value.exit_code
    assert C.DRAFT is Desk(office, clock).status.status


def test_c16_without_an_author_nobody_can_approve(office, clock):
    """One pair of eyes cannot be told from two."""
    import_list(office, PEOPLE)
    edit(office.templates / "conference" / "campaign.toml", r'author = ".*"', "")
    desk = Desk(office, clock)
    with pytest.raises(UsageError, match="has no author"):
        approve(office, desk.opened, "načelnica")

    approve(office, desk.opened, "načelnica", "Ana Novak")

    assert C.APPROVED is desk.status.status


def test_c16_a_list_that_grew_since_is_not_approved(office, clock):
    """One more recipient than the approver saw: exit code 6."""
    import_list(office, PEOPLE)
    desk = Desk(office, clock)
    approve(office, desk.opened, "načelnica")
    import_list(office, (*PEOPLE, "nova"))

    with pytest.raises(ApprovalError) as caught:
        start(office, desk.opened, len(PEOPLE) + 1, "načelnica")

    assert ExitCode.NOT_APPROVED is caught.value.exit_code


# Twice.


def test_c17_started_and_run_twice_everybody_has_it_once(small, clock):
    """The second start changes nothing; one that asks for more says so."""
    with small() as office:
        desk = started(office, clock)
        assert 6 == sent(desk)[0]

        start(office, desk.opened, len(PEOPLE), "načelnica")
        with pytest.raises(UsageError, match="is running: it cannot start with"):
            start(office, desk.opened, len(PEOPLE), "načelnica", canary=2)

        assert 0 == sent(desk)[0]
        assert C.RUNNING is desk.status.status


# The first few, then a look.


def test_a_canary_pauses_after_the_first_few(small, clock):
    """Resumed, the rest goes, each once."""
    with small() as office:
        desk = started(office, clock, canary=2)

        count, summary = sent(desk)

        assert (2, True, C.PAUSED) == (
            count,
            summary.is_canary_over,
            desk.status.status,
        )
        assert "look" in desk.status.pause_reason
        resume(office, desk.name, "načelnica")
        assert 4 == sent(desk)[0]
        assert {S.ACCEPTED} == set(desk.states().values())
        assert C.RUNNING is desk.status.status


def test_a_canary_that_is_the_whole_list_pauses_before_the_reminder(small, clock):
    """A look is a look."""
    with small() as office:
        desk = started(office, clock, canary=6)

        assert 6 == sent(desk)[0]
        assert C.PAUSED is desk.status.status


def test_a_canary_stands_in_the_journal(small, clock):
    """Who started a part of it started no more than that."""
    with small() as office:
        desk = started(office, clock, canary=2)
        with office.database.read() as connection:
            notes = campaigns.notes(connection, desk.name)

        assert ("start", "canary of 2") == (notes[-1].action, notes[-1].detail)


def test_a_canary_of_more_than_everybody_is_refused(small, clock):
    """A slip of the finger: nothing would be held back."""
    with small() as office:
        desk = Desk(office, clock)
        approve(office, desk.opened, "načelnica")

        with pytest.raises(UsageError, match="is more than the 6 messages"):
            start(office, desk.opened, len(PEOPLE), "načelnica", canary=7)

        assert C.APPROVED is desk.status.status


# The same letters again.


def copy_of_the_conference(office, clock):
    """Copy the campaign's folder, with another title, and approve it."""
    name = "conference-again"
    copy = shutil.copytree(office.templates / "conference", office.templates / name)
    edit(copy / "campaign.toml", 'title = ".*"', 'title = "Konferenca"')
    desk = Desk(office, clock, name)
    approve(office, desk.opened, "načelnica")
    return desk


def test_the_same_letters_do_not_go_to_the_same_list_again(small, clock):
    """A copied folder is another campaign for the ledger, and the same for mayors."""
    with small() as office:
        first = started(office, clock)
        sent(first)
        clock.jump(clock.now() + timedelta(days=3))
        desk = copy_of_the_conference(office, clock)

        with pytest.raises(PreflightError, match="6 of its addresses 3 days ago"):
            start(office, desk.opened, len(PEOPLE), "načelnica")

        start(office, desk.opened, len(PEOPLE), "načelnica", again=True)
        assert C.RUNNING is desk.status.status


def test_other_letters_may_follow(small, clock):
    """One word more is another letter."""
    with small() as office:
        sent(started(office, clock))
        desk = copy_of_the_conference(office, clock)
        file = office.templates / desk.name / "invitation.txt.j2"
        file.write_text(file.read_text("utf-8") + "Lep dan!\n", "utf-8")
        approve(office, desk.opened, "načelnica")

        start(office, desk.opened, len(PEOPLE), "načelnica")


# A limit for each day.


def test_c20_the_days_limit_holds_the_rest_until_tomorrow(small, clock):
    """C20: also over several rounds; midnight is the office's."""
    with small(per_day=4) as office:
        desk = started(office, clock)

        count, summary = sent(desk)

        assert (4, True) == (count, summary.is_day_over)
        assert 0 == sent(desk)[0]
        clock.jump(clock.now() + timedelta(days=1))
        count, summary = sent(desk)
        assert (2, False) == (count, summary.is_day_over)
        assert {S.ACCEPTED} == set(desk.states().values())


def test_c20_started_at_night_it_waits_for_the_morning(small, clock):
    """What was due at nine is late, and goes at the next hour at which it may."""
    with small() as office:
        desk = Desk(office, clock)
        clock.jump(desk.opened.times["invitation"].due + timedelta(hours=11))
        approve(office, desk.opened, "načelnica")
        start(office, desk.opened, len(PEOPLE), "načelnica")

        assert 0 == sent(desk)[0]
        clock.jump(clock.now() + timedelta(hours=11))
        assert 0 == sent(desk)[0]
        clock.jump(clock.now() + timedelta(hours=1))
        assert 6 == sent(desk)[0]


# After an outage.


def test_b11_b13_many_that_are_late_wait_for_a_person(small, clock):
    """Three days off over a reminder: it asks once, and then they go once."""
    with small(catch_up=5) as office:
        desk = started(office, clock)
        sent(desk)
        clock.jump(desk.opened.times["reminder"].due + timedelta(days=2))

        daemon, said, count = tick(desk)

        assert (0, C.PAUSED) == (count, desk.status.status)
        assert any("6 messages are over a day late" in line for line in said)
        assert ExitCode.NOT_APPROVED is daemon.left_out[desk.name].exit_code
        resume(office, desk.name, "načelnica")
        assert 6 == tick(desk)[2]
        assert 0 == tick(desk)[2]
        assert {S.ACCEPTED} == set(desk.states("reminder").values())


def test_b13_a_few_that_are_late_go(small, clock):
    """As many as the office lets: nobody is asked."""
    with small(catch_up=6) as office:
        desk = started(office, clock)
        sent(desk)
        clock.jump(desk.opened.times["reminder"].due + timedelta(days=2))

        assert 6 == tick(desk)[2]


def test_b11_a_clock_a_year_ahead_reminds_nobody(small, clock):
    """All of it is missed, however many may go at once."""
    with small(catch_up=1000) as office:
        desk = started(office, clock)
        sent(desk)
        clock.jump(clock.now() + timedelta(days=365))

        assert 0 == tick(desk)[2]
        assert {S.MISSED} == set(desk.states("reminder").values())


def test_a_late_start_is_a_persons_and_asks_nothing(small, clock):
    """The count was typed after the invitation's time: it goes."""
    with small(catch_up=0) as office:
        desk = Desk(office, clock)
        clock.jump(desk.opened.times["invitation"].due + timedelta(days=2))
        approve(office, desk.opened, "načelnica")
        start(office, desk.opened, len(PEOPLE), "načelnica")

        assert 6 == tick(desk)[2]


def test_the_command_says_what_a_start_may_do(office, monkeypatch, capsys):
    """--canary and --again are there; a canary of nobody is none."""
    mailer = Command(office.folder, monkeypatch, capsys)

    said = mailer("start", "conference", "--confirm", 6, "--canary", 0)

    assert_is_clear(said, ExitCode.USAGE, "--canary")
