"""Whose objection a mail to our unsubscribe address is, and whose it is not."""

from __future__ import annotations

import pytest
from correspondents import (
    DOMAIN,
    KEY,
    KNOWN,
    OURS,
    REFERENCE,
    matched,
)
from incoming import TOWN, a_dsn, a_mail

from mailer import tokens
from mailer.model.incoming import Confidence, MatchedBy
from mailer.tokens import Purpose

UNSUBSCRIBE = f"{tokens.sign(KEY, Purpose.UNSUBSCRIBE, REFERENCE)}@{DOMAIN}"


@pytest.mark.parametrize("sender", [TOWN, "ana@zasebno.example"])
def test_our_unsubscribe_address_says_who_wants_no_more(sender):
    """Whoever writes to it has our letter."""
    found = matched(a_mail("", From=sender, To=UNSUBSCRIBE, Subject="unsubscribe"))

    assert (MatchedBy.TOKEN, Confidence.CERTAIN) == (found.by, found.confidence)
    assert ("043", "conference") == (found.organisation, found.campaign)
    assert (KNOWN,) == found.unsubscribed


@pytest.mark.parametrize(
    "raw",
    [
        a_dsn(to=UNSUBSCRIBE),
        a_mail("", To=UNSUBSCRIBE.replace("u-", "b-", 1)),
        a_mail("", To=OURS),
    ],
    ids=["report", "another purpose", "reverse path"],
)
def test_nothing_else_unsubscribes(raw):
    """Nor does a report to that address settle a delivery."""
    found = matched(raw)

    assert () == found.unsubscribed
    assert found.by is not MatchedBy.TOKEN or OURS.encode() in raw
