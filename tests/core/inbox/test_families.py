"""Every mail system whose reports are known: who failed, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.inbox.classify import classify


def families():
    """Yield each section of families.txt."""
    text = Path(__file__).with_name("families.txt").read_text("utf-8")
    for section in text.split("\n=== ")[1:]:
        head, _, message = section.partition("\n")
        name, kind, reason, recipients, _ = (one.strip() for one in head.split(" | "))
        expected = (kind, reason, tuple(recipients.split(",")))
        yield pytest.param(message.encode(), expected, id=name)


@pytest.mark.parametrize(("raw", "expected"), list(families()))
def test_a_report_is_read(raw, expected):
    """Kind, reason and recipients are those that the report names."""
    found = classify(raw)
    kind, reason, recipients = expected

    assert (kind, recipients) == (found.kind.value, found.recipients)
    assert reason in ("*", found.reason)
    assert found == classify(raw.replace(b"\n", b"\r\n"))
