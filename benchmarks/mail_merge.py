"""
The letter as a mail merge makes it, for the paths that are not ours.

Rendered with plain Jinja for each address, and built as an `EmailMessage`.
"""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import jinja2
from letter import HTML, SENDER, SUBJECT, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

_text = jinja2.Environment(autoescape=False).from_string(TEXT)  # noqa: S701 - plain text
_html = jinja2.Environment(autoescape=True).from_string(HTML)


def render(address: str) -> tuple[str, str]:
    """Return the letter to `address` as text and as HTML."""
    context = {"salutation": "Spoštovani,", "organisation": {"name": address}}
    return _text.render(context), _html.render(context)


def compose(address: str, attachments: Mapping[str, bytes]) -> EmailMessage:
    """Return the letter to `address` as a message."""
    text, html = render(address)
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = address
    message["Subject"] = SUBJECT
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    for name, content in attachments.items():
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return message
