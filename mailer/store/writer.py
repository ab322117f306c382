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
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from mailer.errors import DiskFullError

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


class GroupWriter:
    """Runs work in one transaction with all that was asked for meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._waiting: _Group = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._committer: asyncio.Task[None] | None = None
        self._full: DiskFullError | None = None
        #: done once the disk was full and the ballast had to go: begin nothing more
        self.out_of_room: asyncio.Future[DiskFullError] = self._loop.create_future()

    async def close(self) -> None:
        """Return when everything that was asked for is committed."""
        if self._committer is not None:
            await self._committer
        self._thread.shutdown()

    def do(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """
        Return what `work` will return, once its transaction is on the disk.

        It is a `StoreError` if that could not be committed, and nothing of it
        happened.
        """
        return self.ask(lambda connection, _items: [work(connection)], None)

    def ask(
        self, work: Callable[[Connection, Sequence[I]], Sequence[T]], item: I
    ) -> asyncio.Future[T]:
        """
        Return what will be done for `item` by work that takes many at once.

        All items that share the transaction are given to one call of `work`,
        which returns a result for each.  Of what is asked for one after the other,
        the first is never committed later than the second.

        Cancelling the future does not undo the work: it may be committed already,
        and recovery reads what is.
        """
        done: asyncio.Future[T] = self._loop.create_future()
        self._waiting.setdefault(work, []).append(_Piece(item, done))
        if self._committer is None or self._committer.done():
            self._committer = self._loop.create_task(self._commit_all())
        return done

    async def _commit_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, {}
            results = await self._loop.run_in_executor(
                self._thread, self._commit, group
            )
            for piece, result in results:
                if piece.done.cancelled():
                    continue
                if isinstance(result, BaseException):
                    piece.done.set_exception(result)
                    # Seen: whoever asked may have been cancelled meanwhile.
                    piece.done.exception()
                else:
                    piece.done.set_result(result)
            if self._full is not None and not self.out_of_room.done():
                self.out_of_room.set_result(self._full)

    def _commit(self, group: _Group) -> list[tuple[_Piece, Any]]:
        """Return each piece's result or its exception; a bad one spoils no other."""
        try:
            with self._database.write() as connection:
                return [
                    done
                    for work, pieces in group.items()
                    for done in zip(
                        pieces,
                        work(connection, [piece.item for piece in pieces]),
                        strict=True,
                    )
                ]
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if isinstance(error, DiskFullError) and self._database.drop_ballast():
                self._full = error
                return self._commit(group)
            alone = [(work, piece) for work in group for piece in group[work]]
            if len(alone) == 1:
                return [(alone[0][1], error)]
            return [
                done for work, piece in alone for done in self._commit({work: [piece]})
            ]
