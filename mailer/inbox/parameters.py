"""
Read the parameters of Content-Type and Content-Disposition (RFC 2045, RFC 2231).

Total: what is misspelt, cut off or encoded twice is read as far as it can be.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from mailer.inbox.decoding import header_text, text_of

MAX_VALUE_CHARACTERS = 4096
MAX_NAME_CHARACTERS = 200

_PARAMETER = re.compile(
    r'[;\s]([\w*%-]{1,80})[ \t]*=\s*(?:"((?:[^"\\]|\\.)*+)"|([^\s;"]+))'
)
_ESCAPED = re.compile(r"\\(.)")
#: "filename*2*": the name, the number of a piece, and whether it is encoded
_PIECE = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
#: what cannot stand in a file name anywhere, or would be a path
_NO_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]+')


def parameters(value: str) -> dict[str, str]:
    """Return the parameters of a field by name, lower case; the first one counts."""
    found: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, quoted, bare in _PARAMETER.findall(value[:MAX_VALUE_CHARACTERS]):
        content = _ESCAPED.sub(r"\1", quoted) if quoted else bare
        if "*" not in name:
            found.setdefault(name.lower(), content)
        elif piece := _PIECE.fullmatch(name.lower()):
            base, number, encoded = piece.groups()
            parts = pieces.setdefault(base, {})
            parts.setdefault(int(number or 0), (content, bool(encoded)))
    for name, parts in pieces.items():
        # RFC 2231 says more than the plain form, which stands beside it for old
        # programs.
        found[name] = _joined([parts[number] for number in sorted(parts)])
    return found


def _joined(pieces: list[tuple[str, bool]]) -> str:
    """Return the pieces of a value as text (RFC 2231, sections 3 and 4)."""
    charset = "utf-8"
    first, is_encoded = pieces[0]
    if is_encoded and first.count("'") >= 2:  # noqa: PLR2004 - charset'language'text
        charset, _, first = first.split("'", 2)
        pieces = [(first, True), *pieces[1:]]
    raw = b"".join(
        unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
        for text, encoded in pieces
    )
    return text_of(raw, charset)


def file_name(*fields: dict[str, str]) -> str:
    """
    Return the name of a file as its sender meant it, safe to show; "" if none.

    Args:
        fields: The parameters of Content-Disposition, then of Content-Type.
    """
    for found in fields:
        for key in ("filename", "name"):
            if name := found.get(key):
                # Encoded words are not allowed here (RFC 2047, section 5), and seen
                # every day.
                cleaned = _NO_NAME.sub("_", header_text(name).strip()).strip(". ")
                return cleaned[:MAX_NAME_CHARACTERS]
    return ""
