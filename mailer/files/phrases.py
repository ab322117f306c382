"""
Read an office's own phrases as they lie on the disk.

What a row may hold is decided in `mailer.inbox.phrases`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "phrases.toml"
_LARGEST_OCTETS = 1024 * 1024


def read_phrases_file(office: Path) -> str:
    """
    Return the text of the office's phrases.toml, or "" if it has none.

    Raises:
        ConfigurationError: It is there, and cannot be read.
    """
    path = office / FILE
    try:
        content = path.read_bytes()
        text = content.decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError.at(
            f"{FILE}, line {line}", "is not UTF-8", "save it as UTF-8"
        ) from None
    except OSError as error:
        raise ConfigurationError.at(
            str(path), f"cannot be read: {error.strerror}", "make it a readable file"
        ) from None
    if len(content) > _LARGEST_OCTETS:
        raise ConfigurationError.at(FILE, "is over 1 MB", "keep the phrases only")
    return text
