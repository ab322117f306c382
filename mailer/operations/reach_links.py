"""
Ask each link whether anything answers there; only on request.

A page that is not there blocks; one that wants a login, or does not answer
just now, is for a person to look at.
"""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SECONDS = 10
_AT_ONCE = 8
_GONE = (404, 410)  # RFC 9110, sections 15.5.5 and 15.5.11
_NOT_ALLOWED = (405, 501)  # there are servers that know no HEAD
_BROWSER = {"User-Agent": "Mozilla/5.0 (compatible; mailer check)"}
#: what cannot be in a link is escaped, what is escaped stays
_KEPT = "%/:?#[]@!$&'()*+,;=~"


def reach_links(campaign: str, links: Mapping[str, str]) -> list[Problem]:
    """
    Return what is wrong with the pages that links lead to.

    Args:
        campaign: Its name, for the places.
        links: Link → where it stands, "invitation.txt".
    """
    asked = [link for link in links if urlsplit(link).scheme in ("http", "https")]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(_ask, asked)
        return [
            Problem(f"{campaign}/{links[link]}", f"'{link}' {cause}", hint, severity)
            for link, answer in zip(asked, answers, strict=True)
            for cause, hint, severity in answer
        ]


def _ask(link: str) -> Iterable[tuple[str, str, Severity]]:
    try:
        status = _status(link, "HEAD")
        if status in _NOT_ALLOWED:
            status = _status(link, "GET")
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        cause, hint = f"does not answer: {reason}", "open it in a browser"
        return [(cause, hint, Severity.WARNS)]
    if status in _GONE:
        cause, hint = f"leads to no page ({status})", "correct the link"
        return [(cause, hint, Severity.BLOCKS)]
    if status >= http.client.BAD_REQUEST:
        cause, hint = f"is answered with {status}", "open it in a browser"
        return [(cause, hint, Severity.WARNS)]
    return []


def _status(link: str, method: str) -> int:
    """Return the status of a page, after all redirections."""
    request = Request(quote(link, safe=_KEPT), headers=_BROWSER, method=method)  # noqa: S310 - http or https
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
