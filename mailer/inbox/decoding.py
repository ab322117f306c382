"""
Turn the encodings of mail into text: transfer, charset, encoded words, HTML.

Every function takes anything and raises nothing: what cannot be decoded comes
back with replacement characters, because a person may still read it.
What a part is, and where it begins, is decided in `mailer.inbox.message`.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import quopri
import re
import unicodedata
from functools import lru_cache

#: text beyond this is not read; no report or reply is longer
MAX_TEXT_BYTES = 256 * 1024

#: names seen in mail that Python's registry knows otherwise, or not at all
_CHARSET_ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8",
    "x-sjis": "shift_jis",
    "windows-31j": "cp932",
    "x-user-defined": "latin-1",
    "cp-1250": "cp1250",
    "x-cp1250": "cp1250",
}

_ENCODED_WORD = re.compile(
    r"=\?([^?\s*]{1,40})(?:\*[^?]*)?\?([bBqQ])\?([^?\r\n]*)\?=(\s+(?==\?))?"
)  # RFC 2047, section 2; space between two of them is not text (section 6.2)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")

#: marks above and below letters: Latin, Cyrillic, Hebrew, Arabic, Japanese
_COMBINING = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u3099\u309a\ufe20-\ufe2f]+"
)

_INVISIBLE = re.compile(
    r"(?is)<(style|script|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)"
)
_LINE_ENDING_TAG = re.compile(
    r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|hr|pre)\b[^<>]{0,2000}>"
)
_PREFORMATTED = re.compile(r"(?i)<(?:pre|textarea)\b|white-space:\s*pre")
_QUOTATION_TAG = re.compile(r"(?i)<(/?)blockquote\b[^<>]{0,2000}>")
#: where a quotation begins and ends, while its tags are taken off
_QUOTE, _UNQUOTE = "\ue000", "\ue001"
_MARKS = re.compile(f"[{_QUOTE}{_UNQUOTE}]")
MAX_QUOTED_DEPTH = 10
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,2000}>")


def transfer_decoded(body: bytes, encoding: str) -> bytes:
    """Return `body` without its transfer encoding (RFC 2045, section 6)."""
    match encoding.strip().lower():
        case "base64":
            return _from_base64(body)
        case "quoted-printable":
            return quopri.decodestring(body)
        case "x-uuencode" | "uuencode" | "x-uue":
            return b""  # an attachment of old; never a report, never opened
        case _:
            return body


def text_of(body: bytes, charset: str) -> str:
    """Return `body` as text with LF line ends, in `charset` as far as it fits."""
    body = body[:MAX_TEXT_BYTES]
    for name in (charset, "utf-8"):
        try:
            text = body.decode(_codec(name))
            break
        except (UnicodeError, LookupError):
            continue
    else:
        # Slovenian mail that is neither as labelled nor UTF-8 is Windows-1250.
        text = body.decode("cp1250", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def header_text(value: str) -> str:
    """Return a header field's value with its encoded words decoded, in one line."""
    if "=?" in value:
        value = _ENCODED_WORD.sub(_word, value)
    return " ".join(value.split())


def html_to_text(source: str) -> str:
    """
    Return the readable text of an HTML part; nothing in it is ever fetched.

    Every line of a quotation begins with "> ", one for each level.
    """
    source = _INVISIBLE.sub(" ", _MARKS.sub("", source))
    if _LINE_ENDING_TAG.search(source) and not _PREFORMATTED.search(source):
        source = source.replace("\n", " ")  # programs wrap what they write
    source = _QUOTATION_TAG.sub(_quotation_mark, source)
    source = _LINE_ENDING_TAG.sub("\n", source)
    text = html.unescape(_TAG.sub("", source)).replace("\xa0", " ")
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if line in (_QUOTE, _UNQUOTE):
            depth = max(0, depth + (1 if line == _QUOTE else -1))
            lines.append("")
        else:
            marks = "> " * min(depth, MAX_QUOTED_DEPTH)
            lines.append((marks + " ".join(line.split())).rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _quotation_mark(found: re.Match[str]) -> str:
    """Return a line that says where a quotation begins or ends."""
    return f"\n{_UNQUOTE if found.group(1) else _QUOTE}\n"


def fold(text: str) -> str:
    """Return `text` without case and diacritics, spaces squeezed."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_COMBINING.sub("", apart).split())


def _from_base64(body: bytes) -> bytes:
    """Return what is readable of base64 that may be cut off or dirty."""
    digits = _NOT_BASE64.sub(b"", body.split(b"=", 1)[0] if b"=" in body else body)
    try:
        return base64.b64decode(digits[: len(digits) - (len(digits) % 4 == 1)] + b"==")
    except (binascii.Error, ValueError):
        return b""


def _word(found: re.Match[str]) -> str:
    """Return the text of one encoded word."""
    charset, encoding, content, _ = found.groups()
    raw = content.encode("utf-8", "replace")
    if encoding in "bB":
        return text_of(_from_base64(raw), charset)
    return text_of(quopri.decodestring(raw, header=True), charset)


@lru_cache(maxsize=64)
def _codec(name: str) -> str:
    """
    Return the codec for a charset's name.

    Raises:
        LookupError: There is none, or it does not make text of bytes.
    """
    name = name.strip(" \"'").lower()
    if "\0" in name:
        raise LookupError(name)
    found = codecs.lookup(_CHARSET_ALIASES.get(name, name) or "utf-8")
    # zlib, rot13 and hex are codecs too; idna and punycode are no charsets, and
    # undefined, unicode_escape and raw_unicode_escape are not for strangers.
    if not found._is_text_encoding or found.name in _NO_CHARSETS:  # noqa: SLF001 - codecs has no public test
        raise LookupError(name)
    return found.name


_NO_CHARSETS = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs"}
)
