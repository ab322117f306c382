"""
Put a message together: header, text, HTML and files into RFC 5322 bytes.

What all messages of a step share is written once, as a `Skeleton`; compiling
a message only adds what is its own.
The same inputs give the same bytes: the ids and the date are inputs, and the
boundaries follow from what the step shares.
How a field is written is decided in `mailer.rendering.headers`, and how a text
in `mailer.rendering.quoted_printable`.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.model.message import Lines, Message
from mailer.rendering import headers
from mailer.rendering.quoted_printable import Encoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mailer.model.message import Attachment, Envelope, Rendered

_BASE64_LINE = 57  #: octets that make 76 characters (RFC 2045, section 6.8)
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_URI = re.compile(r"<[^<>\s,]+>")

_TEXT, _HTML = (
    f"Content-Type: text/{subtype}; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
    for subtype in ("plain", "html")
)


@dataclass(frozen=True, slots=True)
class Multipart:
    """What stands around the parts of a multipart (RFC 2046, section 5.1)."""

    opening: bytes  #: the field, and what stands before the first part
    between: bytes  #: what stands between two parts
    closing: bytes  #: what stands after the last


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What all messages of a step share, already in bytes."""

    head: bytes  #: the constant fields, CRLF after each
    alternative: Multipart
    mixed: Multipart
    files: Lines | None  #: the attached files, to the end of `mixed`
    encoder: Encoder = field(default_factory=Encoder, compare=False)  #: of the texts


def skeleton(
    *,
    sender_name: str,
    sender_address: str,
    reply_to: str = "",
    list_id: str = "",
    attachments: Sequence[Attachment] = (),
) -> Skeleton:
    """
    Return what all messages of a step share.

    Args:
        sender_name: The display name in From.
        sender_address: The address in From.
        reply_to: An address; without it answers go to the sender.
        list_id: RFC 2919, with angle brackets: "<conference.office.example>".
        attachments: Files for everybody, in this order.

    Raises:
        ValueError: A value cannot stand in a header.
    """
    fields = [headers.mailbox("From", sender_name, sender_address)]
    if reply_to:
        fields.append(headers.mailbox("Reply-To", "", reply_to))
    if list_id:
        fields.append(headers.raw("List-Id", list_id))
    # RFC 3834, section 5.  X-Auto-Response-Suppress stays out: we want to
    # learn who is absent.
    fields.append(headers.raw("Auto-Submitted", "auto-generated"))
    fields.append(headers.raw("MIME-Version", "1.0"))
    head = b"".join(fields)
    files = [_file_part(file, file.media_type) for file in attachments]
    # Nothing of a single message goes into the name, so the messages can share
    # what stands around their files.
    name = hashlib.sha256(b"".join([head, *files])).hexdigest()[:32]
    mixed = _multipart("mixed", f"=_m{name}")
    return Skeleton(
        head=head,
        alternative=_multipart("alternative", f"=_a{name}"),
        mixed=mixed,
        files=Lines(mixed.between.join(files) + mixed.closing) if files else None,
    )


