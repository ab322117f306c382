"""What the limited process reads is what the plain function reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from forms import ANSWERS, filled_docx, filled_pdf, the_form
from incoming import a_calendar_reply, a_dsn, a_mail, a_mail_with, a_reply

from mailer.inbox.phrases import DEFAULT
from mailer.model.incoming import IncomingKind
from mailer.operations.understand import a_reader, understand

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "mail"
EVERY = 10  #: of the corpus: the whole is read by the tests of classifying

PDF = "application/pdf; name=obrazec.pdf"
DOCX = "application/octet-stream; name=obrazec.docx"

MAILS = {
    "a letter": a_mail("Pozdravljeni."),
    "a reply": a_reply("3\n\nLep pozdrav"),
    "a bounce": a_dsn(),
    "a delay": a_dsn(action="delayed", status="4.4.1"),
    "a calendar's answer": a_mail_with(
        a_calendar_reply("1@posiljatelj.example", "ACCEPTED"),
        "text/calendar; method=REPLY",
    ),
    "a form in a PDF": a_mail_with(filled_pdf(ANSWERS), PDF),
    "a form in a DOCX": a_mail_with(filled_docx(ANSWERS), DOCX),
    "nothing": b"",
    "noise": bytes(range(256)),
}


@pytest.fixture(scope="module")
def forms():
    return (the_form(),)


@pytest.fixture(scope="module")
def reader(forms):
    with a_reader(DEFAULT, forms) as opened:
        yield opened


@pytest.mark.parametrize("raw", MAILS.values(), ids=MAILS.keys())
def test_both_read_the_same(reader, forms, raw):
    """All that can be read comes through; classes it does not know would not."""
    assert understand(raw, DEFAULT, forms) == reader.read(raw)


def test_what_is_in_a_file_stays_there(reader):
    """Its name and type come back; the bytes are in the message anyway."""
    found = reader.read(MAILS["a form in a PDF"])
    (enclosure,) = found.classification.enclosures

    assert ("obrazec.pdf", b"") == (enclosure.name, enclosure.content)
    assert found.returned


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real mail is not here")
def test_real_mail_comes_through(reader, forms):
    """Of all kinds, and from everywhere."""
    for path in sorted(CORPUS.iterdir())[::EVERY]:
        raw = path.read_bytes()
        found = reader.read(raw)

        assert understand(raw, DEFAULT, forms) == found, path.name
        assert "could not be read" not in found.classification.evidence, path.name


def test_a_message_at_the_limit_is_understood(reader):
    """25 MB of something that nobody will open."""
    big = a_mail_with(bytes(18 * 1024 * 1024), "application/zip")
    found = reader.read(big)

    assert len(big) < 25 * 1024 * 1024
    assert IncomingKind.OTHER is found.classification.kind
    assert "could not be read" not in found.classification.evidence
