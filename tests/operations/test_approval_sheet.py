"""The page an approver signs has everything on it, and nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from commands import Command
from offices import Desk, import_list
from pypdf import PdfReader

from mailer.operations.approval import current_fingerprint
from mailer.operations.approval_sheet import gather_sheet, write_sheet
from mailer.operations.campaign_status import approve
from mailer.report.approval_sheet import as_html
from mailer.sandbox.clock import VirtualClock

PEOPLE = ("prva", "druga", "tretja", "zadnja")


@pytest.fixture
def clock():
    """Return a clock that shows the day before the letter."""
    return VirtualClock(datetime(2017, 9, 27, 8, tzinfo=UTC))


@pytest.fixture
def desk(office, clock):
    """Return the ministry's letter, with a list."""
    import_list(office, PEOPLE)
    return Desk(office, clock, "ministry-letter")


def sheet_of(desk):
    file = desk.office.folder / "sheet.html"
    write_sheet(desk.office, desk.opened, file)
    return file.read_text("utf-8")


def test_it_has_counts_dates_letters_digests_and_the_hash(desk):
    """What was looked at is what the approval is bound to."""
    page = sheet_of(desk)

    assert current_fingerprint(desk.office, desk.opened) in page
    assert "municipalities, 4 recipients" in page
    assert 3 == page.count("<h2>Sample letter ")
    for name in ("prva", "druga", "zadnja"):
        assert f"{name}@" in page
    for step in desk.opened.campaign.steps:
        assert f"<td>{step.name}</td>" in page
    for one in desk.opened.folder.attachments.values():
        assert hashlib.sha256(one.content).hexdigest() in page
        assert one.name in unescape(page)
    assert "Thu 28. 9. 2017, 09:00" in page
    request = "for those whose answer is NEPOPOLN; 2 working days after the response"
    assert f"<td>{request}; until Wed 25 Oct 2017, 16:00</td>" in page
    assert not re.search(r"(src|href)=", page)


def test_it_says_who_approved_only_as_long_as_that_is_so(desk):
    """An edit makes it an unsigned sheet again."""
    approve(desk.office, desk.opened, "načelnica")
    assert "Approved by: načelnica" in sheet_of(desk)

    file = desk.office.templates / desk.name / "letter.txt.j2"
    file.write_text(file.read_text("utf-8") + "Lep pozdrav <b>&\n", "utf-8")
    page = sheet_of(desk)

    assert "Approved by: <br>" in page
    assert "Lep pozdrav &lt;b&gt;&amp;" in page


def test_what_blocks_stands_on_it(desk, clock):
    """A year later its time is over: the sheet says so, and shows no letters."""
    clock.jump(clock.now() + timedelta(days=365))
    page = sheet_of(desk)

    assert "its time is over" in page
    assert "Sample letter" not in page


def test_writing_it_approves_nothing(desk, monkeypatch, capsys, tmp_path):
    """`--sheet` alone is to look; the next step is the approval."""
    mailer = Command(desk.office.folder, monkeypatch, capsys)
    file = tmp_path / "sheet.html"

    said = mailer("approve", desk.name, "--sheet", file).done()

    assert file.exists()
    assert "nothing is approved yet" in said.text
    assert f"approve {desk.name} --by NAME" in said.text
    assert "draft" == desk.status.status.value


def printed(page, tmp_path):
    """Return the text of each page that a browser prints."""
    (tmp_path / "sheet.html").write_text(page, "utf-8")
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
            *("--no-pdf-header-footer", f"--user-data-dir={tmp_path / 'profile'}"),
            f"--print-to-pdf={tmp_path / 'sheet.pdf'}",
            (tmp_path / "sheet.html").as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    pages = PdfReader(tmp_path / "sheet.pdf").pages
    return [one.extract_text() for one in pages]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser to print with")
@pytest.mark.parametrize("count", [0, 200])
def test_what_is_signed_is_one_side_of_paper(desk, tmp_path, count):
    """However much there is to say; each whole letter follows on its own."""
    sheet = gather_sheet(desk.office, desk.opened)
    sheet = replace(sheet, findings=("conference/invitation.txt: something",) * count)

    first, *others = printed(as_html(sheet), tmp_path)

    assert 3 == len(others)
    for part in ("Calendar", "Attachments", "begin", sheet.fingerprint, "Approved by"):
        assert part in first
    assert ("and 194 more" in first) == bool(count)
    assert "ŽUPANOM SLOVENSKIH OBČIN" in first
    for number, page in enumerate(others, 1):
        assert f"Sample letter {number} of 3" in page


def test_it_can_be_heard(desk):
    """Languages, headings in their order, headings of rows and columns."""
    page = sheet_of(desk)

    assert '<html lang="en">' in page
    assert 3 == page.count("<td lang=") == page.count("<pre lang=")
    assert [] == [one for one in re.findall(r"<th[^>]*>", page) if "scope=" not in one]
    assert ["1", *"2" * 8] == re.findall(r"<h(\d)>", page)
