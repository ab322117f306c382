"""
Put a message together: header, text, HTML and files into RFC 5322 bytes.

What all messages of a step share is written once, as a `Skeleton`; compiling
a message only adds what is its own.
The same inputs give the same bytes: the ids and the date are inputs, and the
boundaries follow from the Message-ID.
How a single field is written is decided in `mailer.rendering.headers`.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.model.message import Lines, Message
from mailer.rendering import headers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mailer.model.message import Attachment, Envelope, Rendered

_BASE64_LINE = 57  #: octets that make 76 characters (RFC 2045, section 6.8)
_CALENDAR_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_URI = re.compile(r"<[^<>\s,]+>")

# `binascii` lengthens a line that ends in white space to 77 or 78 characters.
_OVERLONG = re.compile(rb"^([^\n]{74,75})(=20|=09)$", re.MULTILINE)
# Programs that keep mail in mbox files write ">From " for it.
_FROM = re.compile(rb"^From ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What all messages of a step share, already in bytes."""

    head: bytes  #: the constant fields, CRLF after each
    files: tuple[bytes, ...]  #: whole body parts: fields, empty line, base64


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
    files = tuple(_file_part(file, file.media_type) for file in attachments)
    return Skeleton(head=b"".join(fields), files=files)


def compile_message(
    skeleton: Skeleton,
    *,
    rendered: Rendered,
    envelope: Envelope,
    recipient_name: str,
    message_id: str,
    date: datetime,
    list_unsubscribe: str = "",
    calendar: Attachment | None = None,
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
        calendar: An iCalendar file that publishes the event.

    Raises:
        ValueError: A value cannot stand in a header.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} is not a Message-ID")
    own = [
        headers.mailbox("To", recipient_name, envelope.forward_path),
        headers.text("Subject", rendered.subject),
        headers.date("Date", date),
        headers.raw("Message-ID", message_id),
    ]
    if list_unsubscribe:
        if not _URI.fullmatch(list_unsubscribe):
            raise ValueError(f"{list_unsubscribe!r} is not one URI in brackets")
        own.append(headers.raw("List-Unsubscribe", list_unsubscribe))
    body = _body(rendered, _files(skeleton, calendar), message_id)
    return Message(
        envelope=envelope,
        message_id=message_id,
        pieces=(Lines(b"".join([skeleton.head, *own, *body])),),
    )


def _files(skeleton: Skeleton, calendar: Attachment | None) -> tuple[bytes, ...]:
    if calendar is None:
        return skeleton.files
    return (_file_part(calendar, _CALENDAR_TYPE), *skeleton.files)


def _body(rendered: Rendered, files: tuple[bytes, ...], message_id: str) -> list[bytes]:
    """Return the outermost body part, with no more levels than it needs."""
    name = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    part = [_text_part("plain", rendered.text)]
    if rendered.html is not None:
        html = [_text_part("html", rendered.html)]
        part = _multipart("alternative", f"=_a{name}", [part, html])
    if files:
        part = _multipart("mixed", f"=_m{name}", [part, *([file] for file in files)])
    return part


def _multipart(subtype: str, boundary: str, parts: list[list[bytes]]) -> list[bytes]:
    """
    Return a multipart body part (RFC 2046, section 5.1) as chunks to be joined.

    The boundary cannot stand in any part: all content is quoted-printable, in
    which "=" is followed by two hex digits or a line end, or base64, in which
    "_" is no letter; and the fields of our parts begin with "Content-".
    """
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'
    chunks = [head.encode()]
    for part in parts:
        chunks += [f"\r\n--{boundary}\r\n".encode(), *part]
    return [*chunks, f"\r\n--{boundary}--\r\n".encode()]


def _text_part(subtype: str, text: str) -> bytes:
    """Return a text body part; its last line is ended if it was not."""
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + _quoted_printable(text)


def _quoted_printable(text: str) -> bytes:
    """
    Return `text` in UTF-8, quoted-printable (RFC 2045, section 6.7), CRLF.

    Quoted-printable and not base64, because people read the source of a
    message when they ask what was sent.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.endswith("\n"):
        text += "\n"
    encoded = binascii.b2a_qp(text.encode(), istext=True)
    if b"=20\n" in encoded or b"=09\n" in encoded:
        encoded = _OVERLONG.sub(rb"\1=\n\2", encoded)
    if b"From " in encoded:
        encoded = _FROM.sub(b"From=\n ", encoded)
    return encoded.replace(b"\n", b"\r\n")


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
    return b"".join([head, b"Content-Transfer-Encoding: base64\r\n\r\n"]) + _base64(
        file.content
    )


def _base64(content: bytes) -> bytes:
    starts = range(0, len(content), _BASE64_LINE)
    return b"\r\n".join(
        binascii.b2a_base64(content[start : start + _BASE64_LINE], newline=False)
        for start in starts
    )
