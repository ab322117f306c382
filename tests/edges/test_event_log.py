"""The log's file: whole lines, bounded, and nobody's trouble."""

from __future__ import annotations

import json

import pytest
from disks import fill, make_room, small_disk

from mailer.files.event_log import KEPT, EventLog


def lines_of(*paths):
    """Return the numbers in the lines of some files."""
    return [
        json.loads(line)["n"] for path in paths for line in path.read_bytes().split()
    ]


def write(log, numbers):
    for n in numbers:
        log.write({"n": n, "padding": "č" * 20})


def test_a_line_is_there_when_it_was_written(tmp_path):
    """Others read along; and who opens it again goes on at the end."""
    log = EventLog(tmp_path)
    assert not log.path.exists()
    write(log, [1])
    assert [1] == lines_of(log.path)
    write(EventLog(tmp_path), [2])
    write(log, [3])

    assert [1, 2, 3] == lines_of(log.path)


def test_it_makes_room_for_itself(tmp_path):
    """Old files get the next number, and the oldest goes; no line is cut."""
    log = EventLog(tmp_path, largest=500)
    write(log, range(200))
    files = sorted(
        tmp_path.glob("mailer.log.*"), key=lambda path: -int(path.suffix[1:])
    )

    assert KEPT == len(files)
    left = lines_of(*files, log.path)
    assert list(range(left[0], 200)) == left
    assert all(path.stat().st_size < 600 for path in tmp_path.iterdir())


def test_it_can_be_emptied_by_others(tmp_path):
    """As `logrotate` does with copytruncate."""
    log = EventLog(tmp_path)
    write(log, [1])
    log.path.write_bytes(b"")
    write(log, [2])

    assert [2] == lines_of(log.path)


@pytest.mark.parametrize("in_the_way", ["folder", "link"])
def test_where_it_cannot_be_written_nothing_happens(tmp_path, in_the_way):
    """No error, and no line."""
    path = EventLog(tmp_path).path
    if in_the_way == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/full")

    write(EventLog(tmp_path), [1, 2])


def test_a_line_that_came_half_onto_the_disk_spoils_no_other(tmp_path):
    """With room again the next one begins on a line of its own."""
    with small_disk(tmp_path / "disk", 2**16) as disk:
        log = EventLog(disk)
        numbers = iter(range(10_000))
        write(log, [next(numbers)])
        fill(disk)
        write(log, [next(numbers) for _ in range(100)])  # until its page is full
        make_room(disk)
        write(log, [9_999])
        log.close()
        whole, torn = [], 0
        for line in log.path.read_bytes().splitlines():
            try:
                whole.append(json.loads(line)["n"])
            except ValueError:
                torn += 1

    assert torn <= 1
    assert 9_999 == whole[-1]
    assert sorted(whole) == whole