def compile_message(  # noqa: PLR0913 - each a field or a part of its own
    skeleton: Skeleton,
    *,
    rendered: Rendered,
    envelope: Envelope,
    recipient_name: str,
    message_id: str,
    date: datetime,
    list_unsubscribe: str = "",
    calendar: Attachment | None = None,
    own_files: Sequence[Attachment] = (),
) -> Message:
    """
    Return the message for one recipient; the same inputs give the same bytes.

    Args:
        skeleton: What it shares with the others of its step.
        rendered: Subject, text and HTML; line ends may be any.
        envelope: Its forward path is also the address in To.
        recipient_name: The display name in To; may be empty.
        message_id: With angle brackets.
        date: Aware; written in its own zone.
        list_unsubscribe: One URI in angle brackets (RFC 2369); empty for none.
        calendar: An iCalendar file of the event.
        own_files: Files that only this recipient gets.

    Raises:
        ValueError: A value cannot stand in a header.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} is not a Message-ID")
    fields = [
        skeleton.head,
        headers.mailbox("To", recipient_name, envelope.forward_path),
        headers.text("Subject", rendered.subject),
        headers.date("Date", date),
        headers.raw("Message-ID", message_id),
    ]
    if list_unsubscribe:
        if not _URI.fullmatch(list_unsubscribe):
            raise ValueError(f"{list_unsubscribe!r} is not one URI in brackets")
        fields.append(headers.raw("List-Unsubscribe", list_unsubscribe))
    body = _texts(skeleton, rendered)
    if skeleton.files or calendar or own_files:
        body = _with_files(skeleton, body, calendar, own_files)
    return Message(
        envelope=envelope,
        message_id=message_id,
        pieces=tuple(_pieces([*fields, *body])),
    )


def _texts(skeleton: Skeleton, rendered: Rendered) -> list[bytes | Lines]:
    """Return the body part of the texts, with no more levels than it needs."""
    plain = [_TEXT, *skeleton.encoder.encode(rendered.text)]
    if rendered.html is None:
        return plain
    around = skeleton.alternative
    html = [_HTML, *skeleton.encoder.encode(rendered.html)]
    return [around.opening, *plain, around.between, *html, around.closing]


def _with_files(
    skeleton: Skeleton,
    texts: list[bytes | Lines],
    calendar: Attachment | None,
    own_files: Sequence[Attachment],
) -> list[bytes | Lines]:
    """Return the outermost body part: the texts, and the files after them."""
    around, files = skeleton.mixed, skeleton.files
    part = [around.opening, *texts]
    if calendar is not None:
        part += [around.between, _calendar_part(calendar)]
    for file in own_files:
        part += [around.between, _file_part(file, file.media_type)]
    return [*part, around.between, files] if files else [*part, around.closing]


def _pieces(chunks: Iterable[bytes | Lines]) -> Iterator[Lines]:
    """Yield the chunks, with what is the message's own put together."""
    own: list[bytes] = []
    for chunk in chunks:
        if isinstance(chunk, bytes):
            own.append(chunk)
            continue
        if own:
            yield Lines(b"".join(own))
            own = []
        yield chunk
    if own:
        yield Lines(b"".join(own))


def _multipart(subtype: str, boundary: str) -> Multipart:
    """
    Return what stands around the parts.

    The boundary cannot stand in any of them: all content is quoted-printable, in
    which "=" is followed by two hex digits or a line end, or base64, in which
    "_" is no letter; and the fields of our parts begin with "Content-".
    """
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'
    return Multipart(
        opening=f"{head}\r\n--{boundary}\r\n".encode(),
        between=f"\r\n--{boundary}\r\n".encode(),
        closing=f"\r\n--{boundary}--\r\n".encode(),
    )


@lru_cache(maxsize=8)  # those whom a step is due together get the same
def _calendar_part(calendar: Attachment) -> bytes:
    return _file_part(calendar, calendar.media_type)


def _file_part(file: Attachment, media_type: str) -> bytes:
    """
    Return the body part of an attached file, base64, without a final CRLF.

    Raises:
        ValueError: Its name is a path, or cannot stand in a header.
    """
    if "/" in file.name or "\\" in file.name:
        raise ValueError(f"{file.name!r} is a path, not a file name")
    if media_type.startswith(("message/", "multipart/")):
        # These must not be base64 (RFC 2045, section 6.4), which alone keeps
        # them as they are.
        media_type = "application/octet-stream"
    head = headers.file_fields(media_type, file.name)
    encoding = b"Content-Transfer-Encoding: base64\r\n\r\n"
    return b"".join([head, encoding, _base64(file.content)])


def _base64(content: bytes) -> bytes:
    starts = range(0, len(content), _BASE64_LINE)
    return b"\r\n".join(
        binascii.b2a_base64(content[start : start + _BASE64_LINE], newline=False)
        for start in starts
    )
