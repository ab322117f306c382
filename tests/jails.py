"""
A folder in which a server believes to be alone: its root, its users, its files.

Debian installs one mail server only, and each knows the places of its files from
when it was compiled.  In a root of its own it finds them all empty, and what it
writes stays there; nothing of it need be installed.
Where its program comes from is asked in `servers`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from servers import located
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: for users that exist in a jail only: systemd and Debian leave these free
FIRST_USER = 61001
ROOT = "root"


@contextlib.contextmanager
def jail(
    programs: Sequence[str], users: Sequence[str], folders: Mapping[str, str]
) -> Iterator[Path]:
    """
    Make a root for a server; remove it with all that is in it afterwards.

    Args:
        programs: Absolute paths, which are the same inside.
        users: Beside root; each with a group of its own.
        folders: Inside → whose they are.
    """
    # Its processes run as other users: pytest's folders are closed to them.
    root = Path(tempfile.mkdtemp(prefix="mailer-jail-", dir="/tmp"))
    try:
        root.chmod(0o755)
        ids = {ROOT: 0} | {name: FIRST_USER + n for n, name in enumerate(users)}
        write(root, "etc/passwd", _lines("{0}:x:{1}:{1}::/:/bin/sh", ids))
        write(root, "etc/group", _lines("{0}:x:{1}:", ids))
        (root / "dev").mkdir()
        os.mknod(root / "dev/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        (root / "dev/null").chmod(0o666)
        for folder, owner in folders.items():
            (root / folder).mkdir(parents=True)
            os.chown(root / folder, ids[owner], ids[owner])
        _take_in(root, programs)
        yield root
    finally:
        shutil.rmtree(root)


def write(root: Path, name: str, text: str, mode: int = 0o644) -> None:
    """Write a file in the jail."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(mode)


@contextlib.contextmanager
def served(root: Path, *command: str, port: int) -> Iterator[None]:
    """Run a server in its jail until the block ends; it greets before it begins."""
    with (root / "said").open("wb") as said:
        server = subprocess.Popen(
            ["chroot", root, *command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        until(lambda: server.poll() is not None or greets(port), "it greets")
        assert server.poll() is None, (root / "said").read_text("utf-8", "replace")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()
        until(lambda: not _is_inhabited(root), "all its processes have ended")


def a_free_port() -> int:
    """Return a port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def greets(port: int) -> bool:
    """Return whether a server says 220 there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(3) == b"220"
    except OSError:
        return False


def _lines(form: str, ids: Mapping[str, int]) -> str:
    return "".join(form.format(name, id_) + "\n" for name, id_ in ids.items())


def _take_in(root: Path, programs: Sequence[str]) -> None:
    """Copy the programs, and the libraries that they load."""
    for name in programs:
        program = located(name)
        assert program is not None, name
        _copy(program, root / name.lstrip("/"))
        listed = subprocess.run(
            ["ldd", program], check=True, capture_output=True, text=True
        ).stdout
        for library in re.findall(r"(/\S+) \(0x", listed):
            _copy(Path(library), root / library.lstrip("/"))


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _is_inhabited(root: Path) -> bool:
    """Return whether a process still has this root; some leave the server's group."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if (process / "root").readlink() == root:
                return True
    return False
