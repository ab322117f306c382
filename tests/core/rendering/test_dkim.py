"""Signatures: whatever the letter, they verify, and nothing else does."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import example, given
from hypothesis import strategies as st
from signatures import (
    ALGORITHMS,
    a_letter,
    a_signer,
    an_rsa_key,
    dkimpy_verifies,
    in_pem,
)

from mailer.model.message import Attachment, Lines
from mailer.rendering.dkim import SEALED, Signer, read_key

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs",))
LINES = st.one_of(
    st.text(LETTERS, max_size=100),
    st.sampled_from(
        ["", ".", "..", ".pika", "From here", "  a  b\t", "čšž ", "x" * 990]
    ),
)
TEXTS = st.lists(LINES, max_size=8).map("\n".join)
SUBJECTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
)
#: bodies as no letter of ours has them: white space at the ends of lines, 8 bit
RAW_BODIES = st.lists(
    st.one_of(
        st.binary(max_size=40).map(lambda line: re.sub(rb"[\r\n]", b"", line)),
        st.sampled_from([b"", b" ", b".", b"a \t b ", "č".encode()]),
    ),
    max_size=8,
).map(lambda lines: b"".join(line + b"\r\n" for line in lines))

each_algorithm = pytest.mark.parametrize("algorithm", ALGORITHMS)


def signed(message, algorithm):
    return a_signer(algorithm).sign(message)


def tags(message):
    """Return the tags of the signature; white space is none of theirs."""
    field = re.match(rb"DKIM-Signature:((?:[^\r]|\r\n[ \t])*)\r\n", message.data)[1]
    text = re.sub(r"\s", "", field.decode())
    return dict(tag.split("=", 1) for tag in text.split(";"))


# What verifies.


@each_algorithm
@given(subject=SUBJECTS, text=TEXTS, html=st.none() | TEXTS)
@example(subject="", text="", html=None)
@example(subject="Vabilo", text=".\n..\nšumniki čšž\n\n\n\n", html=None)
def test_a_signed_letter_verifies(algorithm, subject, text, html):
    """Whatever stands in it."""
    letter = signed(a_letter(subject, text, html), algorithm)

    assert dkimpy_verifies(letter.data, algorithm)


@each_algorithm
@given(body=RAW_BODIES)
@example(body=b"")
@example(body=b"\r\n\r\n")
@example(body=b"text \r\n \r\n\r\n")
def test_a_body_of_any_shape_verifies(algorithm, body):
    """Also one that the compiler never makes."""
    letter = a_letter()
    head = letter.data.partition(b"\r\n\r\n")[0]
    letter = replace(letter, pieces=(Lines(head + b"\r\n\r\n" + body),))

    assert dkimpy_verifies(signed(letter, algorithm).data, algorithm)


@given(body=RAW_BODIES, data=st.data())
def test_a_letter_in_pieces_is_signed_as_the_whole(body, data):
    """Wherever it is cut: in the header, before the empty line, at its end."""
    whole = a_letter().data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body
    lines = [line + b"\r\n" for line in whole.split(b"\r\n")[:-1]]
    ends = data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=6))
    places = [0, *sorted(ends), len(lines)]
    pieces = tuple(Lines(b"".join(lines[start:end])) for start, end in pairwise(places))

    in_one = signed(replace(a_letter(), pieces=(Lines(whole),)), "ed25519")
    in_many = signed(replace(a_letter(), pieces=pieces), "ed25519")
    assert in_one.data == in_many.data
    assert pieces == in_many.pieces[1:]


@each_algorithm
def test_a_letter_with_files_verifies(algorithm):
    """The body is all that follows the header, attachments and all."""
    calendar = Attachment("vabilo.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    letter = a_letter("Vabilo", "Spoštovani!", "<p>Spoštovani!</p>", calendar=calendar)

    assert dkimpy_verifies(signed(letter, algorithm).data, algorithm)


@each_algorithm
def test_relays_may_add_fields_and_fold_them_anew(algorithm):
    """What happens to every message on its way breaks no signature."""
    letter = signed(a_letter("Vabilo na konferenco"), algorithm).data
    changed = letter.replace(b"Subject: Vabilo na", b"subject:  Vabilo\r\n\tna", 1)
    changed = b"Received: from relay.example\r\nX-Spam: no\r\n" + changed + b"\r\n\r\n"

    assert letter.count(b"Subject: Vabilo na") == 1
    assert dkimpy_verifies(changed, algorithm)


# What does not.


@each_algorithm
@pytest.mark.parametrize("name", SEALED)
@pytest.mark.parametrize("above", [True, False], ids=["above", "below"])
def test_an_injected_field_breaks_the_signature(algorithm, name, above):
    """Readers disagree about which of two counts, so there must be no second."""
    letter = signed(a_letter(), algorithm).data
    head, _, body = letter.partition(b"\r\n\r\n")
    field = f"{name}: tujec@drugje.example".encode()
    fields = [field, head] if above else [head, field]

    assert dkimpy_verifies(letter, algorithm)
    assert not dkimpy_verifies(b"\r\n".join([*fields, b"", body]), algorithm)


@each_algorithm
def test_a_changed_octet_breaks_the_signature(algorithm):
    """Wherever it stands in the letter: every field we write is covered."""
    letter = a_letter()
    signature = signed(letter, algorithm).data.removesuffix(letter.data)
    unnoticed = []
    for place, was in enumerate(letter.data):
        octet = b"x" if was not in b"xX" else b"y"
        changed = letter.data[:place] + octet + letter.data[place + 1 :]
        if dkimpy_verifies(signature + changed, algorithm):
            unnoticed.append((place, chr(was)))

    assert [] == unnoticed


@each_algorithm
def test_another_key_does_not_verify(algorithm):
    """Domain and selector alone prove nothing."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    if algorithm == "rsa":
        key = an_rsa_key(3072)
    other = Signer("posiljatelj.example", algorithm, key)
    letter = other.sign(a_letter())

    assert not dkimpy_verifies(letter.data, algorithm)


