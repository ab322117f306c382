"""Header fields: by their grammar, folded, encoded, and closed to injection."""

from __future__ import annotations

import email
import email.policy
import email.utils
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.rendering import headers

HOSTILE = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
        st.sampled_from("""čšžČŠŽ "\\=?_,;:<>@()&"""),
    ),
    max_size=200,
)
BREAKS = st.sampled_from(
    ["\r\n", "\r", "\n", "\0", "\t", "\x0b", "\x7f", "\x85", "\u2028", "\u2029"]
)
ADDRESS = "obcina@koper.example"


def unfolded(field: bytes) -> str:
    """Return the value of a field as RFC 5322, section 2.2.3 unfolds it."""
    assert field.endswith(b"\r\n")
    return field[:-2].replace(b"\r\n", b"").decode("ascii").partition(": ")[2]


def decoded(value: str) -> str:
    """Return a value with its encoded words decoded."""
    # Not policy.default: its parser (3.11.7) puts a space between encoded words.
    return "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in decode_header(value)
    )


def lines(field: bytes) -> list[bytes]:
    return field[:-2].split(b"\r\n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Invitation", b"Subject: Invitation\r\n"),
        ("", b"Subject: \r\n"),
        ("Občina", b"Subject: =?utf-8?q?Ob=C4=8Dina?=\r\n"),
        ("two  spaces", b"Subject: =?utf-8?q?two__spaces?=\r\n"),
        ("a =?utf-8?q?b?=", b"Subject: =?utf-8?q?a_=3D=3Futf-8=3Fq=3Fb=3F=3D?=\r\n"),
        (
            f"{'word ' * 14}end",
            b"Subject: " + b" ".join([b"word"] * 14) + b"\r\n end\r\n",
        ),
    ],
)
def test_text_is_written_as_plainly_as_it_can_be(value, expected):
    """ASCII stays readable; anything else becomes encoded words as a whole."""
    assert expected == headers.text("Subject", value)


@given(value=HOSTILE)
@example(value=" ")
@example(value="x" * 500)
@example(value="😀" * 50)
def test_any_text_comes_back(value):
    """C11: what is written into a subject is what a reader decodes."""
    field = headers.text("Subject", value)

    assert value == decoded(unfolded(field))
    assert all(len(line) <= headers.LINE for line in lines(field))
    for word in unfolded(field).split(" "):
        if word.startswith("=?utf-8?q?"):
            assert len(word) <= 75
            decoded(word)  # raises if a character was split


@given(before=HOSTILE, forbidden=BREAKS, after=HOSTILE)
def test_no_value_adds_a_field(before, forbidden, after):
    """Control characters and line breaks of any kind are refused everywhere."""
    value = before + forbidden + after

    with pytest.raises(ValueError, match="cannot stand in a header"):
        headers.text("Subject", value)
    with pytest.raises(ValueError, match="cannot stand in a header"):
        headers.mailbox("To", value, ADDRESS)
    with pytest.raises(ValueError, match="cannot stand in a header"):
        headers.file_fields("application/pdf", value)
    with pytest.raises(ValueError, match="is not"):
        headers.raw("References", value)
    with pytest.raises(ValueError, match="is not"):
        headers.mailbox("To", "", f"{value}@koper.example")


@pytest.mark.parametrize(
    ("display_name", "expected"),
    [
        ("", b"To: obcina@koper.example\r\n"),
        ("Koper, Mayor", b'To: "Koper, Mayor" <obcina@koper.example>\r\n'),
        ('a "b" \\', b'To: "a \\"b\\" \\\\" <obcina@koper.example>\r\n'),
        (
            "Občina Šmarje",
            b"To: =?utf-8?q?Ob=C4=8Dina_=C5=A0marje?= <obcina@koper.example>\r\n",
        ),
    ],
)
def test_a_display_name_is_quoted_or_encoded(display_name, expected):
    """ASCII names are quoted strings, others encoded words."""
    assert expected == headers.mailbox("To", display_name, ADDRESS)


