"""Functions for a limited process: what a parser that was tricked might do."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """A value of a class that the caller knows."""

    text: str


@dataclass(frozen=True, slots=True)
class Trick:
    """A value that is made by calling something."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what whoever reads it is to call."""
        return os.getcwd, ()


def echo(data: bytes, before: str = "") -> Told:
    """Do what is expected."""
    return Told(before + data.decode())


def number(_data: bytes) -> int:
    """Tell which process this is."""
    return os.getpid()


def environment(_data: bytes) -> list[str]:
    """Tell what of the environment is there."""
    return sorted(os.environ)


def compute(data: bytes) -> bool:
    """Compute for as many seconds as the message says."""
    end = time.process_time() + float(data)
    while time.process_time() < end:
        pass
    return True


def misbehave(data: bytes) -> object:  # noqa: C901, PLR0912 - one list
    """Do what the message says."""
    match data.decode().split():
        case ["compute"]:
            while True:
                pass
        case ["sleep"]:
            time.sleep(3600)
        case ["remember"]:
            return len(bytearray(8 * 1024**3))
        case ["recurse"]:
            return misbehave(b"recurse")
        case ["crash"]:
            ctypes.string_at(0)
        case ["leave"]:
            os._exit(0)
        case ["connect"]:
            return socket.create_connection(("127.0.0.1", 9))
        case ["run"]:
            return subprocess.run(["/bin/true"], check=True)
        case ["write", path]:
            return Path(path).write_bytes(b"x")
        case ["trick"]:
            return Trick()
        case ["talk"]:
            return "x" * (40 * 1024 * 1024)
        case ["babble"]:
            os.write(0, b"\xff" * 100)
        case ["mutter"]:
            print("not for anybody", flush=True)  # noqa: T201 - the point
            sys.stderr.write("nor this")
    return Told("survived")
