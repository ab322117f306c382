"""C09, C10: which addresses we can write to, and what is said about the others."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.recipients.addresses import foreign_letters, read_address
from mailer.recipients.deduplicate import address_key
from mailer.recipients.validate import CellError


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("obcina@koper.example", "obcina@koper.example"),
        (" Obcina@Koper.Example\t", "Obcina@koper.example"),
        ("obcina@koper.example\u00a0", "obcina@koper.example"),
        ("glavna.pisarna+a/b=c@koper.test", "glavna.pisarna+a/b=c@koper.test"),
        ("a@localhost", "a@localhost"),
        ("a@b.localhost", "a@b.localhost"),
        ("a@b.invalid", "a@b.invalid"),
        ("info@žlahta.example", "info@xn--lahta-tib.example"),
        ("info@ŽLAHTA.test", "info@xn--lahta-tib.test"),
        ("info@xn--lahta-tib.example", "info@xn--lahta-tib.example"),
        (f"{'a' * 64}@b.example", f"{'a' * 64}@b.example"),
    ],
)
def test_an_address_is_taken(cell, expected):
    """The local part stays as it is spelt; the domain becomes ASCII."""
    assert expected == read_address(cell)


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ("", "there is no address"),
        ("  ", "there is no address"),
        ("office(at)town.example", "'office(at)town.example' has no @"),
        ("a@b.example,c@d.example", "more than one address"),
        ("a@b.example; c@d.example", "more than one address"),
        ("a@b.examplemailto:a@b.example", "more than one address"),
        ("Ime <a@b.example>", "more around it"),
        ('"a b"@c.example', "quotation marks"),
        ("a@[192.0.2.1]", "computer by its number"),
        ("a b@c.example", "a space"),
        ("@c.example", "not whole"),
        ("a@", "not whole"),
        ("župan@koper.example", "beyond ASCII"),
        (".a@b.example", "dot too many"),
        ("a.@b.example", "dot too many"),
        ("a..b@c.example", "dot too many"),
        (f"{'a' * 65}@b.example", "more than 64"),
        (f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.example", "254"),
        ("mailto:a@b.example", "a character no address has"),
        ("a@b", "the domain 'b'"),
        ("a@test", "the domain 'test'"),
        ("a@b..example", "the domain"),
        ("a@-b.example", "the domain"),
        ("a@b_c.example", "the domain"),
        ("a@b.example.", "the domain"),
        ("a@192.0.2.1", "the domain"),
        ("a@b.123", "the domain"),
        ("a\u200b@b.example", "U\\+200B"),
        ("a@b.exam\u202eple", "U\\+202E"),
        ("a@b.example\r\nBcc: c@d.example", "U\\+000D"),
        ("a\0@b.example", "U\\+0000"),
    ],
)
def test_what_is_no_address_is_told_why(cell, cause):
    """C10: each rejection says what is wrong and what to do."""
    with pytest.raises(CellError, match=cause.replace("(", r"\(").replace(")", r"\)")):
        read_address(cell)


LABELS = st.one_of(
    st.from_regex(r"[A-Za-z0-9-]{1,5}", fullmatch=True),
    st.text("abAB01.-_ž\u212a\u3002", min_size=1, max_size=20),
    st.sampled_from(["x" * 63, "x" * 64, "xn--lahta-tib", "ab--cd", "a-b", ""]),
)
#: no reserved ones: those we take, and the library does not
TOPS = st.sampled_from(
    [
        "si",
        "SI",
        "s",
        "s1",
        "1s",
        "12",
        "s-i",
        "arpa",
        "ARPA",
        "onion",
        "local",
        "xn--a",
    ]
)


@given(
    # Longer ones the library takes unless it is told to be strict; we never do.
    local=st.just("a") | st.text("aZ09.!+-_'čž @\"()<>", min_size=1, max_size=64),
    domain=st.builds(
        lambda labels, top: ".".join([*labels, top]),
        st.lists(LABELS, min_size=0, max_size=5),
        TOPS,
    ),
)
@example(local="a", domain="ab--cd.si")
@example(local="a", domain="a--b.si")
@example(local="a", domain="\u212aoper.si")
@example(local="a", domain="town.ARPA")
@example(local="a", domain=f"{'x' * 64}.si")
@example(local="a", domain=f"{'.'.join(['x' * 62] * 4)}.si")
def test_the_short_way_agrees_with_email_validator(local, domain):
    """What the expression and the cache decide is what the library would."""
    cell = f"{local}@{domain}".strip()
    try:
        checked = validate_email(
            cell, check_deliverability=False, allow_smtputf8=False
        ).ascii_email
    except EmailNotValidError:
        checked = None

    try:
        read = read_address(cell)
    except CellError:
        read = None

    assert checked == read


@given(st.text(max_size=60))
def test_any_cell_is_an_address_or_a_reason(cell):
    """No text raises anything but the reason; what is taken is taken again."""
    try:
        address, next_step = read_address(cell), ""
    except CellError as error:
        address, next_step = "", error.next_step

    assert bool(address) is not bool(next_step)
    assert address.isascii()
    if address:
        assert address == read_address(address)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@Primer.Example", "ana@primer.example"),
        ("info@žlahta.example", "info@xn--lahta-tib.example"),
        ("info@ŽLAHTA.example", "info@z\u030clahta.example"),
        ("ŽUPAN@koper.example", "z\u030cupan@koper.example"),
        ("Straße@a.example", "STRASSE@a.example"),
    ],
)
def test_spellings_of_one_address_have_one_key(one, other):
    """C09: case, Unicode form and punycode make no difference."""
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a+vloga@b.example", "a@b.example"),
        ("a.b@c.example", "ab@c.example"),
        ("a@b.example", "a@\u0430b.example"),
        ("a@b.example", "a@b.example.test"),
    ],
)
def test_other_addresses_have_other_keys(one, other):
    """C09: tags, dots and letters of other scripts are not folded away."""
    assert address_key(one) != address_key(other)


@given(st.text())
def test_every_text_has_a_key(text):
    """The key is total, as answers come from addresses nobody checked."""
    assert isinstance(address_key(text), str)


def test_a_key_is_its_own_key():
    """Making the key again changes nothing."""
    key = address_key("Župan@ŽLAHTA.example")

    assert key == address_key(key)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("info@žlahta.example", ""),
        ("info@koper.example", ""),
        ("info@k\u043eper.example", "\u043e"),
    ],
)
def test_letters_that_only_look_latin_are_found(address, expected):
    """C09: a Cyrillic letter in a domain is worth a warning; šumniki are not."""
    assert expected == foreign_letters(address)
