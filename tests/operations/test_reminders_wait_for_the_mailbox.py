"""Nobody is reminded while the mailbox with the answers cannot be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from commands import Command
from offices import taken
from relays import run

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Security
from mailer.scheduling.daemon import Daemon
from mailer.smtp.settings import RelaySettings

PEOPLE = ("obcina", "urad", "tajnistvo")


class Watched:
    """A desk whose scheduler is told when to tick, and heard."""

    def __init__(self, desk):
        self.desk, self.said = desk, []
        self.maildir = desk.office.folder / "mail" / "office"
        self.away = self.maildir.with_name("away")

    def rounds(self, count=1):
        """Let the same scheduler do some rounds; return who got something."""

        async def scenario():
            async with self.desk.a_relay() as relay:
                settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
                daemon = Daemon(self.desk.office, settings, self.said.append)
                for _ in range(count):
                    await daemon.once()
            return sorted(taken(relay))

        return run(scenario())

    def lose_the_mailbox(self):
        """Take away what it is read from."""
        self.maildir.rename(self.away)

    def give_it_back(self):
        """Put it where it was."""
        self.away.rename(self.maildir)


@pytest.fixture
def watched(running):
    """Return an office whose people were invited, and whose mail was read."""
    watched = Watched(running(*PEOPLE))
    assert sorted(PEOPLE) == watched.rounds()
    return watched


def test_they_are_held_and_go_when_it_was_read_again(watched):
    """Whoever answered meanwhile gets none; the others get theirs."""
    desk = watched.desk
    desk.until("reminder")
    watched.lose_the_mailbox()
    while_away = watched.rounds(3)
    held = desk.states("reminder")
    desk.clock.jump(desk.clock.now() + timedelta(hours=2))
    watched.give_it_back()
    desk.write("invitation", "urad", "1")

    assert ([], {}) == (while_away, held)
    assert ["obcina", "tajnistvo"] == watched.rounds()


def test_it_is_said_once_with_what_to_do(watched):
    """Three rounds, one line; and another for the mailbox itself."""
    watched.desk.until("reminder")
    watched.lose_the_mailbox()
    watched.said.clear()
    watched.rounds(3)
    [held] = [text for text in watched.said if "reminders" in text]

    assert "the mailbox was last read Mon 8 Apr 2019" in held
    assert "`mailer doctor`" in held
    assert 1 == sum("source" in text for text in watched.said)


def test_other_letters_go_without_a_mailbox(running):
    """An invitation asks for no answer that could be lying there."""
    watched = Watched(running(*PEOPLE))
    watched.lose_the_mailbox()

    assert sorted(PEOPLE) == watched.rounds()


def test_a_reminder_that_is_planned_already_waits_too(watched):
    """The mailbox is lost between the plan and the letter."""
    desk = watched.desk
    desk.until("reminder")
    desk.plan()
    watched.lose_the_mailbox()
    desk.clock.jump(desk.clock.now() + timedelta(hours=2))
    while_away = watched.rounds()
    waiting = set(desk.states("reminder").values())
    watched.give_it_back()
    desk.clock.jump(desk.clock.now() + timedelta(minutes=20))

    assert ([], {S.PLANNED}) == (while_away, waiting)
    assert sorted(PEOPLE) == watched.rounds()


def test_a_mailbox_that_was_never_read_is_no_mailbox(running):
    """A wrong password from the first day: the answers are there, unread."""
    watched = Watched(running(*PEOPLE))
    watched.lose_the_mailbox()
    watched.rounds()
    watched.desk.until("reminder")

    assert [] == watched.rounds()
    assert any("never read" in text for text in watched.said)


def test_a_look_that_was_cut_short_does_not_count(watched):
    """There may be answers behind the place where it ended."""
    desk = watched.desk
    desk.until("reminder")
    (watched.maildir / "cur").rename(watched.away)
    while_away = watched.rounds()
    watched.away.rename(watched.maildir / "cur")

    assert [] == while_away
    assert sorted(PEOPLE) == watched.rounds()


def test_it_is_no_ones_fault_and_pauses_nothing(watched):
    """The campaign runs on; only its reminders wait."""
    watched.desk.until("reminder")
    watched.lose_the_mailbox()
    watched.rounds()

    assert CampaignStatus.RUNNING is watched.desk.status.status


def test_plan_and_doctor_say_why(watched, monkeypatch, capsys):
    """How many, since when, and what to run."""
    desk = watched.desk
    desk.until("reminder")
    command = Command(desk.office.folder, monkeypatch, capsys)

    with time_machine.travel(desk.clock.now()):
        plan = command("campaign", "plan", desk.name).done().text
        mine = command("campaign", "plan", desk.name, "--person", "Ajdovščina").text
        doctor = command("doctor").done().text

    assert "reminder: held because the mailbox was last read" in mine
    assert "3 held: the mailbox was last read Mon 8 Apr 2019, 09:05" in plan
    assert "last look 8 Apr 2019, 09:05; reminders wait until" in doctor
    assert "inbox fetch" in doctor


def test_an_answer_that_cannot_be_opened_holds_the_reminders(watched):
    """Whose it is, nobody knows; the others' answers are taken meanwhile."""
    desk = watched.desk
    desk.until("reminder")
    desk.write("invitation", "urad", "1")
    [mail] = (watched.maildir / "new").iterdir()
    mail.rename(watched.away)
    mail.symlink_to(watched.away)  # root may open whatever has no rights
    desk.write("invitation", "obcina", "1")
    watched.said.clear()
    while_closed = watched.rounds(3)
    mail.unlink()
    watched.away.rename(mail)

    assert [] == while_closed
    assert 1 == len(desk.answers())
    assert 1 == sum(mail.name in text for text in watched.said)
    assert ["tajnistvo"] == watched.rounds()


def test_one_that_nobody_understands_holds_nobody(watched):
    """It is stored, and waits for a person."""
    watched.desk.until("reminder")
    watched.desk.post.deliver(b"\0\xff" * 100)

    assert sorted(PEOPLE) == watched.rounds()


@pytest.mark.parametrize("count", [1, 7])
def test_doctor_names_what_cannot_be_opened(watched, monkeypatch, capsys, count):
    """The first few, with the fix; before any look, and without a mark."""
    for number in range(count):
        (watched.maildir / "new" / f"{number}.link").symlink_to("nowhere")
    watched.desk.post.deliver(b"Subject: x\n\nx")
    command = Command(watched.desk.office.folder, monkeypatch, capsys)
    with time_machine.travel(watched.desk.clock.now()):
        said = command("doctor")
    left = list((watched.maildir / "new").iterdir())

    assert 1 == said.code
    assert "0.link" in said.text
    assert "move it out of the Maildir" in said.text
    assert (count > 1) == ("2 more" in said.text)
    assert count + 1 == len(left)
