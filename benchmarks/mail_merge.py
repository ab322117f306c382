"""
The letter as an `EmailMessage`, for the paths that are not ours.

Rendered with plain Jinja for each address, as a mail merge does it.
"""

from __future__ import annotations

from email.message import EmailMessage

import jinja2
from letter import HTML, SENDER, SUBJECT, TEXT

_text = jinja2.Environment(autoescape=False).from_string(TEXT)  # noqa: S701 - plain text
_html = jinja2.Environment(autoescape=True).from_string(HTML)


def compose(address: str) -> EmailMessage:
    """Return the letter to `address`."""
    context = {"salutation": "Spoštovani,", "organisation": {"name": address}}
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = address
    message["Subject"] = SUBJECT
    message.set_content(_text.render(context))
    message.add_alternative(_html.render(context), subtype="html")
    return message
