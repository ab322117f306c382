"""Files that an office may attach by mistake: with macros, passwords, authors."""

from __future__ import annotations

import io
import zipfile

from docx import Document
from pypdf import PdfWriter


def a_pdf(*, author: str = "", password: str = "") -> bytes:
    """Return a page without anything on it."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if author:
        writer.add_metadata({"/Author": author})
    if password:
        writer.encrypt(password, algorithm="AES-256")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def a_docx(author: str = "", comment: str = "") -> bytes:
    """Return a document of one sentence."""
    document = Document()
    runs = document.add_paragraph("Dnevni red.").runs
    if comment:
        document.add_comment(runs, comment)
    document.core_properties.author = author
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def a_zip(*names: str, is_encrypted: bool = False) -> bytes:
    """Return a packed file with these parts in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in names:
            packed.writestr(name, "vsebina")
    content = bytearray(made.getvalue())
    if is_encrypted:  # the flag alone: APPNOTE, 4.4.4, bit 0
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = content.find(signature)
            while at >= 0:
                content[at + offset] |= 1
                at = content.find(signature, at + 4)
    return bytes(content)


def an_old_document(*, of: str) -> bytes:
    """Return how a document of Word 97, or an encrypted one, begins and goes on."""
    signature = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    return signature + bytes(504) + of.encode("utf-16-le") + bytes(64)
