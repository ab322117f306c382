"""C16: an approval is for exactly what was looked at; one changed byte ends it."""

from __future__ import annotations

import re
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


def in_a_comment(office):
    change(office.templates / "ministry-letter" / "campaign.toml", b"# ", b"#: ")


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


def in_the_zone(office):
    change(office.folder / "mailer.toml", b"Europe/Ljubljana", b"Europe/Athens")


def in_the_window(office):
    change(office.folder / "mailer.toml", b"opens = 08:00:00", b"opens = 08:00:01")


def in_the_quiet_hours(office):
    change(office.folder / "mailer.toml", b"closes = 16:00:00", b"closes = 15:59:59")


def in_the_closed_days(office):
    file = office.folder / "mailer.toml"
    change(file, b"closed_days = []", b"closed_days = [2017-10-13]")


def in_the_mailbox(office):
    """Name another, empty one: everybody is silent there."""
    change(office.folder / "mailer.toml", b"mail/office", b"mail/other")


#: what is changed, and how it is named
CHANGES = {
    in_the_attachment: "attachment 'Opis projekta - model kakovosti",
    in_the_template: "template letter.txt.j2",
    in_the_definition: "campaign.toml, step 'letter'; date of 'letter'",
    in_a_comment: "approved it: campaign.toml —",
    in_the_form: "form.toml",
    in_the_layout: "template _layout/",
    in_the_list: "list 'municipalities'",
    in_the_sender: "sender.address (pisarna@posiljatelj.example → pisarnb@",
    in_the_zone: "mailer.toml, office.timezone (Europe/Ljubljana → Europe/Athens)",
    in_the_window: "mailer.toml, sending.opens (08:00:00 → 08:00:01)",
    in_the_quiet_hours: "mailer.toml, sending.closes (16:00:00 → 15:59:59)",
    in_the_closed_days: "mailer.toml, sending.closed_days (nothing → 2017-10-13)",
    in_the_mailbox: "mailbox.source (maildir:mail/office → maildir:mail/other)",
}


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


@pytest.mark.parametrize("changed", CHANGES, ids=lambda changed: changed.__name__)
def test_a_change_after_the_approval_stops_the_start(approved, clock, changed):
    """Starting says who approved it, what is other now, and what to do."""
    with open_office(approved, clock) as office:
        changed(office)

    with open_office(approved, clock) as office:
        desk = Desk(office, clock, "ministry-letter")
        with pytest.raises(ApprovalError, match="načelnica approved it") as caught:
            start(office, desk.opened, len(PEOPLE), "načelnica")

    assert ExitCode.NOT_APPROVED is caught.value.exit_code
    assert CHANGES[changed] in str(caught.value)
    assert "mailer approve ministry-letter --by NAME" in str(caught.value)


@pytest.mark.parametrize(
    "setting", ['rate = "1/min"', "connections = 1", "per_domain_connections = 1"]
)
def test_the_relays_limits_are_no_part_of_it(approved, clock, setting):
    """A relay that has to be spared changes neither what goes nor in whose name."""
    name = setting.partition(" ")[0]
    file = approved / "mailer.toml"
    text, count = re.subn(rf"(?m)^{name} = .*", setting, file.read_text())
    assert count == 1
    file.write_text(text)

    with open_office(approved, clock) as office:
        desk = Desk(office, clock, "ministry-letter")
        start(office, desk.opened, len(PEOPLE), "načelnica")


def test_a_lost_record_of_the_ingredients_names_what_may_be(approved, clock):
    """The hash alone still stops the start; only the words are fewer."""
    next(approved.glob("approved/*/*/ingredients.json")).unlink()
    with open_office(approved, clock) as office:
        in_the_template(office)
        desk = Desk(office, clock, "ministry-letter")

        with pytest.raises(ApprovalError, match="the list, a file of its folder, or"):
            start(office, desk.opened, len(PEOPLE), "načelnica")


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
