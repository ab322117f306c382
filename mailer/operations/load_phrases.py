"""Put an office's own phrases before those that the program brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError
from mailer.files.phrases import FILE, read_phrases_file
from mailer.inbox.phrases import DEFAULT, Phrases, read_phrases

if TYPE_CHECKING:
    from pathlib import Path


def load_phrases(office: Path) -> Phrases:
    """
    Return the phrases with which the office in a folder reads its mail.

    Raises:
        ConfigurationError: Its phrases.toml is wrong; with every problem.
    """
    source = read_phrases_file(office)
    if not source:
        return DEFAULT
    rows, problems = read_phrases(source, FILE)
    if problems:
        raise ConfigurationError.of(problems)
    return DEFAULT.extended(rows)
