"""A certificate for this machine, as a server of a test shows it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """Two PEM files; the first is also the authority to trust."""

    chain: Path
    key: Path


def a_certificate(folder: Path, names: str = "IP:127.0.0.1") -> Certificate:
    """Make one that is good for two days, and signed by itself."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        f" -days 2 -subj /CN=relay -addext subjectAltName={names}"
        f" -keyout {made.key} -out {made.chain}".split(),
        check=True,
        capture_output=True,
    )
    return made
