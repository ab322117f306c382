"""
Read a folder on an IMAP server, by the numbers it gives its messages.

A number (UID) is never given twice as long as UIDVALIDITY stays, and later
messages have higher ones: so what is settled is one number, and what was
changed about the numbers begins anew.  The digest tells what we have had.
Nothing is deleted and nothing is marked as read; what was stored gets a
keyword of ours, or is moved to another folder if the office wants it so.
What goes over the wire is in `mailer.mailboxes.imap_connection`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError, MailboxError, Problem
from mailer.mailboxes.imap_answers import Listed, as_set, bodies, listed, numbers
from mailer.mailboxes.imap_connection import (
    ImapConnection,
    LostError,
    folder_name,
    in_quotes,
)
from mailer.mailboxes.stored import HEAD_BYTES, MAX_MESSAGE_BYTES, SourceMessage
from mailer.model.smtp import Authentication

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from mailer.mailboxes.imap_answers import Answer
    from mailer.mailboxes.stored import Memory
    from mailer.model.mailbox import ImapAddress

#: what a stored message gets; a mail program shows it as a label, or not at all
KEYWORD = "$MailerTaken"

#: numbers that are asked for at once; there may be gaps between them
SPAN = 10_000
#: messages that are asked for at once, and bytes: what is in memory at a time
MAX_GROUP = 50
MAX_GROUP_BYTES = 4 * 1024 * 1024
#: messages whose size and time are asked for at once
MAX_DESCRIBED = 500
#: connections that may be lost in one pass
MAX_CUTS = 5


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where the mailbox is, and how to get in."""

    address: ImapAddress
    secret: Callable[[], str]  #: the password, or an access token made just now
    auth: Authentication = Authentication.PASSWORD
    ca_file: str = ""  #: PEM; "" is what the system trusts
    done_folder: str = ""  #: where what was stored is moved; "" leaves it

    def connect(self) -> ImapConnection:
        """Open a session; raises what `ImapConnection` raises."""
        return ImapConnection(self.address, self.auth, self.secret, self.ca_file)


