"""
Mail that was damaged at random: some seconds of fuzzing, the same every time.

What is mutated are the golden reports and the invented ones of families.txt.
The long form, led by the code that is reached, is `tests/fuzz/classify.py`.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from mailer.inbox.classify import classify

HERE = Path(__file__).parent
GOLDEN = HERE.parents[1] / "golden" / "incoming"
SEEDS = [
    *(path.read_bytes() for path in sorted(GOLDEN.glob("*.eml"))),
    *(
        section.partition("\n")[2].encode()
        for section in (HERE / "families.txt").read_text("utf-8").split("\n=== ")[1:]
    ),
]
MAILS = 100  #: for each of the seeds of chance
LONGEST_S = 1.0  #: CPU seconds for one mail
PIECES = [
    b"\n",
    b"\n\n",
    b"\n ",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc5",
    b"<",
    b"@",
    b"(",
    b'"',
    b"--b",
    b"=?utf-8?B?",
    b"550 5.1.1 ",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: text/html; charset=utf-7\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%C5\n",
    b"Final-Recipient: rfc822; zupan@kamnica.example\nAction: failed\n",
    b'{"notificationType":"Bounce","bounce":',
    b"<blockquote>",
    b"----- Original message -----\n",
]


def damaged(chance, raw):
    """Return `raw` with bytes changed, cut out, repeated, exchanged and put in."""
    mail = bytearray(raw)
    for _ in range(chance.choice([1, 2, 4, 16])):
        begin = chance.randrange(len(mail) + 1)
        end = min(len(mail), begin + chance.choice([1, 10, 100, 1000]))
        match chance.randrange(5):
            case 0:
                mail[begin:end] = chance.randbytes(end - begin)
            case 1:
                del mail[begin:end]
            case 2:
                mail[begin:begin] = mail[begin:end] * chance.choice([1, 30])
            case 3:
                mail[begin:begin] = chance.choice(PIECES) * chance.choice([1, 1, 300])
            case _:
                other = chance.choice(SEEDS)
                place = chance.randrange(len(other))
                mail[begin:end] = other[place : place + 500]
    return bytes(mail)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_mail_has_a_classification_soon(seed):
    """Nothing raises, nothing is slow, and line ends make no difference."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(MAILS):
        raw = damaged(chance, chance.choice(SEEDS)).replace(b"\r", b"")
        began = time.process_time()
        found = classify(raw)

        assert time.process_time() - began < LONGEST_S, raw
        assert found == classify(raw.replace(b"\n", b"\r\n")), raw
