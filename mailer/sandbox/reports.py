"""
What the sandbox's relay took, and the reports it writes about it (RFC 3464).

Laid out as Postfix lays out its bounces, since that is what an office gets.
When a report is written, and what happened, is decided in
`mailer.sandbox.behaviours`.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message for which the relay took responsibility."""

    reverse_path: str
    forward_path: str
    data: bytes  #: as sent: dots unstuffed, CRLF line ends
    envid: str  #: decoded; "" if none was given (RFC 3461, section 4.4)
    notify: frozenset[str]  #: NOTIFY's keywords, upper case; empty if not given
    queue_id: str
    accepted_at: datetime  #: aware


class Action(Enum):
    """What became of a recipient (RFC 3464, section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"


@dataclass(frozen=True, slots=True)
class Fate:
    """What the next server did with a message that the relay had accepted."""

    action: Action
    status: str  #: RFC 3463
    diagnostic: str  #: the next server's reply, or why there was none

    def is_wanted_by(self, message: StoredMessage) -> bool:
        """Return whether the sender asked to hear of it (RFC 3461, section 4.1)."""
        keyword = {Action.FAILED: "FAILURE", Action.DELAYED: "DELAY"}[self.action]
        return not message.notify or keyword in message.notify


_SUBJECT = {
    Action.FAILED: "Undelivered Mail Returned to Sender",
    Action.DELAYED: "Delayed Mail (still being retried)",
}

_EXPLANATION = {
    Action.FAILED: "Your message could not be delivered to the address below.\r\n"
    "Nobody will try again.",
    Action.DELAYED: "THIS IS A WARNING ONLY: there is no need to send it again.\r\n"
    "Your message could not be delivered yet. It stays in the queue.",
}


def delivery_report(
    message: StoredMessage, fate: Fate, reporter: str, date: datetime
) -> bytes:
    """
    Return the DSN about `message`: RFC 5322 with CRLF, addressed to its reverse path.

    The same arguments always make the same bytes.

    Args:
        reporter: The relay's host name.
        date: When the report is written, aware.
    """
    boundary = f"{message.queue_id}.{date:%Y%m%d%H%M%S}/{reporter}"
    parts = (
        _part("Notification", "text/plain; charset=us-ascii", _words(message, fate)),
        _part(
            "Delivery report",
            "message/delivery-status",
            _status(message, fate, reporter),
        ),
        _part("Undelivered Message Headers", "text/rfc822-headers", _header(message)),
    )
    opening = f"--{boundary}\r\n".encode()
    return b"".join(
        (
            _head(message, fate, reporter, date, boundary).encode(),
            b"\r\nThis is a MIME-encapsulated message.\r\n\r\n",
            *(opening + part for part in parts),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _head(
    message: StoredMessage, fate: Fate, reporter: str, date: datetime, boundary: str
) -> str:
    number = f"{date:%Y%m%d%H%M%S}.{message.queue_id}"
    return (
        "Return-Path: <>\r\n"
        f"Date: {format_datetime(date)}\r\n"
        f"From: MAILER-DAEMON@{reporter} (Mail Delivery System)\r\n"
        f"Subject: {_SUBJECT[fate.action]}\r\n"
        f"To: {message.reverse_path}\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
        f'\tboundary="{boundary}"\r\n'
        f"Message-Id: <{number}@{reporter}>\r\n"
    )


def _part(description: str, content_type: str, content: bytes) -> bytes:
    head = f"Content-Description: {description}\r\nContent-Type: {content_type}\r\n"
    return head.encode() + b"\r\n" + content + b"\r\n"


def _words(message: StoredMessage, fate: Fate) -> bytes:
    return (
        f"{_EXPLANATION[fate.action]}\r\n\r\n"
        f"<{message.forward_path}>: {fate.diagnostic}\r\n"
    ).encode()


def _status(message: StoredMessage, fate: Fate, reporter: str) -> bytes:
    envid = f"Original-Envelope-Id: {message.envid}\r\n" if message.envid else ""
    domain = message.forward_path.rpartition("@")[2]
    kind = "smtp" if fate.diagnostic[:1].isdigit() else "X-Postfix"
    return (
        f"Reporting-MTA: dns; {reporter}\r\n"
        f"{envid}"
        f"X-Postfix-Queue-ID: {message.queue_id}\r\n"
        f"X-Postfix-Sender: rfc822; {message.reverse_path}\r\n"
        f"Arrival-Date: {format_datetime(message.accepted_at)}\r\n"
        "\r\n"
        f"Final-Recipient: rfc822; {message.forward_path}\r\n"
        f"Original-Recipient: rfc822;{message.forward_path}\r\n"
        f"Action: {fate.action.value}\r\n"
        f"Status: {fate.status}\r\n"
        f"Remote-MTA: dns; mx.{domain}\r\n"
        f"Diagnostic-Code: {kind}; {fate.diagnostic}\r\n"
    ).encode()


def _header(message: StoredMessage) -> bytes:
    """Return the message's header, as it came."""
    return message.data.partition(b"\r\n\r\n")[0].removesuffix(b"\r\n") + b"\r\n"
