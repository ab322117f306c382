"""A form that was sent, filled in, and sent back from an address never seen."""

from __future__ import annotations

import email
import io
import re
import subprocess
import zipfile
from datetime import UTC, datetime

import pytest
from forms import ANSWERS, filled_docx, filled_pdf, in_libreoffice, shown, written
from incoming import a_mail_with
from relays import run

from mailer.model.incoming import ReviewState
from mailer.model.response import ResponseSource
from mailer.operations.export_answers import answers_of
from mailer.sandbox.clock import VirtualClock
from mailer.store import inbox

AJDOVSCINA = "001"
libreoffice = pytest.mark.server("libreoffice")
poppler = pytest.mark.server("poppler")


@pytest.fixture
def clock():
    """Return a clock that shows the days before the ministry's letter."""
    return VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))


@pytest.fixture
def asked(running):
    """Return the desk of the ministry's letter to two municipalities."""
    return running("obcina", "urad", name="ministry-letter")


def sent(desk):
    """Send the letters; return the form that the first one brought, by its ending."""
    relay = desk.a_relay()

    async def scenario():
        async with relay:
            await desk.round(relay)

    run(scenario())
    letter = next(m for m in relay.accepted if m.forward_path.startswith("obcina@"))
    parts = email.message_from_bytes(letter.data).walk()
    files = {part.get_filename(): part.get_payload(decode=True) for part in parts}
    return {
        ending: files[f"obrazec-kakovost-{AJDOVSCINA}.{ending}"]
        for ending in ("pdf", "docx")
    }


def with_pypdf(form, _folder):
    return filled_pdf(ANSWERS, form["pdf"])


def with_python_docx(form, _folder):
    return filled_docx(ANSWERS, form["docx"])


def docx_with_libreoffice(form, folder):
    job = {"kind": "docx", "as": "docx", "values": shown(ANSWERS)}
    return in_libreoffice(folder, form["docx"], job)


def pdf_with_libreoffice(form, folder):
    job = {"kind": "pdf", "as": "pdf", "boxes": written(ANSWERS)}
    return in_libreoffice(folder, form["pdf"], job)


def printed_into_another(form, folder):
    return rendered(form, folder, "pdftocairo", "-pdf", "filled.pdf", "out")


def scanned(form, folder):
    words = ("pdftoppm", "-png", "-r", "90", "-singlefile", "filled.pdf", "out")
    rendered(form, folder, *words)
    return (folder / "out.png").read_bytes()


def rendered(form, folder, *words):
    (folder / "filled.pdf").write_bytes(filled_pdf(ANSWERS, form["pdf"]))
    subprocess.run(words, cwd=folder, check=True, timeout=60)
    made = folder / "out"
    return made.read_bytes() if made.exists() else b""


@pytest.mark.parametrize(
    "fill",
    [
        with_pypdf,
        with_python_docx,
        pytest.param(docx_with_libreoffice, marks=libreoffice),
        pytest.param(pdf_with_libreoffice, marks=libreoffice),
        pytest.param(printed_into_another, marks=poppler),
    ],
)
def test_it_is_the_municipalitys_response(asked, tmp_path, fill):
    """M03: the identifier says whose it is, the fields what it says."""
    content = fill(sent(asked), tmp_path)
    stranger = "ana.vzorec@doma.example"
    asked.post.deliver(
        a_mail_with(content, "application/octet-stream", "V prilogi.", From=stranger)
    )

    found = asked.collect()

    [response] = asked.answers()
    assert (AJDOVSCINA, "returned") == (response.organisation, response.kind)
    assert ResponseSource.FORM is response.source
    assert ANSWERS == response.details
    assert 0 == found.to_review
    table = answers_of(asked.office, asked.opened.campaign)
    ours = next(row for row in table.rows if row[0] == AJDOVSCINA)
    assert ("ZADOVOLJSTVO", stranger) == (ours[3], ours[7])


@poppler
def test_a_scan_goes_to_review(asked, tmp_path):
    """With the picture; nothing is recorded that nobody read."""
    content = scanned(sent(asked), tmp_path)
    asked.post.deliver(
        a_mail_with(content, "image/png", "V prilogi.", From="a@doma.example")
    )

    found = asked.collect()

    assert 1 == found.to_review
    assert [] == [one for one in asked.answers() if one.kind == "returned"]
    with asked.office.database.read() as connection:
        row = inbox.get(connection, 1)
    assert ReviewState.OPEN.value == row.review


def test_a_made_up_identifier_is_nobodys(asked):
    """A form that we did not sign changes nothing; a person looks at it."""
    form = filled_docx(ANSWERS, sent(asked)["docx"])
    ours = re.search("K17-001-([0-9A-Z]{6})", text_of_docx(form))[1]
    theirs = ours[:-1] + ("A" if ours[-1] != "A" else "C")
    forged = changed_in_docx(form, ours, theirs)
    asked.post.deliver(
        a_mail_with(forged, "application/octet-stream", "", From="a@doma.example")
    )

    found = asked.collect()

    assert 1 == found.to_review
    assert [] == asked.answers()


def text_of_docx(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml").decode()


def changed_in_docx(content, old, new):
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        zipfile.ZipFile(out, "w") as changed,
    ):
        for name in archive.namelist():
            member = archive.read(name).replace(old.encode(), new.encode())
            changed.writestr(name, member)
    return out.getvalue()
