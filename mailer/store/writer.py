"""
Group commit: one writer, many marks, one flush to the disk.

The send loop awaits each mark and never waits for a disk by itself.
Marks that are asked for while a commit is under way share the next one.
What a mark is, and whether it may be set, is decided in `store.ledger`.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from mailer.store.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Work:
    do: Callable[[Connection], Any]
    done: asyncio.Future[Any]


class GroupWriter:
    """Runs pieces of work in the order they came, as many per commit as wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Work] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._committer: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Return when everything that was asked for is committed."""
        if self._committer is not None:
            await self._committer
        self._thread.shutdown()

    async def do(self, work: Callable[[Connection], T]) -> T:
        """
        Return what `work` returned, once its transaction is on the disk.

        Cancelling the caller does not undo the work: it may be committed
        already, and recovery reads what is.

        Raises:
            StoreError: It could not be committed; nothing of it happened.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Work(work, done))
        if self._committer is None or self._committer.done():
            self._committer = loop.create_task(self._commit_all())
        return await asyncio.shield(done)

    async def _commit_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            results = await loop.run_in_executor(self._thread, self._commit, group)
            for work, result in zip(group, results, strict=True):
                if work.done.cancelled():
                    continue
                if isinstance(result, BaseException):
                    work.done.set_exception(result)
                    # Seen: whoever asked may have been cancelled meanwhile.
                    work.done.exception()
                else:
                    work.done.set_result(result)

    def _commit(self, group: list[_Work]) -> list[Any]:
        """Return each work's result or its exception; one bad work spoils no other."""
        try:
            with self._database.write() as connection:
                return [work.do(connection) for work in group]
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if len(group) == 1:
                return [error]
            return [result for work in group for result in self._commit([work])]
