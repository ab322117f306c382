"""Letters of one step: what they share changes none of them."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from email.header import decode_header
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.message import Attachment, Envelope, Lines, Rendered
from mailer.rendering.mime import compile_message, skeleton

NOON = datetime(2019, 4, 8, 12, 0, tzinfo=ZoneInfo("Europe/Ljubljana"))
CALENDAR = Attachment(
    "vabilo.ics",
    b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "text/calendar; charset=utf-8; method=REQUEST",
)
FILES = (
    Attachment("Opis – zaščita.pdf", bytes(range(256)) * 40, "application/pdf"),
    Attachment("prazno.txt", b"", "text/plain"),
)

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs",))
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    max_size=60,
)
LINES = st.one_of(
    st.text(LETTERS, max_size=120),
    st.sampled_from(
        [
            *("", ".", "..", ".pika", "From here", "konec  ", "tab\t", "=", "a\x07b"),
            *("Županja Šentjurja " * 70, "x" * 75 + " ", "--=_m", "\u2028", "\x0c"),
        ]
    ),
)
OWN = st.lists(LINES, max_size=3)
SHARED = [f"{number}. odstavek, {'kakršnega dobijo vsi ' * 5}" for number in range(12)]


@st.composite
def texts(draw):
    """Lines that all letters have, with some of its own before, between and after."""
    middle = draw(st.integers(0, len(SHARED)))
    return "\n".join(
        [
            *draw(OWN),
            *SHARED[:middle],
            *draw(OWN),
            *SHARED[middle + draw(st.integers(0, 2)) :],
            *draw(OWN),
        ]
    )


RENDERED = st.builds(Rendered, WORDS, texts(), st.none() | texts())
READERS = st.lists(st.tuples(RENDERED, WORDS), min_size=1, max_size=5)
ATTACHED = st.sampled_from([(), FILES, FILES[:1]])


def a_skeleton(attachments=()):
    return skeleton(
        sender_name="Pisarna za sodelovanje občin",
        sender_address="pisarna@posiljatelj.example",
        reply_to="odgovori@posiljatelj.example",
        list_id="<conference.posiljatelj.example>",
        attachments=attachments,
    )


def compiled(shared, number, rendered, name="Občina Koper", calendar=None):
    return compile_message(
        shared,
        rendered=rendered,
        envelope=Envelope(
            f"b-{number}@posiljatelj.example", f"o{number}@koper.example"
        ),
        recipient_name=name,
        message_id=f"<{number}@posiljatelj.example>",
        date=NOON,
        list_unsubscribe=f"<mailto:u-{number}@posiljatelj.example?subject=odjava>",
        calendar=calendar,
    )


def normalised(text):
    """Return `text` with CRLF line ends, the last line ended."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    return (lines + "\n").replace("\n", "\r\n").encode()


def words(value):
    """Return a field's value as its reader sees it."""
    # compat32: the modern parser of 3.11.7 puts a space between encoded words
    return "".join(
        word.decode(charset or "ascii") if isinstance(word, bytes) else word
        for word, charset in decode_header(value.replace("\r\n", ""))
    )


@given(
    readers=READERS, attachments=ATTACHED, calendar=st.sampled_from([None, CALENDAR])
)
def test_what_goes_in_comes_back_to_each(readers, attachments, calendar):
    """Python's own parser finds in each letter what was put into it."""
    shared = a_skeleton(attachments)
    for number, (rendered, name) in enumerate(readers):
        message = compiled(shared, number, rendered, name, calendar)
        found = email.message_from_bytes(message.data, policy=email.policy.SMTP)
        parts = [part for part in found.walk() if not part.is_multipart()]
        bodies = [part.get_payload(decode=True) for part in parts]

        sent = [text for text in (rendered.text, rendered.html) if text is not None]
        files = [*([calendar] if calendar else []), *attachments]
        assert [*map(normalised, sent), *(file.content for file in files)] == bodies
        named = [part.get_filename() for part in parts[len(sent) :]]
        assert [file.name for file in files] == named
        assert [] == [defect for part in found.walk() for defect in part.defects]
        assert rendered.subject == words(
            email.message_from_bytes(message.data)["Subject"]
        )
        assert f"o{number}@koper.example" == found["To"].addresses[0].addr_spec
        assert f"<{number}@posiljatelj.example>" == found["Message-ID"]
        assert NOON == found["Date"].datetime
        assert f"u-{number}@" in found["List-Unsubscribe"]


@given(readers=READERS, attachments=ATTACHED, data=st.data())
def test_a_letter_is_the_same_in_any_order(readers, attachments, data):
    """Also the second time, and alone: nothing of one is seen in another."""
    shared = a_skeleton(attachments)
    alone = [
        compiled(a_skeleton(attachments), number, *reader).data
        for number, reader in enumerate(readers)
    ]
    for number in [*data.draw(st.permutations(range(len(readers)))), 0]:
        message = compiled(shared, number, *readers[number])

        assert alone[number] == message.data
        assert all(piece == Lines(piece.data) for piece in message.pieces)


def letters(attachments=(), count=4):
    shared = a_skeleton(attachments)
    body = "\n".join(SHARED)
    return [
        compiled(
            shared,
            number,
            Rendered("Vabilo", f"{number}\n{body}", f"<{number}>\n{body}"),
        )
        for number in range(count)
    ]


def test_files_are_one_piece_for_all():
    """1 MB of them costs a letter no copy, no look and no encoding."""
    *_, one, other = letters(
        [Attachment("big.pdf", bytes(1_000_000), "application/pdf")]
    )

    assert one.pieces[-1] is other.pieces[-1]
    assert len(one.pieces[-1].data) > 1_000_000
    assert sum(len(piece.data) for piece in one.pieces[:-1]) < 10_000


def test_paragraphs_are_one_piece_for_all():
    """What the templates hold goes out without being encoded again."""
    *_, one, other = letters()
    shared = [
        piece for piece in one.pieces if any(piece is its for its in other.pieces)
    ]

    assert 2 == len(shared)
    assert len(b"".join(piece.data for piece in shared)) > 0.6 * one.size


@pytest.mark.parametrize("attachments", [(), FILES])
def test_boundaries_are_the_steps_own(attachments):
    """They stay the same from letter to letter, and differ with the files."""
    boundaries = {
        email.message_from_bytes(one.data).get_boundary()
        for one in letters(attachments)
    }
    others = {
        email.message_from_bytes(one.data).get_boundary() for one in letters(FILES[1:])
    }

    assert 1 == len(boundaries)
    assert not boundaries & others
