"""
Let only https and mailto links out of a template.

Escaping does not help against `javascript:`, so each link that comes from data
passes the filter `url`, and an HTML template where one does not is refused.
"""

from __future__ import annotations

import re

from jinja2.exceptions import TemplateRuntimeError, TemplateSyntaxError

from mailer.rendering import stylesheet

_LINK = re.compile(r"(https://|mailto:)[^\s<>\"'\\]+")
_ATTRIBUTE = re.compile(r'\b(?:href|src|action)\s*=\s*("[^"]*"|[^\s>]+)', re.IGNORECASE)
_FILTERED = re.compile(r"\{\{[^{}]*\|\s*url\s*\}\}")


def url(address: object) -> str:
    """
    Return `address` if it is an https or mailto link.

    Raises:
        TemplateRuntimeError: It is another kind of link, or none.
    """
    if not isinstance(address, str) or not _LINK.fullmatch(address):
        raise TemplateRuntimeError(f"'{address}' is no https or mailto link")
    return address


def check_links(name: str, source: str) -> None:
    """
    Do nothing if each link in an HTML template is written out or filtered.

    Raises:
        TemplateSyntaxError: One is neither https, mailto or an anchor as it
            stands, nor begins with an expression that ends in `| url }}`.
    """
    for attribute in _ATTRIBUTE.finditer(stylesheet.mask(source)):
        value = source[attribute.start(1) : attribute.end(1)].strip('"')
        if not value.startswith(("https://", "mailto:", "#")) and not _FILTERED.match(
            value
        ):
            written = source[attribute.start() : attribute.end()]
            raise TemplateSyntaxError(
                f"{written} may become any link; end the expression with | url",
                source.count("\n", 0, attribute.start()) + 1,
                name,
            )
