"""An office in which the conference runs for nine hundred: made once, copied."""

from __future__ import annotations

import csv
import shutil

import pytest
from commands import Command, edit
from offices import BEFORE, LIST, Desk
from postgres import cluster  # noqa: F401 - a fixture
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name

from mailer.files.office_folder import make_office
from mailer.model.history import NEVER
from mailer.operations.campaign_status import approve, start
from mailer.operations.import_recipients import import_recipients
from mailer.operations.instance import make_instance
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock

EVERYBODY = 900
ROLES = ("obcina", "urad", "tajnistvo", "zupan", "svet")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Import, approve and start a campaign of 900; nothing is planned yet."""
    folder = tmp_path_factory.mktemp("crash") / "office"
    prepare(folder)
    return folder


def prepare(folder, url="sqlite:///mailer.db"):
    """Make an office with a running campaign, and its database at `url`."""
    make_office(folder)
    edit(folder / "mailer.toml", '(?m)^database = "[^"]*"', f'database = "{url}"')
    clock = VirtualClock(BEFORE)
    with open_office(folder, clock) as office:
        import_recipients(
            office,
            a_long_list(office),
            LIST,
            skip_invalid=False,
            may_shrink=lambda _before, _after: False,
        )
        desk = Desk(office, clock)
        approve(office, desk.opened, "načelnica")
        start(office, desk.opened, EVERYBODY, "načelnica")


def a_long_list(office):
    """Write a list with several addresses for each municipality."""
    with office.register_file.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    everybody = [
        row | {"test_email": f"{role}@{row['slug']}.example"}
        for role in ROLES
        for row in rows
    ][:EVERYBODY]
    path = office.folder / "recipients" / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(everybody)
    return path


@pytest.fixture
def folder(prepared, tmp_path):
    """Return an office of this test's own."""
    folder = shutil.copytree(prepared, tmp_path / "office")
    with open_office(folder, VirtualClock(BEFORE)) as office:
        make_instance(office, 0, NEVER)  # what an adoption ends with
    return folder


@pytest.fixture
def folder_on_server(tmp_path, cluster):  # noqa: F811 - the fixture
    """Return an office whose ledger is on a server."""
    with cluster.fresh() as url:
        folder = tmp_path / "office"
        prepare(folder, url)
        yield folder


@pytest.fixture
def command(monkeypatch, capsys):
    """Return a function: the office's folder → its command."""
    monkeypatch.setenv("COLUMNS", "500")  # each entry on one line
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda folder: Command(folder, monkeypatch, capsys)
