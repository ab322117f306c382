"""C16: an approval is for exactly what was looked at; one changed byte ends it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from offices import Desk, a_list_file, an_office, import_list

from mailer.errors import ApprovalError, ExitCode, UsageError
from mailer.operations.campaign_status import approve, pause, resume, start
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock

PEOPLE = ("obcina", "urad")


def change(file, before=b"", after=b"."):
    """Change one byte, or what is asked for."""
    content = file.read_bytes()
    file.write_bytes(content.replace(before, after, 1) if before else content + after)


def in_the_attachment(office):
    attachments = office.templates / "ministry-letter" / "attachments"
    change(attachments / "Opis projekta - model kakovosti v občinski upravi.pdf")


def in_the_template(office):
    change(office.templates / "ministry-letter" / "letter.txt.j2")


def in_the_definition(office):
    file = office.templates / "ministry-letter" / "campaign.toml"
    change(file, b"T09:00:00", b"T09:00:01")


def in_the_form(office):
    file = office.templates / "ministry-letter" / "form.toml"
    change(file, b"required = true", b"required = false")


def in_the_layout(office):
    file = next((office.templates / "_layout").glob("*.j2"))
    change(file)


def in_the_list(office):
    import_list(office, ("obcina", "urat"))


def in_the_sender(office):
    change(office.folder / "mailer.toml", b'"pisarna@', b'"pisarnb@')


@pytest.fixture
def clock():
    """Return a clock that shows a day before the letter, and only jumps."""
    return VirtualClock(datetime(2017, 9, 26, 8, tzinfo=UTC))


@pytest.fixture
def approved(tmp_path, clock):
    """Return an office's folder with an approved letter, attachments and all."""
    folder = tmp_path / "letter"
    with an_office(folder, clock) as office:
        import_list(office, PEOPLE)
        approve(office, Desk(office, clock, "ministry-letter").opened, "načelnica")
    return folder


@pytest.mark.parametrize(
    "changed",
    [
        in_the_attachment,
        in_the_template,
        in_the_definition,
        in_the_form,
        in_the_layout,
        in_the_list,
        in_the_sender,
    ],
)
def test_a_change_after_the_approval_stops_the_start(approved, clock, changed):
    """Starting says who approved it and that it is not that any more."""
    with open_office(approved, clock) as office:
        changed(office)

    with open_office(approved, clock) as office:
        desk = Desk(office, clock, "ministry-letter")
        with pytest.raises(ApprovalError, match="načelnica approved it") as caught:
            start(office, desk.opened, len(PEOPLE), "načelnica")

    assert ExitCode.NOT_APPROVED is caught.value.exit_code


def test_without_a_change_it_starts(approved, clock):
    """The approval outlives closing the office."""
    with open_office(approved, clock) as office:
        desk = Desk(office, clock, "ministry-letter")

        assert (
            "načelnica"
            == start(office, desk.opened, len(PEOPLE), "načelnica").approved_by
        )


def test_the_start_wants_the_number_of_messages(approved, clock):
    """C20: a wrong number sends nothing."""
    with open_office(approved, clock) as office:
        desk = Desk(office, clock, "ministry-letter")
        with pytest.raises(UsageError, match="2 messages are approved, not 3"):
            start(office, desk.opened, 3, "načelnica")


def test_a_paused_campaign_whose_list_changed_does_not_resume(running):
    """No new list slips in during a pause."""
    desk = running(*PEOPLE)
    pause(desk.office, desk.name, "načelnica")
    a_list_file(desk.office, ("obcina", "drugi"))
    import_list(desk.office, ("obcina", "drugi"))

    with pytest.raises(ApprovalError):
        resume(desk.office, desk.name, "načelnica")
