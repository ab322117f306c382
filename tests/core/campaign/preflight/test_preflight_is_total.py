"""Any text, any link and any file gives findings, never an exception."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from papers import a_docx, a_pdf, a_zip

from mailer.campaign.preflight.attachment import look_at_attachment
from mailer.campaign.preflight.dates import Dates
from mailer.campaign.preflight.link import look_at_link
from mailer.campaign.preflight.mended import look_at_links, mend
from mailer.campaign.preflight.mention import look_for_mentions
from mailer.campaign.preflight.message import look_at_message
from mailer.campaign.preflight.sender import look_at_sender
from mailer.model.message import Attachment, Rendered

DATES = Dates(date(2024, 2, 29), date(2024, 3, 8), datetime(2024, 3, 13, 10))  # noqa: DTZ001
PIECES = (
    *(
        "v sredo",
        " do ",
        "najpozneje ",
        "29. ",
        "februarja",
        "31. 2.",
        " 2023",
        "0. 0.",
    ),
    *(
        " ob 25. uri",
        "(torek)",
        "9999-99-99",
        "{{",
        "TODO",
        "lorem ipsum",
        " ,",
        "\u00b2",
    ),
    *(
        "https://",
        "http://[",
        "mailto:",
        ":99999",
        "v prilogi",
        "a.pdf",
        "\x00",
        "\ud7ff",
    ),
    *(
        "<table>",
        "</table>",
        "</p>",
        '<p style="color:#fff',
        '">',
        "<img",
        "<!--",
        "<![[",
    ),
    *(
        "</html>",
        "<h6>",
        "&#xFFFFFFFF;",
        '<a href="',
        "rgb(999,0,0)",
        "\n\n",
        "١٢. ٣. ",
    ),
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map(
    "".join
)
FILES = (a_pdf(author="A"), a_pdf(password="b"), a_docx("C"), a_zip("d", "e/f.exe"))


@example(subject="", text="", html="<![[</html>", is_live=False)
@given(subject=texts, text=texts, html=st.none() | texts, is_live=st.booleans())
def test_any_message_is_looked_at(subject, text, html, is_live):
    """Whatever templates and cells may hold; each finding says all that it has to."""
    rendered = Rendered(subject, text, html)

    for found in look_at_message("here", rendered, DATES, is_live=is_live):
        assert found.place.startswith("here.")
        assert found.cause
        assert found.next_step


@given(texts, st.lists(texts, max_size=2), st.booleans())
def test_any_mention_link_and_sender_is_looked_at(text, names, flag):
    list(look_for_mentions("here", text, names, has_more=flag))
    list(look_at_link("here", text, is_live=flag))
    list(look_at_sender(text, text, text))


@given(
    content=st.sampled_from(FILES),
    cuts=st.lists(st.tuples(st.integers(0, 40_000), st.binary(max_size=4)), max_size=4),
    name=st.sampled_from(["a.pdf", "a.docx", "a.docm", "a.zip", "a", "a.exe", "."]),
)
def test_any_file_is_looked_at(content, cuts, name):
    """Torn, overwritten, and under any name."""
    torn = bytearray(content)
    for place, replacement in cuts:
        at = place % len(torn)
        torn[at : at + len(replacement)] = replacement
    if cuts:
        del torn[cuts[0][0] % len(torn) + 1 :]

    for found in look_at_attachment("here", Attachment(name, bytes(torn))):
        assert found.next_step


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["links", "step", "title"]), anything))
def test_any_definition_is_mended(definition):
    """What a TOML file may hold, in whatever order."""
    wrong = {
        key for key, _ in look_at_links("c", definition.get("links"), is_live=True)
    }

    mend(
        definition,
        templates=(),
        attachments=(),
        wrong_links=wrong,
        substitute="mailto:pisarna@posiljatelj.example",
    )