@given(name=HOSTILE.map(str.strip).filter(bool))
@example(name="x" * 300)
@example(name="Prvi <tujec@drugje.example>, Drugi")
def test_any_display_name_leaves_one_address(name):
    """C11: no name changes or adds an address, and each name comes back."""
    field = headers.mailbox("To", name, ADDRESS)

    found = email.utils.getaddresses([unfolded(field)])
    assert [ADDRESS] == [address for _, address in found]
    assert name == decoded(found[0][0])
    assert all(len(line) <= headers.LINE for line in lines(field))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "koper",
        "župan@koper.example",
        "obcina@žlahta.example",
        '"a b"@koper.example',
        "a@b.example, c@d.example",
        "a@b.example>\r\nBcc: c@d.example",
        "a@[192.0.2.1]",
    ],
)
def test_only_an_ascii_address_is_one(address):
    """What would need SMTPUTF8, quotes or a literal is refused."""
    with pytest.raises(ValueError, match="is not an ASCII address"):
        headers.mailbox("To", "", address)


def test_ids_and_uris_are_never_encoded():
    """A long URI stays one long line; only a list of ids is folded."""
    uri = f"<mailto:{'u' * 100}@posiljatelj.example?subject=odjava>"
    ids = [f"<{letter * 40}@posiljatelj.example>" for letter in "abc"]

    assert f"List-Unsubscribe: {uri}\r\n".encode() == headers.raw(
        "List-Unsubscribe", uri
    )
    folded = headers.raw("References", " ".join(ids))
    assert 3 == len(lines(folded))
    assert " ".join(ids) == unfolded(folded)


def test_a_line_never_exceeds_998_octets():
    """What cannot be folded below the hard limit is refused."""
    with pytest.raises(ValueError, match="longer than 998"):
        headers.raw("List-Unsubscribe", f"<mailto:{'u' * 1000}@a.example>")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (
            datetime(2019, 4, 8, 9, 0, tzinfo=ZoneInfo("Europe/Ljubljana")),
            b"Date: Mon, 08 Apr 2019 09:00:00 +0200\r\n",
        ),
        (
            datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
            b"Date: Thu, 29 Feb 2024 23:59:59 +0000\r\n",
        ),
        (
            datetime(2019, 12, 31, 1, 2, tzinfo=timezone(-timedelta(hours=3.5))),
            b"Date: Tue, 31 Dec 2019 01:02:00 -0330\r\n",
        ),
    ],
)
def test_dates_stand_in_their_own_zone(when, expected):
    """Date has the wall clock of the given zone and its offset."""
    assert expected == headers.date("Date", when)


@given(
    when=st.datetimes(
        min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - the strategy wants naive ones
        timezones=st.timezones(),
    )
)
def test_any_date_is_the_same_instant(when):
    """A parsed Date is the instant that was written, without its microseconds."""
    value = unfolded(headers.date("Date", when))

    assert when.astimezone(UTC).replace(microsecond=0) == (
        email.utils.parsedate_to_datetime(value).astimezone(UTC)
    )


def test_a_naive_date_is_refused():
    """Nobody guesses a zone."""
    with pytest.raises(ValueError, match="no time zone"):
        headers.date("Date", datetime(2019, 4, 8))  # noqa: DTZ001 - naive on purpose


def test_a_file_name_with_sumniki_goes_out_twice():
    """M05: RFC 2231 for those who read it, ASCII letters for those who do not."""
    assert (
        b"Content-Type: application/pdf; "
        b'name="Opis projekta - zascita.pdf"\r\n'
        b"Content-Disposition: attachment;\r\n"
        b" filename*=utf-8''Opis%20projekta%20-%20za%C5%A1%C4%8Dita.pdf;\r\n"
        b' filename="Opis projekta - zascita.pdf"\r\n'
    ) == headers.file_fields("application/pdf", "Opis projekta - zaščita.pdf")


@given(name=HOSTILE.map(lambda name: f"{name.strip()}.pdf"))
@example(name="Đurđevac.pdf")
@example(name="=?utf-8?q?x?=.pdf")
def test_any_file_name_comes_back(name):
    """M05: the name a reader sees is the name that was given."""
    fields = headers.file_fields("application/pdf", name)

    parsed = email.message_from_bytes(fields + b"\r\n", policy=email.policy.default)
    assert name == parsed.get_filename()
    assert "application/pdf" == parsed.get_content_type()
    assert ["Content-Type", "Content-Disposition"] == parsed.keys()


@pytest.mark.parametrize("media_type", ["", "pdf", "a/b\r\nX: y", "a/b; name=x y"])
def test_a_media_type_is_checked(media_type):
    """A type that could carry more than a type is refused."""
    with pytest.raises(ValueError, match="is not a media type"):
        headers.file_fields(media_type, "a.pdf")
