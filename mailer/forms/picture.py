"""
Whether a picture may be a page: a scan or a photograph, and no logo.

Pictures in signatures are small or flat.  Only the first octets are looked at.
"""

from __future__ import annotations

import struct

_SHORTEST = 500  #: pixels of the shorter side; A4 at 60 dpi
_FLATTEST = 2.2  #: longer to shorter side; A4 has 1.41, a photograph up to 1.78
_OTHERS = (b"II*\0", b"MM\0*", b"\0\0\0\x18ftyp", b"\0\0\0\x1cftyp", b"\0\0\0 ftyp")
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_page(content: bytes) -> bool:
    """Return whether `content` is a picture as large as that of a page."""
    if content.startswith(_OTHERS):  # TIFF and HEIC: scanners and telephones
        return True
    size = _png(content) or _jpeg(content)
    if size is None:
        return False
    shorter, longer = sorted(size)
    return shorter >= _SHORTEST and longer <= shorter * _FLATTEST


def _png(content: bytes) -> tuple[int, int] | None:
    """Return width and height (ISO/IEC 15948, section 11.2.2)."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or len(content) < 24:  # noqa: PLR2004
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """Return width and height (ISO/IEC 10918-1, section B.2.2)."""
    if not content.startswith(b"\xff\xd8"):
        return None
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:  # noqa: PLR2004
        kind, length = (
            content[place + 1],
            int.from_bytes(content[place + 2 : place + 4], "big"),
        )
        if kind in _START_OF_FRAME:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + max(2, length)
    return None
