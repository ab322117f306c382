"""Group commit: many marks, few flushes, and one bad mark spoils no other."""

from __future__ import annotations

import asyncio
import gc
import threading
import time

import pytest
from disks import full_disk
from ledgers import FILE, NOW
from relays import run
from sqlalchemy import event

from mailer.errors import DiskFullError
from mailer.store import campaigns
from mailer.store.writer import GroupWriter


def noting(text):
    """Return work that writes a line into the journal, and returns it."""

    def work(connection):
        campaigns.note(connection, NOW, "mailer", "test", "work", text)
        return text

    return work


def spoiling(text):
    """Return work that writes a line, and then fails."""

    def work(connection):
        noting(text)(connection)
        raise ValueError(text)

    return work


def noted(database):
    with database.read() as connection:
        return [row.detail for row in campaigns.notes(connection, "work")]


@pytest.fixture
def commits(database):
    """Count the commits from now on."""
    counted = []
    event.listen(database.engine, "commit", counted.append)
    return counted


def all_at_once(database, *works):
    """Ask for all of `works` at once; return their results and errors."""

    async def scenario():
        writer = GroupWriter(database)
        wanted = (writer.do(work) for work in works)
        results = await asyncio.gather(*wanted, return_exceptions=True)
        await writer.close()
        return results

    return run(scenario())


def test_what_waits_together_is_committed_together(database, commits):
    """A hundred marks cost one flush or two, not a hundred."""
    texts = [str(number) for number in range(100)]

    results = all_at_once(database, *map(noting, texts))

    assert texts == results == noted(database)
    assert len(commits) <= 2


def test_who_shared_a_commit_shares_the_next(database, commits):
    """The first that asks again waits for the others, and not for ever."""

    def slowly(connection):
        time.sleep(0.02)
        return noting("slow")(connection)

    async def scenario():
        writer = GroupWriter(database)
        await asyncio.gather(*(writer.do(slowly) for _ in range(3)))
        before = len(commits)
        first = writer.do(noting("one"))
        await asyncio.sleep(0.001)
        assert not first.done()
        await asyncio.gather(first, *(writer.do(noting(each)) for each in ("2", "3")))
        together = len(commits) - before
        await writer.do(noting("alone"))
        await writer.close()
        return together

    assert 1 == run(scenario())
    assert "alone" == noted(database)[-1]


def test_one_bad_work_spoils_no_other(database):
    """Only whoever asked for it gets the error; nothing of it happened."""
    works = (noting("one"), spoiling("two"), noting("three"))

    results = all_at_once(database, *works)

    assert ["one", "three"] == [results[0], results[2]] == noted(database)
    assert isinstance(results[1], ValueError)


def test_after_an_error_it_goes_on(database):
    """The next group is another one."""

    async def scenario():
        writer = GroupWriter(database)
        with pytest.raises(ValueError, match="bad"):
            await writer.do(spoiling("bad"))
        await writer.do(noting("good"))
        await writer.close()

    run(scenario())

    assert ["good"] == noted(database)


def test_a_result_is_on_the_disk_when_it_arrives(database):
    """Another connection sees it at once."""

    async def scenario():
        writer = GroupWriter(database)
        await writer.do(noting("one"))
        seen = noted(database)
        await writer.close()
        return seen

    assert ["one"] == run(scenario())


@pytest.mark.parametrize("work", [noting("one"), spoiling("one")])
def test_a_cancelled_caller_undoes_nothing_and_hurts_nobody(database, work):
    """Its work is done or failed as it would have been; the others' as well."""
    go = threading.Event()
    complaints = []

    def waiting(connection):
        go.wait(20)
        return noting("zero")(connection)

    async def scenario():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: complaints.append(context))
        writer = GroupWriter(database)
        with database.write():  # so that SQLite, too, has to wait in the thread
            first = asyncio.ensure_future(writer.do(waiting))
            await asyncio.sleep(0.05)
            cancelled = asyncio.ensure_future(writer.do(work))
            third = asyncio.ensure_future(writer.do(noting("two")))
            await asyncio.sleep(0)
            cancelled.cancel()
            with pytest.raises(asyncio.CancelledError):
                await cancelled
        go.set()
        results = await first, await third
        await writer.close()
        del cancelled
        gc.collect()  # a future complains when it goes
        return results

    assert ("zero", "two") == run(scenario())
    assert [] == complaints
    assert {"zero", "two"} <= set(noted(database)) <= {"zero", "one", "two"}


def test_closing_waits_for_what_was_asked(database):
    """Nothing that was asked for is dropped on the way out."""

    async def scenario():
        writer = GroupWriter(database)
        asked = [asyncio.ensure_future(writer.do(noting(str(n)))) for n in range(5)]
        await asyncio.sleep(0)
        await writer.close()
        return all(one.done() for one in asked) or await asyncio.gather(*asked)

    run(scenario())

    assert [*"01234"] == noted(database)


@pytest.mark.parametrize("url", [FILE])
def test_a_full_disk_is_said_to_everybody_who_asked(database):
    """Each of the group gets the error; nothing of it happened."""
    with full_disk(database):
        results = all_at_once(database, noting("one" * 9999), noting("two" * 9999))

    assert {DiskFullError} == set(map(type, results))
    assert [] == noted(database)


@pytest.mark.parametrize("url", [FILE])
def test_who_asks_for_a_mark_can_see_that_one_was_lost(database):
    """The sender then lets no second dot of a connection go."""

    async def scenario():
        with full_disk(database):
            writer = GroupWriter(database)
            before = writer.has_failed
            with pytest.raises(DiskFullError):
                await writer.do(noting("x" * 99_999))
        await writer.close()
        return before, writer.has_failed

    assert (False, True) == run(scenario())
