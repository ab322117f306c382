"""
Group commit: one writer, many marks, one flush to the disk.

Who asks for a mark goes on once it is on the disk, and the send loop never
waits for a disk by itself.  Marks that are asked for while a commit is under way
share the next one; those of one kind share a statement, too.
What a mark is, and whether it may be set, is decided in `store.ledger` and
`store.marks`.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from mailer.errors import DiskFullError, MailerError
from mailer.store.database import commit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from mailer.store.database import Database

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")


class _Piece(NamedTuple):
    item: Any
    done: asyncio.Future[Any]


#: work over some items → those for whom it was asked
_Group: TypeAlias = (
    "dict[Callable[[Connection, Sequence[Any]], Sequence[Any]], list[_Piece]]"
)


#: seconds for which a mark waits at the most to share a commit
PATIENCE = 0.01


class GroupWriter:
    """
    Runs work in one transaction with all that was asked for meanwhile.

    Connections that shared a commit go on together, and soon ask again, one
    shortly after the other.  So the next commit waits until as many have asked,
    but no longer than the last one took: else the first would have one for itself
    while the rest wait for it to end.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._at_hand = database.at_hand()
        self._loop = asyncio.get_running_loop()
        self._waiting: _Group = {}
        self._hurried = 0  # how many of those that wait are in a hurry
        self._company = 1  # how many the next commit waits for
        self._seconds = 0.0  # for so long
        self._timer: asyncio.TimerHandle | None = None  # ends the wait
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._committing: asyncio.Task[None] | None = None
        self._full: DiskFullError | None = None
        self.has_failed = False  #: something could not be committed
        #: done once the disk was full and the ballast had to go: begin nothing more
        self.out_of_room: asyncio.Future[DiskFullError] = self._loop.create_future()

    async def close(self) -> None:
        """Return when everything that was asked for is committed."""
        while self._waiting or self._committing is not None:
            await (self._committing or self._begin())
        self._thread.shutdown()
        self._let_go()

    def do(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """
        Return what `work` will return, once its transaction is on the disk.

        It is a `StoreError` if that could not be committed, and nothing of it
        happened.
        """
        return self.ask(lambda connection, _items: [work(connection)], None)

    def ask(
        self,
        work: Callable[[Connection, Sequence[I]], Sequence[T]],
        item: I,
        *,
        is_hurried: bool = True,
    ) -> asyncio.Future[T]:
        """
        Return what will be done for `item` by work that takes many at once.

        All items that share the transaction are given to one call of `work`,
        which returns a result for each.  Of what is asked for one after the other,
        the first is not committed later than the second, unless it is bad.

        Cancelling the future does not undo the work: it may be committed already,
        and recovery reads what is.

        Args:
            work: The same object for what may be done together.
            item: What it is done for.
            is_hurried: Whether somebody waits for it; else it waits itself, for
                a commit that is made anyway.
        """
        done: asyncio.Future[T] = self._loop.create_future()
        self._waiting.setdefault(work, []).append(_Piece(item, done))
        self._hurried += is_hurried
        if self._committing is None:
            self._begin_in_time()
        return done

    def _begin_in_time(self) -> None:
        """Begin a commit of what waits: now, or when it has waited long enough."""
        if self._hurried >= self._company:
            self._begin()
        elif self._timer is None or self._hurried == 1:
            self._wait(self._seconds if self._hurried else PATIENCE)

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._begin)

    def _begin(self) -> asyncio.Task[None]:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._committing = self._loop.create_task(self._commit_all())
        return self._committing

    async def _commit_all(self) -> None:
        """Commit what waits; see to what was asked for meanwhile."""
        group, self._waiting = self._waiting, {}
        self._company, self._hurried = max(1, self._hurried), 0
        begun = self._loop.time()
        try:
            for piece, result in await self._write(group):
                if piece.done.cancelled():
                    continue
                if isinstance(result, BaseException):
                    piece.done.set_exception(result)
                    # Seen: whoever asked may have been cancelled meanwhile.
                    piece.done.exception()
                else:
                    piece.done.set_result(result)
        finally:
            self._committing = None
            self._seconds = min(self._loop.time() - begun, PATIENCE)
            if self._waiting:
                self._begin_in_time()
        if self._full is not None and not self.out_of_room.done():
            self.out_of_room.set_result(self._full)

    async def _write(self, group: _Group) -> list[tuple[_Piece, Any]]:
        """
        Return each piece's result or its exception.

        Statements on a database at hand run here: two threads that both run Python
        hand the interpreter to and fro at each, which costs more than they do.
        """
        is_committing = False
        if self._at_hand is not None:
            try:
                with self._database.write_at_once(self._at_hand) as has_begun:
                    if has_begun:
                        results = _done(self._at_hand, group)
                        is_committing = True
                        await self._in_thread(partial(commit, self._at_hand))
                        return results
            except DiskFullError:
                self._let_go()  # nothing of it happened, and there is a ballast
            except MailerError as error:
                self._let_go()
                return self._failed(group, error)
            except Exception as error:  # noqa: BLE001 - handed to whoever asked
                self._let_go()
                if is_committing:
                    return self._failed(group, error)
        # Somebody else writes, or one piece is bad: with all patience, then.
        return await self._in_thread(partial(self._commit, group))

    def _let_go(self) -> None:
        """Close the connection at hand; what it had begun is undone."""
        if self._at_hand is not None:
            self._at_hand.invalidate()  # not to the pool: it is an impatient one
            self._at_hand.close()
            self._at_hand = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._thread, work)

    def _commit(self, group: _Group) -> list[tuple[_Piece, Any]]:
        """Return each piece's result or its exception; a bad one spoils no other."""
        try:
            with self._database.write() as connection:
                return _done(connection, group)
        except DiskFullError as error:
            if self._database.drop_ballast():
                self._full = error
                return self._commit(group)
            return self._failed(group, error)
        except MailerError as error:
            # The database's, not one piece's.  Nor is it tried again: where the
            # connection was lost during the commit, it may have happened.
            return self._failed(group, error)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            alone = [(work, piece) for work in group for piece in group[work]]
            if len(alone) == 1:
                return self._failed(group, error)
            return [
                done for work, piece in alone for done in self._commit({work: [piece]})
            ]

    def _failed(self, group: _Group, error: Exception) -> list[tuple[_Piece, Any]]:
        self.has_failed = True
        return [(piece, error) for pieces in group.values() for piece in pieces]


def _done(connection: Connection, group: _Group) -> list[tuple[_Piece, Any]]:
    return [
        done
        for work, pieces in group.items()
        for done in zip(
            pieces, work(connection, [piece.item for piece in pieces]), strict=True
        )
    ]
