"""
Recognise our form in files that are not read: .odt, .doc, or with a password.

They are read by a person, who is told so.  Other people's files stay what they
are: only our identifier, or the name that we gave the file, makes one a form.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from mailer.forms.identifier import find_identifier
from mailer.model.form import FormSource, ReturnedForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.model.form import Form
    from mailer.model.incoming import Enclosure

_UNPACKED = 2 << 20  #: octets that are looked at
_TAG = re.compile(r"<[^<>]{0,2000}>")
#: of Word until 2003, and of what Office encrypts ([MS-CFB], section 2.2)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO], section 2.3.4.4


def in_other_format(one: Enclosure, forms: Sequence[Form]) -> ReturnedForm | None:
    """Return our form in a file that is not read, with the reason; `None` if none."""
    content = one.content
    if content.startswith(_COMPOUND):
        start = content[:_UNPACKED]
        if _ENCRYPTED in start:
            text, trouble = "", "it cannot be opened: it has a password"
        else:
            text = "\n".join(
                part.decode(how, "ignore")
                for part, how in (
                    (start, "utf-16-le"),
                    (start[1:], "utf-16-le"),
                    (start, "latin-1"),
                )
            )
            trouble = "a .doc is not read: open it, and type what it says"
    elif content.startswith(b"PK"):
        text = _open_document(content)
        trouble = "an .odt is not read: open it, and type what it says"
        if not text:
            return None
    else:
        return None
    mark = find_identifier(text, [form.tag for form in forms])
    if not mark and not _is_named(one.name, forms):
        return None
    return ReturnedForm(mark, {}, FormSource.SCAN, one.name, trouble=trouble)


def _is_named(name: str, forms: Sequence[Form]) -> bool:
    return any(form.file_name.casefold() in name.casefold() for form in forms)


def _open_document(content: bytes) -> str:
    """Return the words of an OpenDocument text; "" of anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            with archive.open("mimetype") as member:
                if b"opendocument.text" not in member.read(100):
                    return ""
            with archive.open("content.xml") as member:
                xml = member.read(_UNPACKED)
    except Exception:  # noqa: BLE001 - as in `mailer.forms.read`
        return ""
    return _TAG.sub(" ", xml.decode("utf-8", "replace")) or " "
