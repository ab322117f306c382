"""
The incoming mail that every classifier reads: real messages, kept elsewhere.

They carry people's addresses, so they are no part of the repository; where they
are is said by MAILER_CORPUS, as for the tests.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = (
    Path(os.environ.get("MAILER_CORPUS", ROOT.parent / "shared" / "corpora")) / "mail"
)


def is_there() -> bool:
    """Tell whether there is any mail."""
    return (FOLDER / "labels.csv").is_file()


def messages(count: int) -> list[bytes]:
    """Return so many messages, the corpus over and over again."""
    kept = [path.read_bytes() for path in sorted(FOLDER.glob("*.eml"))]
    return list(itertools.islice(itertools.cycle(kept), count))
