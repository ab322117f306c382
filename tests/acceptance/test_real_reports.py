"""
A18: what real servers report about our letters, collected from a real mailbox.

Postfix, Exim and OpenSMTPD each hand letters on to a host that refuses, puts off
or takes them, give up after seconds, and write to our reverse path.  Dovecot keeps
that mail, and the office fetches it over IMAP.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from returns import SERVERS, a_post
from servers import why_missing

from mailer.model.delivery import DeliveryState as S

if TYPE_CHECKING:
    from commands import Said
    from returns import Post

    from mailer.operations.collect_mail import CollectSummary

#: where each letter stands when the first reports are in, and at the end
FIRST = {
    "gone@kraj.example": S.BOUNCED,
    "full@kraj.example": S.BOUNCED,
    "over@kraj.example": S.DELAYED,
    "later@kraj.example": S.DELAYED,
    "late@kraj.example": S.DELAYED,
    "asked@kraj.example": S.DELIVERED,
    "town@kraj.example": S.ACCEPTED,
    "office@nowhere.invalid": S.BOUNCED,
}
LAST = FIRST | {"over@kraj.example": S.BOUNCED, "later@kraj.example": S.BOUNCED}

#: what each bounce and each delay is, and why
REPORTS = [
    ("gone@kraj.example", "bounce-hard", "userunknown"),
    ("full@kraj.example", "bounce-soft", "mailboxfull"),
    ("office@nowhere.invalid", "bounce-hard", "hostunknown"),
    ("over@kraj.example", "delayed", "mailboxfull"),
    ("later@kraj.example", "delayed", "userunknown"),
    ("late@kraj.example", "delayed", "filtered"),
]
#: and once the server has given up: OpenSMTPD says "Envelope expired" and no more,
#: the others repeat what the next host has said; it was transient, so nobody is dead
LAST_REPORTS = {
    name: [
        ("over@kraj.example", "bounce-soft", over),
        ("later@kraj.example", "bounce-soft", later),
    ]
    for name, over, later in (
        ("postfix", "mailboxfull", "userunknown"),
        ("exim", "mailboxfull", "userunknown"),
        ("opensmtpd", "expired", "expired"),
    )
}


@dataclass(frozen=True)
class Looks:
    """What a user sees after the first reports, and after the last."""

    name: str  #: of the server
    first: CollectSummary
    delayed: dict[str, S]  #: address → where its letter stood then
    fetched: Said
    settled: dict[str, S]
    bounces: list[dict[str, Any]]
    suppressed: list[tuple[str, str]]
    counts: dict[str, int]


@pytest.fixture(scope="module")
def all_looks(tmp_path_factory):
    """Let all servers that are there work at the same time: they wait for long."""
    with contextlib.ExitStack() as running, ThreadPoolExecutor() as pool:
        posts = [
            running.enter_context(a_post(tmp_path_factory.mktemp(name), name))
            for name in SERVERS
            if not why_missing(name)
        ]
        first = [pool.submit(look, post) for post in posts]
        return {
            post.name: look_again(post, *one.result())
            for post, one in zip(posts, first, strict=True)
        }


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.server(name)) for name in SERVERS]
)
def looks(request, all_looks):
    """Return what was seen with one server."""
    return all_looks[request.param]


def look(post: Post) -> tuple[CollectSummary, dict[str, S]]:
    """Send to everybody, look when the delays are known, wait until all is over."""
    post.send()
    post.wait_for_the_first()
    seen = post.collect()
    post.wait_for_the_last()
    return seen


def look_again(post: Post, first: CollectSummary, delayed: dict[str, S]) -> Looks:
    """Look when all is over, and ask for what it came to."""
    fetched = post.fetch()
    report = post.shown("report", "conference", "--format", "json")
    suppressed = post.shown("suppress", "list", "--json")["suppressed"]
    return Looks(
        post.name,
        first,
        delayed,
        fetched,
        post.collect()[1],
        post.shown("bounces", "list", "--json")["bounces"],
        [(one["address"], one["reason"]) for one in suppressed],
        {state: n for state, n in report["opening"]["counts"].items() if n},
    )


@pytest.mark.server("dovecot")
class TestReports:
    """One office, one relay, one mailbox, and every fate that a letter may have."""

    def test_a_delay_is_no_bounce(self, looks):
        """Who has been put off is delayed, and nothing else, as long as that is so."""
        assert FIRST == looks.delayed

    def test_each_report_settles_its_letter(self, looks):
        """In the end each letter is where its own reports say; the silent ones too."""
        assert LAST == looks.settled
        assert {"accepted": 1, "delivered": 1, "delayed": 1, "bounced": 5} == (
            looks.counts
        )

    def test_the_reports_say_why(self, looks):
        """Each bounce is listed with its address, its kind and its reason."""
        assert sorted(REPORTS + LAST_REPORTS[looks.name]) == sorted(
            (one["address"], one["kind"], one["reason"]) for one in looks.bounces
        )
        assert {"token"} == {one["matched_by"] for one in looks.bounces}

    def test_the_dead_are_written_to_no_more(self, looks):
        """A full mailbox is not dead, nor is one that could not be reached for long."""
        assert [
            ("gone@kraj.example", "hard_bounce"),
            ("office@nowhere.invalid", "hard_bounce"),
        ] == sorted(looks.suppressed)

    def test_nothing_waits_for_a_person(self, looks):
        """All is understood, and what was fetched once is not fetched again."""
        assert (7, 0) == (looks.first.kinds.total(), looks.first.to_review)
        assert "2 new messages: 2 bounce-soft; 0 to review" in looks.fetched.text
