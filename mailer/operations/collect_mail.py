"""
Take what came back: understand it, store it, let it have its consequence.

Storing and consequence are one transaction, for a group of messages at a time;
the source is marked only after it.  A crash in between means that messages are
read again, and their digests show that we have them.
"""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import ExitCode, MailboxError, Problem, Severity
from mailer.model.incoming import ReviewState
from mailer.operations.conclude import carry_out, conclude
from mailer.operations.load_phrases import load_phrases
from mailer.operations.look_up import Rules
from mailer.operations.understand import a_reader
from mailer.store import inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from mailer.mailboxes.source import Source
    from mailer.mailboxes.stored import SourceMessage
    from mailer.model.campaign import Campaign
    from mailer.model.incoming import IncomingKind
    from mailer.operations.office import Office
    from mailer.operations.understand import Reader, Understood


#: messages that share a transaction, so that the disk is not waited for at each;
#: and bytes, which are in memory at a time
MAX_GROUP = 100
MAX_GROUP_BYTES = 8 * 1024 * 1024
#: of what could not be read; there may be a million
MOST_NAMED = 5


@dataclass(slots=True)
class CollectSummary:
    """What one look into the mailbox brought."""

    kinds: Counter[IncomingKind] = field(default_factory=Counter)
    known_already: int = 0
    to_review: int = 0
    problems: tuple[Problem, ...] = ()  #: what cannot be read, or not be marked
    is_complete: bool = True  #: nothing lies there that could not be read
    exit_code: ExitCode = ExitCode.DONE  #: what that means for a script


class StoreMemory:
    """Tells a mailbox what of it is stored."""

    def __init__(self, office: Office) -> None:
        self._database = office.database

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return which of these messages we have."""
        with self._database.read() as connection:
            return inbox.known_keys(connection, keys)

    def settled(self, series: str) -> int:
        """Return up to which number of a series nothing is left to take, or 0."""
        with self._database.read() as connection:
            return inbox.settled_up_to(connection, series)


def collect_mail(
    office: Office,
    source: Source,
    campaigns: Mapping[str, Campaign],
    *,
    reader: Reader | None = None,
    on_taken: Callable[[int], object] = lambda _count: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> CollectSummary:
    """
    Take every message that `source` has.

    Args:
        office: The office.
        source: Its mailbox.
        campaigns: By name; what a typed number means is theirs to say.
        reader: Who understands; `None` for one that is there for this look only.
        on_taken: Is told, after each commit, how many more messages are stored.
        is_stopped: Whether to end after the group of messages at hand.

    Raises:
        ConfigurationError: The office's phrases, or a password, are wrong.
        StoreError: The group at hand could not be stored, and is not marked.
    """
    summary, begun_at = CollectSummary(), office.clock.now()
    is_through = True
    failures: list[MailboxError] = []
    rules = Rules.of(office, campaigns, load_phrases(office.folder))
    groups = _groups(source.messages(StoreMemory(office)), failures)
    with nullcontext(reader) if reader else reader_for(office, campaigns) as it:
        for group in groups:
            read = [(message, it.read(message.raw)) for message in group]
            _take(office, rules, read, summary)
            source.mark([message.key for message in group])
            on_taken(len(group))
            if is_stopped():
                is_through = False
                break
    summary.is_complete = not failures and source.is_complete
    if is_through and not failures:
        with office.database.write() as connection:
            if summary.is_complete:  # what could not be read may be an answer
                inbox.hear(connection, begun_at)
            if source.settled is not None:
                inbox.settle(connection, *source.settled)
    failed = [problem for failure in failures for problem in failure.problems]
    summary.problems = (*source.problems, *failed)
    if failures:
        summary.exit_code = failures[-1].exit_code
    elif any(one.severity is Severity.BLOCKS for one in source.problems):
        summary.exit_code = ExitCode.FAILURE
    return summary


def reader_for(
    office: Office, campaigns: Mapping[str, Campaign]
) -> AbstractContextManager[Reader]:
    """
    Return who understands the mail of an office in which these campaigns run.

    Raises:
        ConfigurationError: The office's phrases are wrong.
    """
    forms = [one.form for one in campaigns.values() if one.form is not None]
    return a_reader(load_phrases(office.folder), forms)


def not_read(problems: Sequence[Problem]) -> MailboxError:
    """Return what is said of messages that could not be read: the first by name."""
    named, more = problems[:MOST_NAMED], len(problems) - MOST_NAMED
    if more > 0:
        cause = f"so is it with {more} more"
        named = [*named, Problem("mailbox", cause, "`mailer inbox fetch` names them")]
    return MailboxError.of(named)


def _groups(
    messages: Iterable[SourceMessage], failures: list[MailboxError]
) -> Iterator[list[SourceMessage]]:
    """Yield messages in groups; what comes before a failure is taken all the same."""
    group: list[SourceMessage] = []
    size = 0
    try:
        for message in messages:
            group.append(message)
            size += len(message.raw)
            if len(group) == MAX_GROUP or size >= MAX_GROUP_BYTES:
                yield group
                group, size = [], 0
    except MailboxError as error:
        failures.append(error)
    if group:
        yield group


def _take(
    office: Office,
    rules: Rules,
    group: Sequence[tuple[SourceMessage, Understood]],
    summary: CollectSummary,
) -> None:
    """Store a group of messages with what follows from them: all, or nothing."""
    now = office.clock.now()
    kinds: Counter[IncomingKind] = Counter()
    known_already = to_review = 0
    with office.database.write() as connection:
        for message, understood in group:
            read = understood.classification
            digest = inbox.digest_of(message.raw, is_whole=not message.truncated)
            incoming_id = inbox.store(
                connection, message.raw, digest, message.key, read, now
            )
            if incoming_id is None:
                known_already += 1
                continue
            at = min(message.received_at or now, now)
            conclusion = conclude(connection, rules, understood, at)
            if message.truncated:
                conclusion = conclusion.shown("over 25 MB, only its beginning was read")
            carry_out(connection, incoming_id, conclusion, at, now)
            kinds[read.kind] += 1
            to_review += conclusion.consequence.review is ReviewState.OPEN
    summary.kinds += kinds
    summary.known_already += known_already
    summary.to_review += to_review
