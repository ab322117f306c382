"""
Sort names by the Slovenian alphabet, without asking the machine for a locale.

Č follows C, Š follows S and Ž follows Z as letters of their own; Ć and Đ, which
occur in surnames, stand behind Č and D.
Other letters with marks (ö, à, ő) stand with their bare letter.
"""

from __future__ import annotations

import unicodedata

ALPHABET = "abcčćdđefghijklmnopqrsštuvwxyzž"
_RANK = {letter: rank for rank, letter in enumerate(ALPHABET, start=1)}


def alphabetical(name: str) -> tuple[tuple[int, ...], str]:
    """
    Return the key that sorts `name` among others.

    What is not a letter comes before all letters, so "Ribnica na Pohorju"
    follows "Ribnica"; the name itself breaks a tie.
    """
    composed = unicodedata.normalize("NFC", name.casefold())
    return tuple(_rank(character) for character in composed), name


def _rank(character: str) -> int:
    if character in _RANK:
        return _RANK[character]
    bare = unicodedata.normalize("NFD", character)[0]
    return _RANK.get(bare, 0)
