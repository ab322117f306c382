"""D08: reports of Postfix, Exim and OpenSMTPD, one for each fate of a letter."""

from __future__ import annotations

import pytest
from samples import KEY, SAMPLES

from mailer import tokens
from mailer.inbox.classify import classify
from mailer.tokens import Purpose

#: sample (server, recipient, what became of it), kind, status, reply, reason
EXPECTED = """
exim-asked-delivered       delivered    2.0.0  250  delivered
exim-full-failed           bounce-soft  5.2.2  552  mailboxfull
exim-gone-failed           bounce-hard  5.1.1  550  userunknown
exim-late-delayed          delayed      4.2.0  450  filtered
exim-later-delayed         delayed      4.2.0  450  userunknown
exim-later-failed          bounce-soft  4.2.0  450  userunknown
exim-office-failed         bounce-hard  5.0.0  -    hostunknown
exim-over-delayed          delayed      4.2.2  452  mailboxfull
exim-over-failed           bounce-soft  4.2.2  452  mailboxfull
opensmtpd-asked-relayed    delivered    2.0.0  -    delivered
opensmtpd-full-failed      bounce-soft  5.2.2  552  mailboxfull
opensmtpd-gone-failed      bounce-hard  5.1.1  550  userunknown
opensmtpd-late-delayed     delayed      4.2.0  450  filtered
opensmtpd-later-delayed    delayed      4.2.0  450  userunknown
opensmtpd-later-failed     bounce-soft  5.4.7  -    expired
opensmtpd-office-failed    bounce-hard  5.0.0  -    hostunknown
opensmtpd-over-delayed     delayed      4.2.2  452  mailboxfull
opensmtpd-over-failed      bounce-soft  5.4.7  -    expired
postfix-asked-relayed      delivered    2.0.0  250  delivered
postfix-full-failed        bounce-soft  5.2.2  552  mailboxfull
postfix-gone-failed        bounce-hard  5.1.1  550  userunknown
postfix-late-delayed       delayed      4.2.0  450  filtered
postfix-later-delayed      delayed      4.2.0  450  userunknown
postfix-later-failed       bounce-soft  4.2.0  450  userunknown
postfix-office-failed      bounce-hard  5.4.4  -    hostunknown
postfix-over-delayed       delayed      4.2.2  452  mailboxfull
postfix-over-failed        bounce-soft  4.2.2  452  mailboxfull
"""
ROWS = [row.split() for row in EXPECTED.split("\n") if row]


def test_each_sample_is_expected():
    """A sample that no row speaks of would be tested by nothing."""
    assert [row[0] for row in ROWS] == sorted(path.stem for path in SAMPLES.iterdir())


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    ("name", "kind", "status", "reply", "reason"), ROWS, ids=[row[0] for row in ROWS]
)
def test_a_report_is_understood(name, kind, status, reply, reason, line_end):
    """What it is, about whom, why, and by which of our own signs it came back."""
    raw = (SAMPLES / f"{name}.eml").read_bytes().replace(b"\n", line_end)
    found = classify(raw)
    local_part = name.split("-")[1]
    domain = "nowhere.invalid" if local_part == "office" else "kraj.example"
    address = f"{local_part}@{domain}"

    assert (kind, (address,)) == (found.kind.value, found.recipients)
    assert (status, reply) == (found.status, str(found.reply_code or "-"))
    assert reason == found.reason
    assert {tokens.reference(KEY, "conference", "invitation", address)} == {
        reference
        for one in found.addressed_to
        if (reference := tokens.read(KEY, Purpose.REVERSE_PATH, one))
    }
