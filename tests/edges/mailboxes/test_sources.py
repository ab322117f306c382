"""Maildir and mbox: what is read, what is marked, what is refused."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from memories import Notes

from mailer.errors import ConfigurationError, MailboxError
from mailer.mailboxes.maildir import Maildir
from mailer.mailboxes.source import open_source
from mailer.mailboxes.stored import HEAD_BYTES, MAX_MESSAGE_BYTES

NOBODY = 65534


@pytest.fixture
def maildir(tmp_path):
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "mail" / folder).mkdir(parents=True)
    return tmp_path / "mail"


@pytest.fixture
def source(maildir):
    return open_source(f"maildir:{maildir.name}", maildir.parent)


def keys(source, *known):
    return [message.key for message in Notes(set(known)).look(source)]


def test_a_maildir_is_read_oldest_first(maildir, source):
    """By the seconds its names begin with, not by their letters."""
    (maildir / "new" / "999.a.host").write_bytes(b"first")
    (maildir / "cur" / "1000.b.host:2,").write_bytes(b"second")
    (maildir / "new" / "1001.c.host").write_bytes(b"third")

    messages = list(source.messages(Notes()))

    assert [b"first", b"second", b"third"] == [one.raw for one in messages]
    assert all(one.received_at.tzinfo for one in messages)


def test_reading_takes_nothing(maildir, source):
    """Without a mark every pass yields the message again."""
    (maildir / "new" / "1.a").write_bytes(b"x")

    assert ["1.a"] == keys(source)
    assert ["1.a"] == keys(source)
    assert (maildir / "new" / "1.a").exists()


def test_what_the_store_knows_is_not_read_again(maildir, source):
    """Its unique name stays, whatever a mail program does with it."""
    (maildir / "new" / "1.a").write_bytes(b"x")
    (maildir / "cur" / "2.b:2,RS").write_bytes(b"y")

    assert ["1.a"] == keys(source, "2.b")


def test_what_a_person_has_read_is_read_all_the_same(maildir, source):
    """M09: the flag S says that somebody saw it, not that we have it."""
    (maildir / "cur" / "1.a:2,S").write_bytes(b"x")

    assert ["1.a"] == keys(source)


def test_a_marked_message_is_moved_and_flagged(maildir, source):
    """new/ → cur/ with the flag S; other flags stay."""
    (maildir / "new" / "1.a").write_bytes(b"x")
    (maildir / "cur" / "2.b:2,R").write_bytes(b"y")
    source.mark(keys(source))

    assert {"1.a:2,S", "2.b:2,RS"} == {one.name for one in (maildir / "cur").iterdir()}
    source.mark(["1.a", "gone"])  # twice is as good as once


def test_a_mark_never_overwrites_another_message(maildir, source):
    """Two files of one unique name: neither is destroyed."""
    (maildir / "new" / "1.a").write_bytes(b"x")
    (maildir / "cur" / "1.a:2,S").write_bytes(b"another")
    source.mark(keys(source))

    assert b"another" == (maildir / "cur" / "1.a:2,S").read_bytes()
    assert b"x" == (maildir / "new" / "1.a").read_bytes()
    assert [] == keys(source, "1.a")
    assert "name of another message" in source.problems[0].cause


def test_what_is_not_a_message_is_left_alone(maildir, source):
    """tmp/ is still being written, dot files are the server's."""
    (maildir / "tmp" / "1.a").write_bytes(b"half")
    (maildir / "new" / ".uidlist").write_bytes(b"x")

    assert [] == keys(source)
    assert () == source.problems


def test_links_and_special_files_are_refused_and_reported(maildir, source, tmp_path):
    """D15: a link could lead anywhere, and a pipe would wait for ever."""
    secret = tmp_path / "secret"
    secret.write_text("geslo")
    (maildir / "new" / "1.link").symlink_to(secret)
    (maildir / "new" / "2.folder").mkdir()
    os.mkfifo(maildir / "new" / "3.pipe")
    (maildir / "new" / "4.mail").write_bytes(b"x")

    assert ["4.mail"] == keys(source)
    assert 3 == len(source.problems)


def test_a_message_that_vanishes_is_skipped(maildir, source):
    """D15: another program may take it between the listing and the reading."""
    (maildir / "new" / "1.a").write_bytes(b"x")
    (maildir / "new" / "2.b").write_bytes(b"y")
    messages = source.messages(Notes())
    next(messages)
    (maildir / "new" / "2.b").unlink()

    assert [] == list(messages)
    assert () == source.problems