class ImapMailbox:
    """
    A folder on a server as a source (`mailer.mailboxes.source.Source`).

    Raises:
        ConfigurationError: It cannot be opened as the settings say.
        MailboxError: The server cannot be reached now.
    """

    def __init__(self, account: ImapAccount) -> None:
        self._account = account
        self._problems: list[Problem] = []
        self._left_behind: list[int] = []  # UIDs that another pass must try again
        self._settled: tuple[str, int] | None = None
        self._cuts = 0
        self._is_lost = False
        self._connection = account.connect()
        try:
            self._series = self._numbered_by()
            self._require_done_folder()
        except BaseException:
            self._connection.drop()
            raise

    @property
    def problems(self) -> Sequence[Problem]:
        """Return what could not be read in the latest pass."""
        return tuple(self._problems)

    @property
    def is_complete(self) -> bool:
        """Return whether the server gave out every message of the latest pass."""
        return not self._left_behind

    def closed_to_us(self, memory: Memory) -> Sequence[Problem]:  # noqa: ARG002 - the server knows
        """Return nothing: what a server does not give out shows when it is asked."""
        return ()

    @property
    def settled(self) -> tuple[str, int] | None:
        """Return up to which UID nothing is left, once the latest pass is through."""
        return self._settled

    def messages(self, memory: Memory) -> Iterator[SourceMessage]:
        """
        Yield the messages that are not known, in the order of their numbers.

        Raises:
            LostError: The connection was lost too often; go on another time.
        """
        self._problems, self._left_behind = [], []
        self._settled, self._cuts = None, 0
        # What was stored, and not moved because of a crash, is moved now.
        start = 1 if self._account.done_folder else memory.settled(self._series) + 1
        highest = start - 1
        for uids in self._listed_uids(start):
            known = memory.known([self._key(uid) for uid in uids])
            if known:
                self.mark(sorted(known))
            fresh = [uid for uid in uids if self._key(uid) not in known]
            for group in _grouped(self._described(fresh)):
                yield from self._bodies(group)
            highest = max(highest, uids[-1])
        self._settled = (
            self._series,
            min([highest, *(u - 1 for u in self._left_behind)]),
        )

    def mark(self, keys: Sequence[str]) -> None:
        """Note on the server that messages are stored; one that is gone is no error."""
        uids = [self._uid(key) for key in keys if key.startswith(f"{self._series};")]
        if not uids:
            return
        folder = self._account.done_folder
        if folder:
            command = ("MOVE", as_set(uids), in_quotes(folder_name(folder)))
        elif self._connection.keeps_keywords:
            command = ("STORE", as_set(uids), f"+FLAGS.SILENT ({KEYWORD})")
        else:
            return
        try:
            self._command(*command)
        except MailboxError as error:
            said = error.problems[0].cause
            cause = f"{len(uids)} stored messages are not marked: {said}"
            self._problems.append(Problem(str(self._account.address), cause))

    def close(self) -> None:
        """Say goodbye."""
        self._connection.close()

    def _key(self, uid: int) -> str:
        return f"{self._series};uid={uid}"

    def _uid(self, key: str) -> int:
        return int(key.rpartition("=")[2])

    def _numbered_by(self) -> str:
        """Return what the numbers belong to; they mean nothing under another name."""
        validity = self._connection.number("UIDVALIDITY")
        if validity is None:
            cause = "the server does not number its messages (UIDVALIDITY)"
            raise self._unusable("source", cause, "name a folder on another server")
        return f"{self._account.address};uidvalidity={validity}"

    def _require_done_folder(self) -> None:
        folder = self._account.done_folder
        if not folder:
            return
        if not self._connection.offers(b"MOVE"):
            cause = "the server cannot move messages (RFC 6851)"
            raise self._unusable("done_folder", cause, "leave it out")
        if not self._connection.has_folder(folder):
            cause = f"there is no folder '{folder}' on {self._account.address.host}"
            next_step = "make it with a mail program, or correct the name"
            raise self._unusable("done_folder", cause, next_step)

    def _unusable(self, key: str, cause: str, next_step: str) -> ConfigurationError:
        return ConfigurationError.at(f"mailer.toml, [mailbox] {key}", cause, next_step)

    def _command(
        self,
        *command: str,
        expected_bytes: int = 0,
        most_bytes: int = 0,
        is_tried_again: bool = True,
    ) -> Sequence[Answer]:
        """Ask; if the connection is lost, on a new one."""
        if self._is_lost:
            self._reconnect()
        try:
            return self._connection.uid(
                *command, expected_bytes=expected_bytes, most_bytes=most_bytes
            )
        except LostError:
            self._connection.drop()
            self._is_lost = True
            self._cuts += 1
            if not is_tried_again:
                raise
        return self._command(*command, is_tried_again=False)

    def _reconnect(self) -> None:
        place = str(self._account.address)
        if self._cuts > MAX_CUTS:
            cause = f"the connection was lost {self._cuts} times without a message"
            raise LostError.at(place, cause, "the next look goes on where this ended")
        try:
            self._connection = self._account.connect()
        except MailboxError:
            self._cuts = MAX_CUTS + 1  # it is away, and not only one message too bad
            raise
        self._is_lost = False
        if self._numbered_by() != self._series:
            self._cuts = MAX_CUTS + 1
            cause = "the server has numbered the messages anew"
            raise LostError.at(place, cause, "the next look begins again")

    def _listed_uids(self, start: int) -> Iterator[list[int]]:
        """Yield the numbers from `start` on, ascending, some at a time."""
        end = (self._connection.number("UIDNEXT") or 0) - 1
        if end < 0:  # this server does not say which will be the next
            end = max(numbers(self._command("SEARCH", "UID", "*")), default=0)
        while start <= end:
            last = min(start + SPAN - 1, end)
            answers = self._command("SEARCH", "UID", f"{start}:{last}")
            uids = [uid for uid in numbers(answers) if start <= uid <= last]
            if uids:
                yield sorted(set(uids))
            start = last + 1

    def _described(self, uids: Sequence[int]) -> Iterator[Listed]:
        """Yield what the server knows about messages; those that vanished are not."""
        for first in range(0, len(uids), MAX_DESCRIBED):
            yield from self._description(uids[first : first + MAX_DESCRIBED])

    def _description(self, uids: Sequence[int]) -> list[Listed]:
        try:
            wanted = "(UID RFC822.SIZE INTERNALDATE)"
            answers = self._command("FETCH", as_set(uids), wanted)
        except LostError:
            raise
        except MailboxError as error:  # it says no to all because of one
            if len(uids) == 1:
                self._leave_behind(uids[0], error.problems[0].cause)
                return []
            half = len(uids) // 2
            return [*self._description(uids[:half]), *self._description(uids[half:])]
        found = {one.uid: one for one in map(listed, answers) if one}
        self._look_after(uids, found)
        return [found[uid] for uid in uids if uid in found]

    def _bodies(self, group: Sequence[Listed]) -> Iterator[SourceMessage]:
        """Yield the messages of a group; one that cannot be had is left out."""
        if len(group) > 1:
            with contextlib.suppress(MailboxError):
                # Twice, because some servers count line ends as one octet.
                yield from self._fetched(group, 2 * sum(one.size for one in group))
                return
        for one in group:
            try:
                yield from self._fetched([one], MAX_MESSAGE_BYTES)
            except MailboxError as error:  # lost, or it says no
                if self._cuts > MAX_CUTS:
                    raise
                self._leave_behind(one.uid, error.problems[0].cause)

    def _fetched(self, group: Sequence[Listed], most_bytes: int) -> list[SourceMessage]:
        """Return the messages of a group, as far as they are still there."""
        is_big = group[0].size > MAX_MESSAGE_BYTES
        part = f"BODY.PEEK[]<0.{HEAD_BYTES}>" if is_big else "BODY.PEEK[]"
        uids = [one.uid for one in group]
        answers = self._command(
            *("FETCH", as_set(uids), f"(UID {part})"),
            expected_bytes=min(sum(one.size for one in group), MAX_MESSAGE_BYTES),
            most_bytes=most_bytes,
            is_tried_again=False,
        )
        self._cuts = 0
        found = bodies(answers)
        self._look_after(uids, found)
        messages = []
        for one in group:
            if one.uid not in found:
                continue
            raw = found[one.uid]
            truncated = is_big or len(raw) > MAX_MESSAGE_BYTES
            raw = raw[:HEAD_BYTES] if truncated else raw
            key = self._key(one.uid)
            messages.append(SourceMessage(key, raw, one.received_at, truncated))
        return messages

    def _look_after(self, uids: Sequence[int], answered: Container[int]) -> None:
        """Find out about messages of which the server says nothing."""
        silent = [uid for uid in uids if uid not in answered]
        if silent:
            # Somebody else may have moved them; but what is there must not be lost.
            for uid in numbers(self._command("SEARCH", "UID", as_set(silent))):
                if uid in silent:
                    self._leave_behind(uid, "the server does not give it out")

    def _leave_behind(self, uid: int, cause: str) -> None:
        if uid not in self._left_behind:
            self._left_behind.append(uid)
            place = f"{self._account.address}, message {uid}"
            next_step = "look at it in a mail program, and move it out of this folder"
            self._problems.append(Problem(place, cause, next_step))


def _grouped(messages: Iterator[Listed]) -> Iterator[list[Listed]]:
    """Yield the messages in groups that fit into memory; a big one comes alone."""
    group: list[Listed] = []
    size = 0
    for one in messages:
        size += one.size
        if group and (size > MAX_GROUP_BYTES or len(group) == MAX_GROUP):
            yield group
            group, size = [], one.size
        group.append(one)
    if group:
        yield group
