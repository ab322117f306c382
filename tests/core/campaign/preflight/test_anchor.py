"""A link says where it leads, and the text part has it too."""

from __future__ import annotations

import pytest

from mailer.campaign.preflight.anchor import anchors, look_at_anchors, look_for_links


def causes(markup):
    return [one.cause for one in look_at_anchors("x/y.html", markup)]


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="https://town.example/a">prijavnica</a>',
        '<a href="https://town.example/a">https://town.example/a</a>',
        '<a href="https://www.town.example/a">town.example</a>',
        '<a href="mailto:urad@town.example">urad@town.example</a>',
        '<a href="https://town.example"><img src="x.png" alt="grb"></a>',
        "<p>brez povezave</p>",
    ],
)
def test_a_link_as_it_should_be(markup):
    """Words, its own address, or a picture that says what it shows."""
    assert [] == causes(markup)


@pytest.mark.parametrize(
    ("markup", "cause"),
    [
        ('<a href="https://a.example/x">https://b.example/x</a>', "as forged letters"),
        ("<a href='https://a.example'><b>b.example</b></a>", "as forged letters do"),
        ('<a class="x" href="https://a.example"> &nbsp;</a>', "has no words"),
        ('<a href="https://a.example"><img alt="" src="x.png"></a>', "has no words"),
    ],
)
def test_a_link_that_misleads(markup, cause):
    """Another host, or nothing that could be read out."""
    (found,) = causes(markup)

    assert cause in found


def test_the_text_part_has_the_links():
    """Written out; of addresses to write to nothing is asked."""
    markup = (
        '<a href="https://a.example/?x=1&amp;y=2">tukaj</a>'
        '<a href="https://b.example">tam</a><a href="mailto:urad@a.example">pišite</a>'
    )

    (found,) = look_for_links("x/y.txt", "Glej https://a.example/?x=1&y=2.", markup)

    assert "'https://b.example'" in found.cause
    assert 3 == len(anchors(markup))