@pytest.fixture
def barred():
    """Give a Maildir of somebody whom permissions bind: root may read every file."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("new", "cur", "tmp"):
            (Path(folder) / name).mkdir()
        for number in range(3):
            (Path(folder) / "new" / f"{number}.a").write_bytes(b"x")
        yield Path(folder)
        for name in ("new", "cur"):
            (Path(folder) / name).chmod(0o755)
    if is_root:
        os.seteuid(0)


def test_a_message_that_may_not_be_read_is_told(barred):
    """The others are read; it is named with the reason."""
    (barred / "new" / "1.a").chmod(0)
    source = Maildir(barred)

    assert ["0.a", "2.a"] == keys(source)
    assert "Permission denied" in source.problems[0].cause


def test_a_maildir_that_may_not_be_listed_is_told(barred):
    """It is no empty mailbox."""
    (barred / "cur").chmod(0)

    with pytest.raises(MailboxError, match="cannot be read: Permission denied"):
        keys(Maildir(barred))


def test_a_maildir_that_may_not_be_written_is_read_all_the_same(barred):
    """What was stored is known by its name; that it is not marked is said once."""
    (barred / "new").chmod(0o555)
    notes, source = Notes(), Maildir(barred)

    assert [b"x"] * 3 == notes.take(source)
    assert [] == notes.take(source)
    assert ["cannot be marked" in one.cause for one in source.problems] == [True]


def test_what_a_crash_left_unmarked_is_marked_by_the_next_pass(maildir, source):
    """The store has it; that it lies in new/ shows that the mark is missing."""
    (maildir / "new" / "1.a").write_bytes(b"x")

    assert [] == keys(source, "1.a")
    assert (maildir / "cur" / "1.a:2,S").exists()


def test_a_big_mailbox_is_read_in_passes(maildir, source, monkeypatch):
    """Oldest first all the same, each once, and also what arrives meanwhile."""
    monkeypatch.setattr("mailer.mailboxes.maildir._BATCH", 3)
    for number in range(10):
        folder = ("new", "cur")[number % 2]
        (maildir / folder / f"{1000 - number}.a").write_bytes(b"x")
    found, notes = [], Notes()
    for message in source.messages(notes):
        found.append(message.key)
        notes.keys.add(message.key)
        source.mark([message.key])
        if message.key == "991.a":
            (maildir / "new" / "2000.z").write_bytes(b"late")

    assert [*(f"{number}.a" for number in range(991, 1001)), "2000.z"] == found


def test_a_big_message_is_shown_by_its_beginning(maildir, source):
    """A person sees it; nobody's memory is filled."""
    with (maildir / "new" / "1.big").open("wb") as file:
        file.write(b"Subject: velika\n\n")
        file.truncate(MAX_MESSAGE_BYTES + 1)
    (message,) = source.messages(Notes())

    assert message.truncated
    assert HEAD_BYTES == len(message.raw)


MBOX = b"""\
From a@b.example Mon Apr  8 09:00:00 2019
Subject: prva

besedilo
>From tega ni
>>From tudi ne
From sredi odstavka

From c@d.example Mon Apr  8 10:00:00 2019
Subject: druga

konec
"""


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_an_mbox_is_split_and_unquoted(tmp_path, line_end):
    """A separator follows a blank line; one `>` was added and is taken off."""
    (tmp_path / "posta.mbox").write_bytes(MBOX.replace(b"\n", line_end))
    source = open_source("mbox:posta.mbox", tmp_path)
    first, second = (
        one.raw.replace(line_end, b"\n") for one in source.messages(Notes())
    )

    assert (
        b"Subject: prva\n\nbesedilo\nFrom tega ni\n>From tudi ne\nFrom sredi odstavka\n"
        == first
    )
    assert b"Subject: druga\n\nkonec\n" == second


def test_an_mbox_is_never_changed(tmp_path):
    """M09: a mark does nothing, and each pass has the same keys."""
    path = tmp_path / "posta.mbox"
    path.write_bytes(MBOX)
    source = open_source("mbox:posta.mbox", tmp_path)
    before = keys(source)
    source.mark(before)

    assert before == keys(source)
    assert MBOX == path.read_bytes()


def test_a_big_message_in_an_mbox_is_shown_by_its_beginning(tmp_path):
    """The one after it is read as usual."""
    big = b"From a\n" + (b"x" * 1023 + b"\n") * (25 * 1024 + 1)
    (tmp_path / "posta.mbox").write_bytes(big + b"\nFrom b\nSubject: druga\n\n.\n")
    source = open_source("mbox:posta.mbox", tmp_path)
    first, second = source.messages(Notes())

    assert (True, HEAD_BYTES) == (first.truncated, len(first.raw))
    assert (False, b"Subject: druga\n\n.\n") == (second.truncated, second.raw)


def test_an_empty_mbox_has_no_messages(tmp_path):
    """It is an mbox all the same."""
    (tmp_path / "posta.mbox").touch()

    assert [] == keys(open_source("mbox:posta.mbox", tmp_path))


def test_another_file_is_not_an_mbox(tmp_path):
    """It does not begin with a separator."""
    (tmp_path / "posta.mbox").write_bytes(b"PK\x03\x04")

    with pytest.raises(ConfigurationError, match="not an mbox"):
        keys(open_source("mbox:posta.mbox", tmp_path))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("pop3:posta.example", "no mailbox in files"),
        ("mail/office", "names no mailbox"),
        ("maildir:", "names no mailbox"),
        ("", "names no mailbox"),
        ("maildir:nowhere", "no Maildir at"),
        ("mbox:nowhere", "no mbox file at"),
    ],
)
def test_other_mailboxes_are_refused_with_the_way_out(tmp_path, source, words):
    """The error says where, why and what to write instead."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        open_source(source, tmp_path)

    assert caught.value.problems[0].next_step
