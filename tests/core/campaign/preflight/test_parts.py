"""Subject, sender, links, mentions and markup: each fault, and what is none."""

from __future__ import annotations

import pytest

from mailer.campaign.preflight.leftover import look_for_leftovers
from mailer.campaign.preflight.link import links_in_html, links_in_text, look_at_link
from mailer.campaign.preflight.markup import look_at_markup
from mailer.campaign.preflight.mention import look_for_mentions
from mailer.campaign.preflight.sender import look_at_sender
from mailer.campaign.preflight.subject import look_at_subject

OFFICE = "pisarna@posiljatelj.example"
PAGE = '<html lang="sl"><head><title>Vabilo</title></head><body>{}</body></html>'


def causes(problems):
    found = list(problems)
    assert [] == [one for one in found if not one.place or not one.next_step]
    return " | ".join(one.cause for one in found)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("{% if x %}", "'{%' is left over"),
        ("FIXME: datum", "'FIXME' is left over"),
        ("Soba ???", "'???' is left over"),
        ("lorem\nipsum dolor", "is left over"),
        ("Spoštovani ,\nvabimo vas", "before a comma"),
    ],
)
def test_leftovers(content, cause):
    assert cause in causes(look_for_leftovers("here", content))


@pytest.mark.parametrize("content", ["metoda in todo", "v 3 , 4", "Ali pridete??"])
def test_words_are_no_leftovers(content):
    assert causes(look_for_leftovers("here", content)) == ""


@pytest.mark.parametrize(
    ("subject", "cause"),
    [
        (" ", "is empty"),
        ("V" + 90 * "a", "91 characters"),
        ("VABILO NA KONFERENCO", "all capitals"),
        ("Vabilo!!", "'!!'"),
        ("Re: vabilo", "'Re:' pretends"),
        ("Vabilo: konferenca MJU", ""),
    ],
)
def test_subjects(subject, cause):
    found = causes(look_at_subject("here", subject))

    assert cause in found
    assert bool(cause) == bool(found)


@pytest.mark.parametrize(
    ("name", "reply_to", "cause"),
    [
        ("Pisarna", OFFICE, ""),
        ("Urad (drugi@drugje.example)", OFFICE, "has an address in it"),
        (f"Pisarna {OFFICE}", OFFICE, "has an address in it"),
        ("urad.example.si", OFFICE, "has a domain in it"),
        ("", OFFICE, "is empty"),
        ("Pisarna", "no-reply@posiljatelj.example", "nobody reads it"),
    ],
)
def test_senders(name, reply_to, cause):
    found = causes(look_at_sender(name, OFFICE, reply_to))

    assert cause in found
    assert bool(cause) == bool(found)


@pytest.mark.parametrize(
    ("link", "cause"),
    [
        ("https://prijava.example/a?b=c#d", ""),
        ("mailto:pisarna@posiljatelj.example", ""),
        ("#vrh", ""),
        ("", "leads nowhere"),
        ("#", "leads nowhere"),
        ("https://", "leads nowhere"),
        ("https:///pot", "leads nowhere"),
        ("http://prijava.example", "is no https link"),
        ("javascript:alert(1)", "is no https link"),
        ("prijava.example/obrazec", "is no https link"),
        ("https://prijava.example/moj obrazec", "has a space"),
        ("https://localhost/x", "inside one network"),
        ("https://strežnik/x", "inside one network"),
        ("https://192.168.1.7/x", "inside one network"),
        ("https://[::1]/x", "inside one network"),
        ("https://stran.localhost/x", "inside one network"),
        ("https://[x/", "is no link"),
        ("https://prijava.example:vrata/", "is no link"),
        ("https://jaz:geslo@prijava.example/", "a name or a password"),
        ("mailto:pisarna", "writes to nobody"),
    ],
)
def test_links(link, cause):
    found = causes(look_at_link("here", link, is_live=False))

    assert cause in found
    assert bool(cause) == bool(found)


def test_a_reserved_domain_is_none_for_real_people():
    link = "https://prijava.example/"

    assert "nobody can have" in causes(look_at_link("here", link, is_live=True))


def test_links_are_found_where_they_stand():
    text = "Prijava (https://prijava.example/a). Glej HTTP://stran.example/b, prosim."
    markup = """<a href="https://a.example/?x=1&amp;y=2">a</a><img src='cid:b'>"""

    assert ["https://prijava.example/a", "HTTP://stran.example/b"] == links_in_text(
        text
    )
    assert ["https://a.example/?x=1&y=2", "cid:b"] == links_in_html(markup)


@pytest.mark.parametrize(
    ("text", "files", "has_more", "cause"),
    [
        ("Program je v prilogi.", ["program.pdf"], False, ""),
        ("Izpolnite priloženi obrazec.", [], True, ""),
        ("Pridite.", [], False, ""),
        ("Pridite.", [], True, ""),
        ("Program je v prilogi.", [], False, "but nothing is attached"),
        ("Opis prilagamo.", [], False, "but nothing is attached"),
        ("Izpolnite obrazec.pdf.", [], False, "'obrazec.pdf' is named"),
        ("Pridite.", ["program.pdf"], False, "says nothing of what is attached"),
    ],
)
def test_mentions(text, files, has_more, cause):
    found = causes(look_for_mentions("here", text, files, has_more=has_more))

    assert cause in found
    assert bool(cause) == bool(found)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ('<h1>A</h1><h2>B</h2><img alt="" src="https://x.example/">', ""),
        ('<table role="presentation"><tr><td>a</td></tr></table>', ""),
        ("<table><tr><th>a</th></tr></table>", ""),
        ('<p style="color:#595959">a</p>', ""),
        ('<div style="background:#0b4f8a;color:#fff"><p>a</p></div>', ""),
        ('<img alt="več > manj" src="https://x.example/">', ""),
        ('<img src="https://x.example/grb.png">', "has no alt"),
        ("<h1>A</h1><h3>B</h3>", "<h3> follows on <h1>"),
        ("<h2>B</h2>", "the first heading is <h2>"),
        ("<table><tr><td>a</td></tr></table>", "read out as data"),
        ("<script>alert(1)</script>", "thrown away"),
        ('<p style="color: rgb(160,160,160)">a</p>', "contrast 2.6"),
        ('<td bgcolor="#333333"><font color="black">a</font></td>', "contrast 1.7"),
    ],
)
def test_markup(body, cause):
    found = causes(look_at_markup("here", PAGE.format(body)))

    assert cause in found
    assert bool(cause) == bool(found)


def test_a_page_says_its_language_and_title():
    found = causes(look_at_markup("here", "<html lang=''><body>a</body></html>"))

    assert "no lang" in found
    assert "no <title>" in found
