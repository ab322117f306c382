"""An office in which the conference runs for all municipalities: made once, copied."""

from __future__ import annotations

import shutil

import pytest
from offices import BEFORE, LIST, Desk, an_office

from mailer.operations.campaign_status import approve, start
from mailer.operations.import_recipients import import_recipients
from mailer.sandbox.clock import VirtualClock


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Import, approve and start a campaign of 212; nothing is planned yet."""
    folder, clock = tmp_path_factory.mktemp("crash") / "office", VirtualClock(BEFORE)
    with an_office(folder, clock) as office:
        import_recipients(
            office,
            office.register_file,
            LIST,
            skip_invalid=False,
            may_shrink=lambda _before, _after: False,
        )
        desk = Desk(office, clock)
        approve(office, desk.opened, "načelnica")
        start(office, desk.opened, 212, "načelnica")
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    """Return an office of this test's own."""
    return shutil.copytree(prepared, tmp_path / "office")
