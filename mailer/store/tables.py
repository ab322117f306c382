"""
The tables, and how the ledger's promises are written into them.

`UNIQUE(campaign, step, recipient)` keeps "at most once"; the unique digest of
an incoming message keeps "the same message twice changes nothing".
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

#: of everything below; an office's database says which one it has
SCHEMA_VERSION = 1

metadata = MetaData()

#: a row as a SELECT gives it; its columns are read by name
AnyRow = Row[*tuple[Any, ...]]


def as_text(instant: datetime) -> str:
    """Return the text of an `Instant`; a naive datetime is our own bug."""
    if instant.tzinfo is None:
        raise AssertionError(f"naive datetime: {instant}")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds")


#: the rows of a batch share most of theirs
_instant = lru_cache(1024)(datetime.fromisoformat)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as UTC text of fixed width, so that order is time's order."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Compare octets, not letters: a server has an order of its own for those."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(32, collation=collation))

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> str | None:
        """Return the text that is stored."""
        return None if value is None else as_text(value)

    def process_result_value(
        self,
        value: Any | None,  # noqa: ANN401 - whatever the driver gives
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> datetime | None:
        """Return the instant that was stored."""
        return None if value is None else _instant(value)


#: SQLite counts in INTEGER only; a server's counter also moves for rows it refused
_ID = BigInteger().with_variant(Integer(), "sqlite")


recipient_list = Table(
    "recipient_list",
    metadata,
    Column("name", String, primary_key=True),
    Column("source", String, nullable=False),  # the file it was read from
    Column("imported_at", Instant, nullable=False),
    Column("row_count", Integer, nullable=False),
)

organisation = Table(
    "organisation",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("official_name", String, nullable=False),
    Column("is_urban", Boolean, nullable=False),
    Column("region", String, nullable=False),
    Column("co_official_language", String, nullable=False),
    Column("co_official_name", String, nullable=False),
    # rows with it are asked for without doubles: the text of JSON has no "="
    Column("aliases", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
)

recipient = Table(
    "recipient",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("list", ForeignKey("recipient_list.name"), nullable=False),
    Column("organisation", ForeignKey("organisation.code"), nullable=False),
    Column("address", String, nullable=False),
    Column("address_key", String, nullable=False),
    Column("role", String, nullable=False),
    Column("gender", String, nullable=False),
    Column("surname", String, nullable=False),
    Column("language", String, nullable=False),
    Column("is_listed", Boolean, nullable=False),  # false: gone from the last import
    UniqueConstraint("address_key", "list"),  # addresses are asked for in every list
)

campaign = Table(
    "campaign",
    metadata,
    Column("name", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("fingerprint", String, nullable=False),  # what was approved
    Column("approved_by", String),
    Column("approved_at", Instant),
    Column("approved_count", Integer),
    Column("started_at", Instant),
    Column("pause_reason", Text, nullable=False, default=""),
    Column("content", String, nullable=False, default=""),  # what the letters say
    Column("canary", Integer),  # attempts before the pause for a look
)

# The one folder that may send from here (`store.instance`).
instance = Table(
    "instance",
    metadata,
    Column("identity", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("path", String, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("since", Instant, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("campaign", ForeignKey("campaign.name"), nullable=False),
    Column("step", String, nullable=False),
    Column("recipient", ForeignKey("recipient.id"), nullable=False),
    Column("reference", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("next_try_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("first_begun_at", Instant),  # the Date: of every attempt
    # of the attempt under way
    Column("begun_at", Instant),  # first mark
    Column("on_the_wire_at", Instant),  # second mark
    Column("digest", String),
    Column("lease_owner", String),
    Column("lease_until", Instant),
    Column("changed_at", Instant, nullable=False),
    Column("last_exchange", Text, nullable=False, default=""),
    Column("evidence", Text, nullable=False, default=""),
    UniqueConstraint("campaign", "step", "recipient"),
    # A row leaves these two as it goes its way: most rows are in neither.
    Index(
        "delivery_due",
        "campaign",
        "next_try_at",
        "id",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    Index(
        "delivery_begun",
        "campaign",
        sqlite_where=text("state = 'begun'"),
        postgresql_where=text("state = 'begun'"),
    ),
    Index("delivery_of_recipient", "recipient", "campaign"),
)

#: written out: an index over some rows is used where the statement names the same
is_planned = delivery.c.state == literal_column("'planned'")
is_begun = delivery.c.state == literal_column("'begun'")

# Written when it has ended, and never changed.
attempt = Table(
    "attempt",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("delivery", ForeignKey("delivery.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("on_the_wire_at", Instant),
    Column("finished_at", Instant, nullable=False),
    Column("digest", String),  # SHA-256 of the message's bytes, if they were out
    Column("outcome", String),  # NULL: the program ended before it knew
    Column("stage", String),
    Column("exchange", Text, nullable=False),  # the relay's words
    UniqueConstraint("delivery", "number"),
)

incoming = Table(
    "incoming",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("digest", String, nullable=False, unique=True),  # `store.inbox.digest_of`
    Column("source_key", String, nullable=False),  # where it was seen first
    Column("stored_at", Instant, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("kind", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("recipients", JSON, nullable=False),  # those a report names
    Column("status", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("matched_by", String, nullable=False),
    Column("delivery", ForeignKey("delivery.id"), index=True),
    Column("campaign", String, index=True),
    Column("organisation", String, index=True),
    Column("review", String, nullable=False, index=True),
    # what staff may accept (`model.incoming.Suggestion`)
    Column("suggestion", JSON(none_as_null=True)),
)

# Every message that a mailbox has shown and whose bytes we have: a second copy of
# the same bytes has another name there, and need not be read again.
taken = Table(
    "taken",
    metadata,
    Column("source_key", String, primary_key=True),
    Column("incoming", ForeignKey("incoming.id"), nullable=False),
)

# Mailboxes whose messages have numbers: nothing up to this one is left to take.
settled = Table(
    "settled",
    metadata,
    Column("series", String, primary_key=True),
    Column("up_to", BigInteger, nullable=False),
)

# When the office's mailbox was last read to its end: one row.
heard = Table(
    "heard",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("until", Instant, nullable=False),
)

response = Table(
    "response",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("campaign", ForeignKey("campaign.name"), nullable=False),
    Column("organisation", ForeignKey("organisation.code"), nullable=False),
    Column("kind", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("recorded_by", String, nullable=False),
    Column("details", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("incoming", ForeignKey("incoming.id")),
    # importing the same registration list twice changes nothing
    Column("dedupe_key", String, unique=True),
    # Nothing is deleted: a row that withdraws another says so, and is no answer.
    Column("withdraws", ForeignKey("response.id"), unique=True),
    Index("response_of_organisation", "campaign", "organisation", "id"),
)

# Who wants no more reminders, in one campaign.
objection = Table(
    "objection",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("campaign", ForeignKey("campaign.name"), nullable=False),
    Column("organisation", ForeignKey("organisation.code"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("recorded_by", String, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("incoming", ForeignKey("incoming.id"), index=True),
    # Nothing is deleted: a mistake of ours says when it was found, and by whom.
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", String, nullable=False, default=""),
    # The second mark asks for it; and to object twice is to object once.
    Index(
        "objection_in_force",
        "campaign",
        "organisation",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)

suppression = Table(
    "suppression",
    metadata,
    Column("address_key", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("evidence", Text, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("action", String, nullable=False),  # "import", "approve", "pause", …
    Column("object", String, nullable=False),  # the campaign, list or delivery
    Column("detail", Text, nullable=False),
)
