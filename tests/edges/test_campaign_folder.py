"""C03: of a campaign's folder only whole, regular files of its own are read."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from mailer.errors import DefinitionError
from mailer.files.campaign_folder import read_campaign_folder


@pytest.fixture
def folder(tmp_path):
    """Return the folder of the campaign `c`."""
    attachments = tmp_path / "c" / "attachments"
    attachments.mkdir(parents=True)
    (attachments.parent / "campaign.toml").write_text('title = "C"')
    (attachments / "program.pdf").write_bytes(b"%PDF-1.7")
    return attachments.parent


def refusal(folder):
    with pytest.raises(DefinitionError) as caught:
        read_campaign_folder(folder.parent, folder.name)
    return str(caught.value)


def a_link(path):
    path.symlink_to(__file__)


def a_link_to_a_folder(path):
    path.symlink_to(Path(__file__).parent, target_is_directory=True)


def a_link_to_nothing(path):
    path.symlink_to("nowhere")


def a_pipe(path):
    os.mkfifo(path)


def a_socket(path):
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # the paths of sockets are short


def a_device(path):
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    except OSError:
        pytest.skip("only root may make devices")


@pytest.mark.parametrize(
    "make",
    [a_link, a_link_to_a_folder, a_link_to_nothing, a_pipe, a_socket, a_device],
)
def test_what_is_no_file_of_the_campaign_is_not_read(folder, make):
    """It is named, and nobody waits for a pipe."""
    path = folder / "attachments" / "vabilo.pdf"
    make(path)

    assert f"{path}: is no regular file — copy the file" == refusal(folder)


@pytest.mark.parametrize("make", [a_pipe, a_link])
def test_nor_is_the_definition(folder, make):
    """Without one there is nothing else to say."""
    path = folder / "campaign.toml"
    path.unlink()
    make(path)

    assert f"{path}: is no regular file — copy the file" == refusal(folder)


def test_an_empty_file_is_no_attachment(folder):
    """Nor is one that nobody's mailbox takes; both are named at once."""
    (folder / "attachments" / "prazna.pdf").touch()
    with (folder / "attachments" / "velika.pdf").open("wb") as file:
        file.truncate((25 << 20) + 1)

    said = refusal(folder)

    assert "prazna.pdf: is empty — put the real file there" in said
    assert "velika.pdf: is over 25 MB — link to it instead" in said


@pytest.fixture
def growing():
    """Return a set: a file in it becomes longer when it is opened."""
    paths = set()

    def grow(event, arguments):
        if event == "open" and arguments[0] in paths:
            paths.remove(arguments[0])
            with Path(arguments[0]).open("ab") as file:
                file.write(b" and more")

    sys.addaudithook(grow)  # it stays; an empty set means nothing to it
    yield paths
    paths.clear()


def test_a_file_that_grows_is_not_taken(folder, growing):
    """Half of a program is no program; once it is whole, it is read."""
    path = folder / "attachments" / "program.pdf"
    growing.add(str(path))

    assert f"{path}: cannot be read: somebody is writing it" in refusal(folder)
    read = read_campaign_folder(folder.parent, folder.name)
    assert b"%PDF-1.7 and more" == read.attachments["program.pdf"].content
