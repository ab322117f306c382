"""
Reports that real servers wrote about a test's letters: tests/golden/incoming.

`python tests/returns.py` lets them be written anew.  Postfix 3.7, Exim 4.96 and
OpenSMTPD 7.4 have written them, Dovecot 2.3 has put its fields on top, and their
dates were taken out; nothing else is changed.
"""

from __future__ import annotations

import re
from pathlib import Path

SAMPLES = Path(__file__).parent / "golden" / "incoming"
#: of the office that wrote the letters
KEY = bytes(range(32))

_DATES = (
    (
        rb"\w{3}, [ \d]\d \w{3} \d{4} [\d:]{8} [+-]\d{4}",
        b"Mon, 8 Apr 2019 07:05:00 +0000",
    ),
    (rb"\b20\d{12}\b", b"20190408070500"),  # in Postfix's Message-ID
    (rb"\b1[789]\d{8}\b", b"1554707100"),  # in boundaries
)


def keep(report: bytes, server: str) -> None:
    """Keep a report, but for the moment at which it was written."""
    for pattern, date in _DATES:
        report = re.sub(pattern, date, report)
    about = re.search(rb"Final-Recipient: rfc822; ?(\w+)@", report)
    action = re.search(rb"Action: (\w+)", report)
    assert about is not None
    assert action is not None
    name = f"{server}-{about[1].decode()}-{action[1].decode()}.eml"
    assert not (SAMPLES / name).exists(), f"{name} is there already"
    (SAMPLES / name).write_bytes(report)
