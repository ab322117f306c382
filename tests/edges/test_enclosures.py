"""What strangers enclosed is saved under names that do no harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import UsageError
from mailer.files.enclosures import safe_name, save_enclosure


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Obrazec za občino.docx", "Obrazec za občino.docx", id="good"),
        pytest.param("../../.bashrc", "bashrc", id="out of the folder"),
        pytest.param("C:\\Windows\\system.ini", "system.ini", id="another system's"),
        pytest.param("/etc/passwd", "passwd", id="from the root"),
        pytest.param("-rf", "rf", id="an option"),
        pytest.param("a\x1b[2J\u202efdp.exe", "a__2J_fdp.exe", id="hostile letters"),
        pytest.param("dva\nvrstici\t.pdf", "dva vrstici.pdf", id="two lines"),
        pytest.param("nul.txt", "file_nul.txt", id="a device"),
        pytest.param("..", "file", id="the folder above"),
        pytest.param("", "file", id="without a name"),
        pytest.param("s\u030cc.pdf", "šc.pdf", id="a mark apart from its letter"),
        pytest.param("č" * 200 + ".pdf", "č" * 58 + ".pdf", id="too long"),
    ],
)
def test_a_name_is_made_safe(name, expected):
    """It says the same to a person, and stays in its folder."""
    assert expected == safe_name(name)


@given(st.text(max_size=300))
def test_any_name_stays_in_the_folder(tmp_path_factory, name):
    """Whatever it is called, exactly one new file is in the folder."""
    folder = tmp_path_factory.mktemp("saved")

    path = save_enclosure(folder / "in", name, b"content")

    assert [path] == list((folder / "in").iterdir())
    assert [folder / "in"] == list(folder.iterdir())
    assert not path.name.startswith((".", "-"))
    assert len(path.name.encode()) <= 120


def test_nothing_is_overwritten(tmp_path):
    """Another file of the same name gets a number; the same file is not doubled."""
    first = save_enclosure(tmp_path, "obrazec.pdf", b"one")
    second = save_enclosure(tmp_path, "obrazec.pdf", b"two")
    again = save_enclosure(tmp_path, "obrazec.pdf", b"one")

    assert ("obrazec.pdf", "obrazec-2.pdf", first) == (first.name, second.name, again)
    assert (b"one", b"two") == (first.read_bytes(), second.read_bytes())


def test_a_link_is_not_followed(tmp_path):
    """What it points to is as before."""
    other = tmp_path / "other"
    other.write_bytes(b"mine")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").symlink_to(other)

    save_enclosure(folder, "a.pdf", b"theirs")

    assert b"mine" == other.read_bytes()


def test_a_folder_that_cannot_be_is_a_mistake(tmp_path):
    """Place, cause and next step, as ever."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(UsageError, match="cannot be written"):
        save_enclosure(tmp_path / "file", "a.pdf", b"")


def test_only_its_owner_can_read_it(tmp_path):
    """Forms have names and telephone numbers in them."""
    path = save_enclosure(tmp_path / "made", "obrazec.pdf", b"%PDF")

    assert 0 == (path.stat().st_mode | path.parent.stat().st_mode) & 0o077
