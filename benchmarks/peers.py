"""
Find or fetch what is measured beside us, for the time of one bench.

A peer that cannot be had is left out, and the reason is what is printed.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import letter
import mail_corpus
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

HERE = Path(__file__).parent
NODEMAILER = "nodemailer@10.6.0"
#: paths that need what is in requirements.txt
OF_OTHERS = ("with_django", "classify_flufl")
FETCH_WITHIN = 60  #: seconds


class PeerMissingError(Exception):
    """A peer cannot be measured here; the message says why."""


class Peers:
    """Where the peers are; what has to be fetched is fetched when first asked for."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._missing: dict[str, PeerMissingError] = {}

    def close(self) -> None:
        """Throw away what was fetched."""
        self._folder.cleanup()

    def command(self, path: str, task: str) -> list[str]:
        """
        Return the command that measures `path` at `task`.

        Raises:
            PeerMissingError: With the reason; it is not looked for again.
        """
        if path in self._missing:
            raise self._missing[path]
        try:
            return self._command(path, task)
        except PeerMissingError as error:
            self._missing[path] = error
            raise

    @functools.cached_property
    def slow_disk(self) -> str:
        """
        Return the library that makes a process's disk slow.

        Raises:
            PeerMissingError: There is no compiler.
        """
        library = str(Path(self._folder.name, "slow_disk.so"))
        source = str(HERE / "slow_disk.c")
        _fetch(_found("cc"), "-shared", "-fPIC", "-o", library, source, "-ldl")
        return library

    def key_file(self, algorithm: str) -> str:
        """Return a file with a new private key: "rsa" (2048 bits) or "ed25519"."""
        file = Path(self._folder.name, f"{algorithm}.pem")
        if not file.exists():
            key = (
                rsa.generate_private_key(65537, 2048)
                if algorithm == "rsa"
                else ed25519.Ed25519PrivateKey.generate()
            )
            file.write_bytes(
                key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
        return str(file)

    def _command(self, path: str, task: str) -> list[str]:
        if path == "with_nodemailer":
            return [*self._node, str(HERE / "with_nodemailer.js"), task, _letter()]
        if path == "with_smtp_source":
            postfix("smtp-source")
        if path.startswith("classify_") and not mail_corpus.is_there():
            raise PeerMissingError(f"no mail in {mail_corpus.FOLDER}")
        python = self._python if path in OF_OTHERS else sys.executable
        return [python, str(HERE / "measure.py"), path, task]

    @functools.cached_property
    def _python(self) -> str:
        folder = Path(self._folder.name, "python")
        python = str(folder / "bin" / "python")
        _fetch(sys.executable, "-m", "venv", str(folder))
        wanted = str(HERE / "requirements.txt")
        pip = ("-m", "pip", "--disable-pip-version-check", "install", "-qq")
        _fetch(python, *pip, "-r", wanted)
        return python

    @functools.cached_property
    def _node(self) -> list[str]:
        node, npm = _found("node"), _found("npm")
        folder = Path(self._folder.name, "node")
        _fetch(npm, "install", "--silent", "--prefix", str(folder), NODEMAILER)
        return ["/usr/bin/env", f"NODE_PATH={folder / 'node_modules'}", node]


def postfix(program: str) -> str:
    """
    Return where a program of Postfix is.

    Raises:
        PeerMissingError: Postfix is not installed.
    """
    return _found(program, os.pathsep.join((os.environ["PATH"], "/usr/sbin")))


def _found(program: str, search: str | None = None) -> str:
    if found := shutil.which(program, path=search):
        return found
    raise PeerMissingError(f"{program} is not installed")


def _fetch(*command: str) -> None:
    try:
        subprocess.run(  # noqa: S603 - what is fetched is pinned above
            command, check=True, capture_output=True, text=True, timeout=FETCH_WITHIN
        )
    except subprocess.CalledProcessError as error:
        *_, last = error.stderr.splitlines() or ["no reason given"]
        raise PeerMissingError(f"{Path(command[0]).name}: {last}") from error
    except subprocess.TimeoutExpired as error:
        raise PeerMissingError(str(error)) from error


def _letter() -> str:
    return json.dumps(
        {
            "sender": letter.SENDER,
            "subject": letter.SUBJECT,
            "text": letter.TEXT,
            "html": letter.HTML,
            "attachments": letter.ATTACHMENTS,
        }
    )