# What the signature says.


@each_algorithm
def test_the_same_letter_is_signed_with_the_same_bytes(algorithm):
    """A retry is the same message, octet for octet."""
    assert signed(a_letter(), algorithm) == signed(a_letter(), algorithm)


def test_only_a_field_before_the_first_is_added():
    """The compiled bytes go out as they are."""
    letter = a_letter()
    made = signed(letter, "rsa")

    assert letter == replace(made, pieces=letter.pieces)
    assert made.data.endswith(b"==\r\n" + letter.data)


def test_a_signature_names_domain_and_key():
    """And no time: one from the future is refused, and letters are shown early."""
    made = tags(signed(a_letter(), "rsa"))

    assert {
        "v": "1",
        "a": "rsa-sha256",
        "c": "relaxed/simple",
        "d": "posiljatelj.example",
        "s": "rsa",
    } == {tag: text for tag, text in made.items() if tag not in {"bh", "h", "b"}}


def test_what_is_sealed_is_named_once_more_than_it_is_there():
    """And nothing that stands in the header is left out."""
    letter = a_letter()
    head = letter.data.partition(b"\r\n\r\n")[0].decode()
    present = re.findall(r"^([\w-]+):", head, re.MULTILINE)
    named = tags(signed(letter, "rsa"))["h"].split(":")

    assert sorted([*present, *SEALED]) == sorted(named)


@each_algorithm
def test_a_field_that_stands_twice_is_signed_twice(algorithm):
    """From the last to the first, as verifiers look for them."""
    letter = a_letter()
    letter = replace(
        letter, pieces=(Lines(b"List-Id: <a>\r\nList-Id: <b>\r\n"), *letter.pieces)
    )
    made = signed(letter, algorithm).data

    assert dkimpy_verifies(made, algorithm)
    assert not dkimpy_verifies(made.replace(b"<a>", b"<c>", 1), algorithm)


def test_the_lines_of_a_signature_are_short():
    """As those of any field (RFC 5322, section 2.1.1)."""
    field = signed(a_letter(), "rsa").data.removesuffix(a_letter().data)

    assert 78 >= max(map(len, field.split(b"\r\n")))


@pytest.mark.parametrize(
    ("algorithm", "octets", "expected"),
    [("rsa", 10, True), ("ed25519", 10, False), ("ed25519", 1_000_000, True)],
)
def test_who_signs_knows_what_is_slow(algorithm, octets, expected):
    """RSA is, and so are large files; a letter alone is not with Ed25519."""
    calendar = Attachment("vabilo.ics", bytes(octets))
    letter = a_letter(calendar=calendar)

    assert expected is a_signer(algorithm).is_slow_for(letter)


# Keys.


@each_algorithm
def test_a_key_is_read_from_pem(algorithm):
    key = a_signer(algorithm).key

    assert in_pem(key) == in_pem(read_key(in_pem(key)))


def test_a_key_in_openssls_old_form_is_read_too():
    """Which `opendkim-genkey` writes."""
    key = an_rsa_key()
    pem = key.private_bytes(
        Encoding.PEM,
        PrivateFormat.TraditionalOpenSSL,
        NoEncryption(),
    )

    assert in_pem(key) == in_pem(read_key(pem))


LOCKED = an_rsa_key().private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geslo")
)
PUBLIC = (
    an_rsa_key()
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)


@pytest.mark.parametrize(
    ("pem", "cause"),
    [
        pytest.param(in_pem(an_rsa_key(1024)), "1024 bits, not of 2048", id="weak"),
        pytest.param(
            in_pem(ec.generate_private_key(ec.SECP256R1())), "neither", id="EC"
        ),
        pytest.param(LOCKED, "password", id="locked"),
        pytest.param(PUBLIC, "no private key", id="public"),
        pytest.param(in_pem(an_rsa_key())[:400], "no private key", id="torn"),
        pytest.param(b"", "no private key", id="empty"),
    ],
)
def test_a_key_that_cannot_sign_is_refused(pem, cause):
    """In words that say what the file holds instead."""
    with pytest.raises(ValueError, match=cause):
        read_key(pem)
