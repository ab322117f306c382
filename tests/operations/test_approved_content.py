"""C01, C03: what goes out is what was approved, whatever befalls the files."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Command, assert_is_clear
from offices import Desk, an_office, import_list, taken
from relays import run
from waiting import until

from mailer.errors import ExitCode
from mailer.files.approved_content import approved_templates
from mailer.model.campaign import CampaignStatus
from mailer.model.smtp import Security
from mailer.operations.campaign_status import approve, cancel, pause, resume
from mailer.sandbox.clock import VirtualClock
from mailer.scheduling.daemon import Daemon
from mailer.smtp.settings import RelaySettings

PEOPLE = ("obcina", "urad")
AFTER = "POZDRAVLJEN"


@pytest.fixture
def letter(tmp_path):
    """Return the desk of the ministry's letter, on the day before it."""
    clock = VirtualClock(datetime(2017, 9, 27, 8, tzinfo=UTC))
    with an_office(tmp_path / "letter", clock) as office:
        yield Desk(office, clock, "ministry-letter")


def edit_invitation(desk):
    """Change a word of the letter; return the file."""
    file = desk.office.templates / desk.name / "invitation.txt.j2"
    file.write_text(f"{AFTER}\n{file.read_text('utf-8')}", "utf-8")
    return file


def tick(desk):
    """Let the scheduler do one round; return what it said and what left."""
    said = []

    async def scenario():
        async with desk.a_relay() as relay:
            settings = RelaySettings(
                host="127.0.0.1", port=relay.port, security=Security.NONE
            )
            daemon = Daemon(desk.office, settings, said.append, said.append)
            await daemon.once()
            daemon.plan()
            return relay

    return said, run(scenario()).accepted


def texts(accepted):
    """Return whether each message has the edited word."""
    return [AFTER.encode() in one.data for one in accepted]


def test_c01_an_edit_during_a_campaign_touches_nothing(running):
    """The approved letter goes on; the scheduler says once that it was edited."""
    desk = running(*PEOPLE)
    edit_invitation(desk)

    said, accepted = tick(desk)

    assert [False, False] == texts(accepted)
    assert 1 == sum("what was approved goes on" in line for line in said)


def test_c01_approved_anew_the_edit_goes_out(running):
    """The campaign goes on with it, without another start."""
    desk = running(*PEOPLE)
    edit_invitation(desk)
    approve(desk.office, desk.opened, "načelnica")

    said, accepted = tick(desk)

    assert [True, True] == texts(accepted)
    assert not any("edited" in line for line in said)


def test_c01_a_half_written_template_stops_nothing(running):
    """Nor does the folder's absence; and it can be paused and ended all the while."""
    desk = running(*PEOPLE)
    file = edit_invitation(desk)
    file.write_text("{{ nobody_ended_this", "utf-8")
    (file.parent / "campaign.toml").write_text("title = ", "utf-8")

    assert [False, False] == texts(tick(desk)[1])

    shutil.rmtree(file.parent)
    pause(desk.office, desk.name, "načelnica")
    resume(desk.office, desk.name, "načelnica")
    cancel(desk.office, desk.name, "načelnica")
    assert CampaignStatus.CANCELLED is desk.status.status


def frozen(desk):
    return approved_templates(desk.office.folder, desk.name, desk.status.fingerprint)


def harm_a_byte(path):
    file = path / "conference" / "invitation.txt.j2"
    file.write_bytes(file.read_bytes() + b".")


@pytest.mark.parametrize("harm", [shutil.rmtree, harm_a_byte])
def test_c01_what_was_approved_is_compared_before_it_goes(running, harm):
    """A hand in the copy, or its loss: nothing goes, and the next step is said."""
    desk = running(*PEOPLE)
    harm(frozen(desk))

    said, accepted = tick(desk)

    assert [] == accepted
    assert any("approve" in line for line in said)


def test_c03_a_byte_of_an_attachment_blocks_the_start(letter, monkeypatch, capsys):
    """M08: approved, changed, started: exit code 6, with cause and next step."""
    desk, office = letter, letter.office
    mailer = Command(office.folder, monkeypatch, capsys)
    import_list(office, PEOPLE)
    approve(office, desk.opened, "načelnica")
    file = next((office.templates / desk.name / "attachments").iterdir())
    file.write_bytes(file.read_bytes() + b"\0")

    said = mailer("start", desk.name, "--confirm", len(PEOPLE))

    assert_is_clear(
        said, ExitCode.NOT_APPROVED, f"attachment '{file.name}'", "approve it anew"
    )
    assert CampaignStatus.APPROVED is desk.status.status


def test_c03_once_it_runs_the_approved_attachment_goes(letter):
    """Removed after the start: everybody gets the one that was approved."""
    desk = Desk.running(letter.office, letter.clock, PEOPLE, letter.name)
    attachments = desk.office.templates / desk.name / "attachments"
    sizes = {one.name: one.stat().st_size for one in attachments.iterdir()}
    shutil.rmtree(attachments)

    _said, accepted = tick(desk)

    assert 2 == len(accepted)
    assert all(len(one.data) > sum(sizes.values()) for one in accepted)


@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_bytes(b"%PDF")])
def test_m11_without_its_attachment_no_letter_goes(letter, harm):
    """M11: lost or changed where the approved files are kept: nobody gets anything."""
    desk = Desk.running(letter.office, letter.clock, PEOPLE, letter.name)
    harm(next((frozen(desk) / desk.name / "attachments").iterdir()))

    said, accepted = tick(desk)

    assert [] == accepted
    assert any("approve" in line for line in said)


def test_an_older_approval_is_kept(running):
    """What went out under it can be shown."""
    desk = running(*PEOPLE)
    before = frozen(desk)
    edit_invitation(desk)
    approve(desk.office, desk.opened, "načelnica")

    assert before != frozen(desk)
    assert before.is_dir()


def test_c01_edited_while_a_batch_goes_out(running):
    """A round that has begun reads no file again."""
    desk = running(*(f"obcina{number}" for number in range(12)))

    async def scenario():
        async with desk.a_relay() as relay:
            settings = RelaySettings(
                host="127.0.0.1", port=relay.port, security=Security.NONE
            )
            daemon = Daemon(desk.office, settings, lambda _text: None)
            daemon.plan()
            sending = asyncio.create_task(daemon.send())
            await asyncio.to_thread(until, lambda: relay.accepted, "one has left")
            edit_invitation(desk)
            await sending
            return relay

    relay = run(scenario())

    assert 12 == len(taken(relay))
    assert not any(texts(relay.accepted))
