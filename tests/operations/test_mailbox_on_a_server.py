"""The office's mailbox is on a server: what a person sees and does not see."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from certificates import a_certificate
from commands import Command, assert_is_clear, edit
from dovecot import PASSWORD, dovecot
from incoming import a_mail
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name

from mailer.errors import ConfigurationError, MailboxError
from mailer.files.office_folder import make_office
from mailer.operations.office import open_office
from mailer.scheduling.daemon import Daemon
from mailer.store import inbox

pytestmark = pytest.mark.server("dovecot")


@pytest.fixture
def server(tmp_path):
    with dovecot(a_certificate(tmp_path)) as started:
        yield started


@pytest.fixture
def folder(tmp_path, server):
    """Make an office that reads its mail from the server."""
    folder = tmp_path / "office"
    make_office(folder)
    section = (
        f'source = "{server.address}"\n'
        f'ca_file = "{server.home / "cert.pem"}"\n'
        'password_file = "geslo"'
    )
    edit(folder / "mailer.toml", "(?m)^source = .*", section)
    (folder / "geslo").write_text(PASSWORD, "utf-8")
    return folder


@pytest.fixture
def command(folder, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "500")
    monkeypatch.setenv("NO_COLOR", "1")
    return Command(folder, monkeypatch, capsys)


def collect(daemon):
    asyncio.run(daemon.collect())


def test_the_scheduler_takes_what_came_and_says_so_once(folder, server, clock):
    """The second look finds nothing, and says nothing."""
    server.append([a_mail("Prvo."), a_mail("Drugo.")])
    said = []
    with open_office(folder, clock) as office:
        daemon = Daemon(office, None, said.append)
        collect(daemon)
        collect(daemon)
        with office.database.read() as connection:
            stored = inbox.waiting(connection)

    assert 2 == len(stored)
    assert 1 == len(said)
    assert "2 for review" in said[0]


def test_a_wrong_password_is_not_tried_each_minute(folder, server, clock):
    """A quarter of an hour lies between two tries; then the new one counts."""
    server.append([a_mail("Prvo.")])
    (folder / "geslo").write_text("narobe", "utf-8")
    said = []
    with open_office(folder, clock) as office:
        daemon = Daemon(office, None, said.append)
        with pytest.raises(ConfigurationError, match="was not let in"):
            collect(daemon)
        (folder / "geslo").write_text(PASSWORD, "utf-8")
        clock.jump(clock.now() + timedelta(minutes=14))
        collect(daemon)
        too_early = list(said)
        clock.jump(clock.now() + timedelta(minutes=2))
        collect(daemon)

    assert [] == too_early
    assert "1 for review" in said[0]


def test_a_server_that_is_away_keeps_nobody_waiting(folder, clock):
    """The look fails, and the next one comes soon."""
    edit(folder / "mailer.toml", r"127\.0\.0\.1:\d+/INBOX", "127.0.0.1:1/INBOX")
    with open_office(folder, clock) as office:
        daemon = Daemon(office, None, print)
        with pytest.raises(MailboxError, match="cannot be reached"):
            collect(daemon)
        clock.jump(clock.now() + timedelta(minutes=2))
        with pytest.raises(MailboxError, match="cannot be reached"):
            collect(daemon)


def test_fetch_says_what_came(command, server):
    """And how to go on."""
    server.append([a_mail("Prvo.")])
    said = command("inbox", "fetch").done()

    assert "1" in said.text
    assert "Next: " in said.text


@pytest.mark.parametrize(
    ("pattern", "replacement", "code", "words"),
    [
        ("@127", "x@127", 78, "'pisarnax' was not let in"),
        ("/INBOX", "/Drugam", 78, "folder cannot be opened"),
        ("(?m)^ca_file = .*$", "", 78, "not to be trusted: self-signed"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:1", 75, "cannot be reached"),
        ('"geslo"', '"ni-je"', 78, "the password cannot be had"),
    ],
    ids=["user", "folder", "authority", "away", "secret"],
)
def test_what_is_wrong_is_said_to_a_person(
    command, folder, pattern, replacement, code, words
):
    """Place, cause and next step; no traceback."""
    edit(folder / "mailer.toml", pattern, replacement)
    said = command("inbox", "fetch")

    assert_is_clear(said, code, words)


def test_a_mailbox_in_files_is_found_as_before(tmp_path, monkeypatch, capsys):
    """The default of a new office."""
    make_office(tmp_path / "other")
    (tmp_path / "other" / "mail" / "office" / "cur").mkdir(parents=True, exist_ok=True)
    (tmp_path / "other" / "mail" / "office" / "new").mkdir(exist_ok=True)
    said = Command(tmp_path / "other", monkeypatch, capsys)("inbox", "fetch")

    assert 0 == said.code, said.err
