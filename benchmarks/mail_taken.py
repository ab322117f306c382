"""
Our intake: everything that lies in a Maildir is understood, stored and marked.

The messages are those that a mail-out brings back: replies with a number,
bounces and plain letters, each a little different.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import an_office

from mailer.operations.collect_mail import collect_mail
from mailer.operations.office import open_office
from mailer.operations.open_mailbox import open_mailbox
from mailer.sandbox.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task

REPLY = """\
From: tajnistvo@obcina{number}.example
To: pisarna@posiljatelj.example
Subject: Odg: Merjenje
Message-ID: <{number}@obcina{number}.example>
In-Reply-To: <{number:a>16}@posiljatelj.example>
Content-Type: text/plain; charset=utf-8

Spoštovani, {number}. občina se bo udeležila.

> Spoštovani,
> vabimo vas na merjenje.
"""

BOUNCE = """\
From: MAILER-DAEMON@posta{number}.example (Mail Delivery System)
To: {number:a>16}@posiljatelj.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is the mail system at host posta{number}.example.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; posta{number}.example

Final-Recipient: rfc822; obcina@obcina{number}.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: text/rfc822-headers

From: pisarna@posiljatelj.example
To: obcina@obcina{number}.example
Subject: Merjenje

--b--
"""


def prepare(task: Task, folder: Path) -> Callable[[], None]:
    """Return the look into a mailbox that is full."""
    an_office.make(folder, task.connections)
    new = folder / "mail" / "office" / "new"
    if not new.is_dir():
        for name in ("new", "cur", "tmp"):
            (new.parent / name).mkdir(parents=True)
    for number in range(task.count):
        text = (REPLY, BOUNCE)[number % 2].format(number=number)
        (new / f"{1_554_000_000 + number}.a.bench").write_text(text, "utf-8")

    def take() -> None:
        with (
            open_office(folder, VirtualClock(an_office.START)) as office,
            open_mailbox(office) as source,
        ):
            found = collect_mail(office, source, {})
        if found.kinds.total() != task.count:
            raise AssertionError(f"{found.kinds.total()} of {task.count} taken")

    return take
