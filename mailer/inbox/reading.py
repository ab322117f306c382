"""
Take a message apart: its own text, its report, what it returns, what it encloses.

What the message is, is decided in `mailer.inbox.classify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.inbox.decoding import fold
from mailer.inbox.fate import address_in
from mailer.inbox.message import Header, Part, read_header
from mailer.inbox.phrases import Use
from mailer.inbox.rfc3464 import STATUS_TYPES
from mailer.model.incoming import Enclosure

if TYPE_CHECKING:
    from mailer.inbox.phrases import Phrases

#: a report says what it has to say within this; the rest is somebody's mail
MAX_HEAD = 16 * 1024
#: no returned message begins later
_MAX_SCANNED = 64 * 1024

MAX_ENCLOSURES = 20

#: what mail systems and programs put before the line that ends their own text
_DECORATION = " \t-=_*#>|.+:"
_LONGEST_MARK = 60
_FIRST = 3  #: characters that every mark has
#: a returned header begins so; the line belongs to it
_RETURNED_HEADER = (
    "received:",
    "return-path:",
    "dkim-signature:",
    "x-received:",
    "arc-seal:",
    "content-type: message/rfc822",
    "content-type:message/rfc822",
    "content-type: text/rfc822-headers",
    "content-type: message/global",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A message taken apart."""

    message: Part
    subject: str  #: decoded, one line
    sender: str  #: the address in From:, "" if there is none
    text: str  #: all text of its own parts
    head: str  #: the text before the returned message, if there is one
    status: str  #: the delivery-status parts
    carried: tuple[Part, ...]  #: the messages it returns or forwards
    returned: tuple[Header, ...]  #: their headers, and one that stands in the text
    files: tuple[Part, ...]  #: leaf parts that are not its own text

    @property
    def header(self) -> Header:
        """Return the message's own header."""
        return self.message.header

    @property
    def report_type(self) -> str:
        """Return what a multipart/report reports (RFC 6522), or ""."""
        return self.message.parameters.get("report-type", "").lower()


def take_apart(message: Part, phrases: Phrases) -> Reading:
    """Return the message's own text, its reports, and what it carries."""
    plain: list[str] = []
    rich: list[Part] = []
    status: list[str] = []
    carried: list[Part] = []
    returned: list[Header] = []
    files: list[Part] = []
    for part in message.walk():
        if part.is_returned:
            carried += part.parts
            returned.append(part.parts[0].header if part.parts else Header())
        elif part.media_type in STATUS_TYPES:
            status.append(part.text)
        elif part.parts:
            continue
        elif part.is_attachment and part is not message:
            files.append(part)
        elif part.media_type == "text/html":
            rich.append(part)
        elif part.media_type == "text/plain" or part.is_broken:
            plain.append(part.text)
        else:
            files.append(part)
    text = "\n".join(plain)
    if not text.strip():
        attached = [one for one in files if one.media_type == "text/plain"]
        text = "\n".join(part.text for part in rich or attached)
    head, original = cut_original(text, phrases)
    if original:
        returned.append(read_header(original.lstrip("\n"))[0])
    return Reading(
        message=message,
        subject=message.header.text("subject"),
        sender=address_in(message.header.text("from")),
        text=text,
        head=head,
        status="\n\n".join(status),
        carried=tuple(carried),
        returned=tuple(returned),
        files=tuple(files),
    )


def cut_original(text: str, phrases: Phrases) -> tuple[str, str]:
    """Return what the mail system wrote, and the message it returns, or ""."""
    marks = phrases.words(Use.ORIGINAL)
    first = {one[:_FIRST] for one in (*marks, *_RETURNED_HEADER)}  # a quick test
    scanned = text[:_MAX_SCANNED]
    begin = 0
    while 0 <= begin < len(scanned):
        end = scanned.find("\n", begin)
        line = scanned[begin:end] if end >= 0 else scanned[begin:]
        bare = line.lstrip(_DECORATION)[:_LONGEST_MARK]
        lower = bare.lower() if bare.isascii() else fold(bare)
        if lower[:_FIRST] not in first:
            begin = end + 1 if end >= 0 else len(scanned)
            continue
        is_header = lower.startswith(_RETURNED_HEADER)
        if is_header or lower.startswith(marks):
            head = text[:begin]
            if not head.strip():
                # A report that shows the message first, and then what happened.
                return text[:MAX_HEAD], ""
            original = text[begin:] if is_header else text[begin + len(line) :]
            return head[:MAX_HEAD], original
        begin = end + 1 if end >= 0 else len(scanned)
    return text[:MAX_HEAD], ""


def enclosures(files: tuple[Part, ...]) -> tuple[Enclosure, ...]:
    """Return the first files of a message, decoded; together smaller than it is."""
    return tuple(
        Enclosure(part.file_name, part.media_type, content)
        for part in files[:MAX_ENCLOSURES]
        if (content := part.content)
    )
