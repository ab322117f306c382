"""
What `make bench` measures: tables of runs.

The runs of a table take turns, so that a busy minute of the machine falls on
all of them alike, and the first that can be had is what the others are
compared with.  Counts differ where speeds do: each run takes some seconds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One path and how much of it."""

    path: str  #: the module
    count: int  #: messages or rows
    connections: int = 1
    signs: str = ""  #: "rsa" or "ed25519"


@dataclass(frozen=True, slots=True)
class Table:
    """Runs that are compared with each other."""

    name: str
    runs: tuple[Run, ...]
    rounds: int = 3
    unit: str = "messages"
    has_attachments: bool = False
    is_slow_disk: bool = False  #: each flush takes 5 ms
    round_trip_s: float = 0  #: of the way to the server; runs are compared with 1/RTT


_SENDERS = (
    Table(
        "senders",
        (
            Run("with_nodemailer", 20_000, 10),  # fewer are a warm-up only
            Run("with_smtplib", 1_000),
            Run("with_aiosmtplib", 1_000, 10),
            Run("with_naive", 500),
            Run("with_django", 2_000),
            Run("with_smtp_source", 20_000, 10),
            Run("with_mailer", 10_000),
            Run("with_mailer", 20_000, 10),
        ),
    ),
    Table(
        "senders that sign",
        (
            Run("with_nodemailer", 5_000, 10, "rsa"),
            Run("with_mailer", 10_000, 10, "rsa"),
            Run("with_mailer", 10_000, 10, "ed25519"),
        ),
    ),
    Table(
        "senders with a slow disk",
        (
            Run("with_naive", 100),
            Run("with_mailer", 5_000, 10),
            Run("with_mailer", 5_000, 50),
        ),
        rounds=1,
        is_slow_disk=True,
    ),
    Table(
        "senders with 1 MB attached",
        (
            Run("with_nodemailer", 200, 10),
            Run("with_smtplib", 30),
            Run("with_aiosmtplib", 30, 10),
            Run("with_django", 30),
            Run("with_smtp_source", 500, 10),
            Run("with_mailer", 500, 10),
        ),
        has_attachments=True,
    ),
)


def tables(*, is_long: bool) -> tuple[Table, ...]:
    """Return all tables; the long ones take up to hours."""
    sizes = (1_000, 10_000, 100_000, 1_000_000) if is_long else (1_000, 10_000)
    mailboxes = (1_000, 10_000, 100_000) if is_long else (1_000, 10_000)
    rows = 1_000_000 if is_long else 100_000
    return (
        *_SENDERS,
        _distant(0.02, 30),
        _distant(0.1, 6),
        Table(
            "growth", tuple(Run("with_mailer", size, 10) for size in sizes), rounds=1
        ),
        Table(
            "import",
            (
                Run("import_orm", rows),
                Run("import_mailer", rows),
                Run("import_reading", rows),
            ),
            rounds=1,
            unit="rows",
        ),
        Table(
            "mailbox",
            tuple(Run("mail_taken", size) for size in mailboxes),
            rounds=1,
        ),
        Table(
            "classifying",
            (Run("classify_flufl", 3_000), Run("classify_mailer", 6_000)),
        ),
    )


def _distant(round_trip_s: float, count: int) -> Table:
    peers = ("with_nodemailer", "with_smtplib", "with_aiosmtplib", "with_django")
    return Table(
        f"{1000 * round_trip_s:.0f} ms away",
        # Ours more: where messages overlap, the first and last weigh less in many.
        (*(Run(path, count) for path in peers), Run("with_mailer", 10 * count)),
        rounds=1,
        round_trip_s=round_trip_s,
    )
