"""What one process is to do, and what it says of it: both as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done, and where."""

    port: int  #: the server's, on loopback
    count: int  #: messages, or rows of a list
    connections: int
    has_attachments: bool
    key_file: str = ""  #: PEM with the key that signs (DKIM); "" for unsigned

    def as_json(self) -> str:
        """Return it as an argument for a process."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took."""

    wall_s: float
    cpu_s: float
    peak_rss_mib: float

    def as_json(self) -> str:
        """Return it as a process prints it."""
        return json.dumps(asdict(self))
