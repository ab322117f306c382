"""
Look at a link without following it: scheme, host, spaces.

Whether somebody answers there is asked in `operations.reach_links`, on request.
"""

from __future__ import annotations

import html
import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_TEXT = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s<>\"']*", re.IGNORECASE)
_IN_HTML = re.compile(
    r"""\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
#: what ends a sentence and not the link before it
_AFTER = ".,;:!?)]»«"
#: names that only an office's own network knows (RFC 6761, 6762, 8375)
_PRIVATE = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")
#: names that nobody has (RFC 2606)
_RESERVED = ("example", "test", "invalid")

_CORRECT = "correct the link"


def links_in_text(text: str) -> list[str]:
    """Return the links that are written out in a text, in their order."""
    if "://" not in text:
        return []
    return [found.group().rstrip(_AFTER) for found in _IN_TEXT.finditer(text)]


def links_in_html(markup: str) -> list[str]:
    """Return where the links and pictures of an HTML part lead."""
    return [
        html.unescape(found.group(1) or found.group(2) or "")
        for found in _IN_HTML.finditer(markup)
    ]


def look_at_link(place: str, link: str, *, is_live: bool) -> Iterator[Problem]:
    """
    Yield what is wrong with a link.

    Args:
        place: Where it stands.
        link: As it is written.
        is_live: The office writes to real people: reserved domains will not do.
    """
    for cause, next_step, severity in _faults(link, is_live):
        yield Problem(place, cause, next_step, severity)


@lru_cache(maxsize=1 << 10)  # most links are the same for everybody
def _faults(link: str, is_live: bool) -> tuple[tuple[str, str, Severity], ...]:  # noqa: FBT001
    return tuple(_look(link, is_live=is_live))


def _look(link: str, *, is_live: bool) -> Iterator[tuple[str, str, Severity]]:
    blocks = Severity.BLOCKS
    bare = link.strip()
    if bare in ("", "#"):
        yield f"the link '{link}' leads nowhere", "write the address", blocks
        return
    if bare.startswith("#"):
        return
    if re.search(r"\s", link):
        yield f"the link '{link}' has a space in it", "write %20 for it", blocks
    found = _SCHEME.match(bare)
    scheme = found.group(1).lower() if found else ""
    if scheme == "mailto":
        if "@" not in bare:
            yield f"'{bare}' writes to nobody", _CORRECT, blocks
    elif scheme in ("tel", "cid"):
        return
    elif scheme != "https":
        yield f"'{bare}' is no https link", "use https://", blocks
        if scheme == "http":
            yield from _look_at_host(bare, is_live=is_live)
    else:
        yield from _look_at_host(bare, is_live=is_live)


def _look_at_host(link: str, *, is_live: bool) -> Iterator[tuple[str, str, Severity]]:
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port  # raises where it is no number
    except ValueError:
        yield f"'{link}' is no link", _CORRECT, Severity.BLOCKS
        return
    if not host:
        yield f"the link '{link}' leads nowhere", "write the address", Severity.BLOCKS
        return
    if parts.username is not None:
        cause = f"'{link}' carries a name or a password"
        yield cause, "leave out what stands before the @", Severity.BLOCKS
    if _is_private(host):
        cause = f"'{link}' is reachable from inside one network only"
        yield cause, "use the public address", Severity.BLOCKS
    elif is_live and host.rpartition(".")[2] in _RESERVED:
        cause = f"'{link}' is in a domain that nobody can have (RFC 2606)"
        yield cause, "write the real address", Severity.BLOCKS


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(tuple(f".{one}" for one in _PRIVATE))
