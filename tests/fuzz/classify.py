"""
Fuzz the classifier of incoming mail, led by the code that is reached.

    pip install atheris
    python tests/fuzz/classify.py -max_total_time=600 FOLDER tests/golden/incoming

FOLDER keeps what was found worth mutating, for the next time; a mail that
raises, takes more than a second of CPU, or means something else with CRLF is written
to the folder one is in.  A short form of it, without atheris, is run with the
tests: `tests/core/inbox/test_mutated_mail.py`.
"""

from __future__ import annotations

import sys
import time

import atheris

with atheris.instrument_imports(include=["mailer.inbox"]):
    from mailer.inbox.classify import classify

LONGEST_S = 1.0


def same_with_any_line_end(raw: bytes) -> None:
    """Classify a mail with LF and with CRLF, and compare."""
    lines = raw.replace(b"\r", b"")
    if classify(lines) != classify(lines.replace(b"\n", b"\r\n")):
        raise AssertionError("CRLF changes the classification")
    began = time.process_time()
    classify(raw)
    if time.process_time() - began > LONGEST_S:
        raise AssertionError("too slow")


if __name__ == "__main__":
    atheris.Setup(sys.argv, same_with_any_line_end)
    atheris.Fuzz()
