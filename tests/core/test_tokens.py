"""References and tokens: in base32, bound to one purpose, made by one key."""

from __future__ import annotations

import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer import tokens
from mailer.tokens import Purpose

KEY = bytes(range(32))
REFERENCES = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=30)


@given(key=st.binary(max_size=100), words=st.tuples(WORDS, WORDS, WORDS))
def test_a_reference_is_eighty_bits_of_an_hmac(key, words):
    """As the standard library makes it, for keys of any length."""
    text = "\x1f".join(["delivery", *words]).encode()
    digest = hmac.digest(key, text, "sha256")

    expected = base64.b32encode(digest[:10]).decode().lower()
    assert expected == tokens.reference(key, *words)


def test_a_reference_never_changes():
    """The ledgers and mailboxes of offices are full of them."""
    reference = tokens.reference(KEY, "conference", "invitation", "obcina@bled.example")

    assert "36xdx5hnxfujb27k" == reference


@given(purpose=st.sampled_from(Purpose), reference=REFERENCES)
def test_a_token_gives_back_its_reference(purpose, reference):
    """Wherever it stands in a text, whatever relays did to its case."""
    token = tokens.sign(KEY, purpose, reference)

    assert reference == tokens.read(KEY, purpose, token)
    assert reference == tokens.read(KEY, purpose, f"<{token.upper()}@a.example>")


@given(reference=REFERENCES, place=st.integers(2, 33), letter=st.sampled_from("a7"))
def test_a_changed_character_is_refused(reference, place, letter):
    """Nobody can make a token by changing one."""
    token = tokens.sign(KEY, Purpose.REVERSE_PATH, reference)
    changed = token[:place] + letter + token[place + 1 :]

    known = reference if changed == token else None
    assert known == tokens.read(KEY, Purpose.REVERSE_PATH, changed)


@pytest.mark.parametrize("purpose", [Purpose.RESPONSE, Purpose.UNSUBSCRIBE])
def test_a_token_is_for_one_purpose(purpose):
    """What came back in a bounce cannot unsubscribe anybody; nor another key's."""
    token = tokens.sign(KEY, Purpose.REVERSE_PATH, "abcdefghijklmnop")

    assert tokens.read(KEY, purpose, token) is None
    assert tokens.read(bytes(32), Purpose.REVERSE_PATH, token) is None
