"""Files before they go to everybody: macros, passwords, authors, disguises."""

from __future__ import annotations

import pytest
from papers import a_docx, a_pdf, a_zip, an_old_document

from mailer.campaign.preflight.attachment import look_at_attachment
from mailer.errors import Severity
from mailer.model.message import Attachment

ENCRYPTED, MACROS = "EncryptedPackage", "_VBA_PROJECT"


def findings(name, content):
    return list(look_at_attachment("here", Attachment(name, content)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("program.pdf", a_pdf()),
        ("obrazec.docx", a_docx()),
        ("gradivo.zip", a_zip("program.pdf")),
        ("star.doc", an_old_document(of="WordDocument")),
        ("opomba.txt", b"besedilo"),
        ("dogodek.ics", b"BEGIN:VCALENDAR"),
    ],
)
def test_a_plain_file_is_not_mentioned(name, content):
    assert [] == findings(name, content)


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("prazna.pdf", b"", "is empty"),
        ("obrazec.docm", a_zip("word/document.xml"), "has macros"),
        ("obrazec.docx", a_zip("word/vbaProject.bin"), "has macros"),
        ("obrazec.xlsx", a_zip("xl/VBAPROJECT.BIN"), "has macros"),
        ("star.doc", an_old_document(of=MACROS), "has macros"),
        ("obrazec.docx", an_old_document(of=ENCRYPTED), "document is encrypted"),
        ("program.pdf", a_pdf(password="geslo"), "PDF is encrypted"),
        ("gradivo.zip", a_zip("a.txt", is_encrypted=True), "parts that are encrypted"),
        ("orodje.exe", b"MZ", "is a program"),
        ("gradivo.zip", a_zip("orodje.exe"), "holds a program"),
        ("program.pdf", b"PK\x03\x04", "is no PDF"),
        ("program.pdf", a_pdf()[:200], "is damaged"),
        ("obrazec.docx", b"%PD", "is no .docx"),
    ],
)
def test_what_gateways_refuse_blocks(name, content, cause):
    """Nobody would get the letter, or nobody could open the file."""
    (found,) = findings(name, content)

    assert cause in found.cause
    assert found.next_step
    assert Severity.BLOCKS is found.severity


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("program.pdf", a_pdf(author="Janez Izmišljeni"), "'Janez Izmišljeni'"),
        ("obrazec.docx", a_docx("Micka Izmišljena"), "'Micka Izmišljena'"),
        ("slika.bin", bytes(5 * 1024 * 1024), "6.8 MB as base64"),
        ("vabilo.docx", a_docx(comment="Preveri!"), "comments or tracked changes"),
        ("vabilo - osnutek.docx", a_docx(), "not finished"),
        ("vabilo - Kopija.docx", a_docx(), "not finished"),
        ("vabilo (2).pdf", a_pdf(), "not finished"),
        ("~$vabilo.pdf", a_pdf(), "not finished"),
    ],
)
def test_what_somebody_may_want_warns(name, content, cause):
    """Authors' names, and sizes that some mailboxes take."""
    (found,) = findings(name, content)

    assert cause in found.cause
    assert Severity.WARNS is found.severity
