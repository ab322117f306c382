"""
Look into a file before it goes to everybody.

Macros and programs, which many gateways refuse; files that ask for a password;
names of their authors; files that are not what they are called.
Nothing in them is run, and of what is packed only names and two small parts
are read.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mailer.model.message import Attachment

#: an attachment that gateways and mailboxes often refuse, on the wire
LARGE_OCTETS = 5 * 1024 * 1024
_BASE64 = 4 / 3 * 78 / 76  #: octets on the wire for one in the file (RFC 2045, 6.8)
_LARGEST_PART = 256 * 1024  #: of a packed file's properties
_LARGEST_TEXT = 8 * 1024 * 1024  #: of a packed document

_WITH_MACROS = ("docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppsm")
_PROGRAMS = frozenset(
    {"bat", "cmd", "com", "exe", "hta", "img", "iso", "jar", "js", "jse", "lnk", "msi"}
    | {"ps1", "scr", "vbe", "vbs"}
)
_PACKED = ("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip", *_WITH_MACROS)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  #: how Word 97 and encrypted files begin
_OLE_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_AUTHORS = ("creator", "lastModifiedBy", "initial-creator")

#: what a file is called that somebody still works on
_UNFINISHED = re.compile(
    r"^~\$|[_ -](?:osnutek|draft|kopija|copy)\.\w+$|\(\d\)\.\w+$", re.IGNORECASE
)
#: part of a .docx → what somebody noted or proposed, and nobody has taken out
_UNSETTLED = {
    "word/comments.xml": re.compile(rb"<w:comment "),
    "word/document.xml": re.compile(rb"<w:(?:ins|del|moveFrom|moveTo) "),
}

_NO_PASSWORD = "save it without a password"  # noqa: S105 - what a person is to do
_NO_MACROS = "save it without macros, as .docx or .xlsx"
_NO_CHANGES = "accept or reject them, delete the comments, and save it anew"
_NO_AUTHOR = "remove the document's properties, if that name is not meant to be seen"

# It tells of each oddity in a file; what matters of them is a finding here.
logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False


def look_at_attachment(place: str, file: Attachment) -> Iterator[Problem]:
    """Yield what is wrong with a file that is to be attached."""
    ending = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    content = file.content
    if not content:
        yield Problem(place, "is empty", "put the real file there")
        return
    if ending in _PROGRAMS:
        cause = f"is a program (.{ending}); gateways refuse the whole letter"
        yield Problem(place, cause, "link to it, or leave it out")
    if _UNFINISHED.search(file.name):
        cause = "is called as if it were not finished, or a copy"
        yield Problem(place, cause, "give it its name", Severity.WARNS)
    on_the_wire = len(content) * _BASE64
    if on_the_wire > LARGE_OCTETS:
        cause = f"{on_the_wire / 1024 / 1024:.1f} MB as base64; many mailboxes refuse"
        yield Problem(place, cause, "make it smaller, or link to it", Severity.WARNS)
    if ending == "pdf" or content.startswith(b"%PDF-"):
        yield from _look_at_pdf(place, content)
    elif content.startswith(_OLE):
        yield from _look_at_ole(place, content)
    elif ending in _PACKED or content.startswith(b"PK\x03\x04"):
        yield from _look_at_packed(place, content, ending)


def _look_at_pdf(place: str, content: bytes) -> Iterator[Problem]:
    if b"%PDF-" not in content[:1024]:  # ISO 32000-1, annex H.3.4.1
        yield Problem(place, "is no PDF", "save it as PDF anew")
        return
    # Loaded for campaigns with a PDF: it takes half a second.
    from pypdf import PdfReader  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            yield Problem(place, "the PDF is encrypted", _NO_PASSWORD)
            return
        about = reader.metadata
        author = str(about.author or "").strip() if about is not None else ""
        count = len(reader.pages)
    except Exception:  # noqa: BLE001 - pypdf raises whatever a broken file provokes
        cause = "the PDF is damaged: it cannot be read to its end"
        yield Problem(place, cause, "save it as PDF anew")
        return
    if not count:
        yield Problem(place, "the PDF has no pages", "save it as PDF anew")
    if author:
        cause = f"names its author, '{author[:80]}'"
        yield Problem(place, cause, _NO_AUTHOR, Severity.WARNS)


def _look_at_ole(place: str, content: bytes) -> Iterator[Problem]:
    if _OLE_ENCRYPTED in content:
        yield Problem(place, "the document is encrypted", _NO_PASSWORD)
    if _OLE_MACROS in content:
        cause = "has macros; gateways refuse the whole letter"
        yield Problem(place, cause, _NO_MACROS)


def _look_at_packed(place: str, content: bytes, ending: str) -> Iterator[Problem]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if any(part.flag_bits & 1 for part in parts):
                yield Problem(place, "has parts that are encrypted", _NO_PASSWORD)
            names = [part.filename.casefold() for part in parts]
            authors = _authors(packed)
            has_changes = _has_changes(packed)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        yield Problem(place, f"is no .{ending or 'zip'}", "save the file anew")
        return
    if ending in _WITH_MACROS or any(n.endswith("vbaproject.bin") for n in names):
        cause = "has macros; gateways refuse the whole letter"
        yield Problem(place, cause, _NO_MACROS)
    if has_changes:
        cause = "has comments or tracked changes, which everybody can read"
        yield Problem(place, cause, _NO_CHANGES, Severity.WARNS)
    programs = [n for n in names if n.rpartition(".")[2] in _PROGRAMS]
    if programs:
        cause = f"holds a program, '{programs[0][-80:]}'; gateways refuse the letter"
        yield Problem(place, cause, "leave it out")
    if authors:
        cause = f"names its author, '{', '.join(authors)[:80]}'"
        yield Problem(place, cause, _NO_AUTHOR, Severity.WARNS)


def look_for_doubles(place: str, files: Mapping[str, Attachment]) -> Iterator[Problem]:
    """Yield the files that are the same under two names."""
    first: dict[bytes, str] = {}
    for name, file in sorted(files.items()):
        same = first.setdefault(file.content, name)
        if same != name:
            cause = f"is the same file as '{same}'"
            hint = "attach it once, or put the right file there"
            yield Problem(f"{place}/attachments/{name}", cause, hint, Severity.WARNS)


def _has_changes(packed: zipfile.ZipFile) -> bool:
    """Return whether a text document holds comments or changes not yet accepted."""
    return any(
        sign.search(_part(packed, name, _LARGEST_TEXT))
        for name, sign in _UNSETTLED.items()
    )


def _part(packed: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """Return a part of a packed file; nothing if it is missing, or too large."""
    try:
        part = packed.getinfo(name)
        if part.file_size > largest or part.flag_bits & 1:
            return b""
        with packed.open(part) as opened:
            return opened.read(largest)
    except (KeyError, zlib.error, RuntimeError):
        return b""


def _authors(packed: zipfile.ZipFile) -> list[str]:
    """Return whom an office document says that it is by."""
    found: dict[str, None] = {}
    for name in ("docProps/core.xml", "meta.xml"):
        properties = _part(packed, name, _LARGEST_PART)
        if b"<!DOCTYPE" in properties or b"<!ENTITY" in properties:
            continue
        try:
            root = ET.fromstring(properties)  # noqa: S314 - small, without entities
        except ET.ParseError:
            continue
        for element in root.iter():
            if re.sub(r"\{.*\}", "", str(element.tag)) in _AUTHORS and element.text:
                found[element.text.strip()] = None
    return [name for name in found if name]
