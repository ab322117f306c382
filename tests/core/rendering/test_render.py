"""C12, C13, C14: a template says what the data are, and reaches nothing else."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import RenderError
from mailer.rendering.environment import StepTemplates
from mailer.rendering.render import render
from mailer.rendering.stylesheet import inline

LAYOUT = (
    '<html lang="{{ language }}"><title>{{ subject }}</title>\n'
    "<style>td.cell { color: #111111; } @media print { td { color: red; } }</style>\n"
    "{% block body %}{% endblock %}</html>\n"
)
SOURCES = {
    "letter.subject.j2": "Zadeva: {{ name }}\n",
    "letter.txt.j2": "{{ name }}\n\n{% if note %}\n{{ note }}\n{% endif %}\n\nKonec\n",
    "letter.html.j2": (
        '{% extends "_layout/letter.html.j2" %}\n'
        "{% block body %}\n"
        "<table>{% for cell in cells if cell > 1 and cell < 9 %}"
        '<tr><td class="cell">{{ cell }}</td></tr>'
        "{% endfor %}</table>\n"
        '<a href="{{ link | url }}">{{ name }}</a>\n'
        "{% endblock %}\n"
    ),
    "_layout/letter.html.j2": LAYOUT,
}
CONTEXT = {
    "name": "Žužemberk",
    "note": "",
    "cells": [1, 2, 3],
    "link": "https://prijava.example/?a=1&b=2",
    "event": {"place": "dvorana", "items": "štirje"},
}


def made(context=None, language="sl", **sources):
    """Render with the files in `sources` replaced: text="…" is letter.txt.j2."""
    names = {"subject": "letter.subject.j2", "text": "letter.txt.j2"}
    names |= {"html": "letter.html.j2", "layout": "_layout/letter.html.j2"}
    changed = {names[name]: source for name, source in sources.items()}
    templates = StepTemplates.compile("letter", language, SOURCES | changed)
    return render(templates, CONTEXT | (context or {}))


def problem(context=None, **sources):
    with pytest.raises(RenderError) as caught:
        made(context, **sources)
    return str(caught.value)


def test_a_message_has_subject_text_and_html():
    """Three templates make three parts."""
    rendered = made()

    assert rendered.subject == "Zadeva: Žužemberk"
    assert rendered.text == "Žužemberk\n\nKonec\n"
    assert "<title>Zadeva: Žužemberk</title>" in rendered.html


def test_html_may_be_absent():
    """A step without an HTML template is plain text."""
    sources = {name: SOURCES[name] for name in SOURCES if "html" not in name}

    assert render(StepTemplates.compile("letter", "sl", sources), CONTEXT).html is None


@pytest.mark.parametrize("part", ["subject", "txt"])
def test_subject_and_text_may_not_be_absent(part):
    """The missing file is named."""
    sources = {name: SOURCES[name] for name in SOURCES if part not in name}

    with pytest.raises(RenderError, match=rf"letter\.{part}\.j2: is missing"):
        StepTemplates.compile("letter", "sl", sources)


def test_data_is_never_rendered_twice():
    """C12: braces in a name are braces in the letter."""
    rendered = made({"name": "{{ 7*7 }} {% raw %}"})

    assert rendered.subject == "Zadeva: {{ 7*7 }} {% raw %}"
    assert rendered.text.startswith("{{ 7*7 }} {% raw %}\n")
    assert "{{ 7*7 }} {% raw %}</a>" in rendered.html


def test_data_is_escaped_in_html_only():
    """A text part shows what was written; HTML must not execute it."""
    rendered = made({"name": "<b>&"})

    assert "<b>&" in rendered.subject
    assert "<b>&" in rendered.text
    assert "&lt;b&gt;&amp;</a>" in rendered.html


@given(name=st.text())
def test_a_subject_is_one_line(name):
    """No value can end the header and begin another (RFC 5322, section 2.2)."""
    subject = made({"name": name}).subject

    assert [subject] == subject.splitlines()
    assert subject == subject.strip()
    assert not set(subject) & set(map(chr, range(32)))


def test_a_no_break_space_survives_in_a_subject():
    """It holds »3. 5. 2019« together."""
    assert made({"name": "3.\u00a05.\u00a02019"}).subject.endswith(
        "3.\u00a05.\u00a02019"
    )


def test_an_empty_subject_is_an_error():
    """A letter without a subject is a mistake, not a choice."""
    expected = "letter.subject.j2: the subject is empty — write one"

    assert expected == problem({"name": ""}, subject="{{ name }}")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("\n{{ nam }}", "letter.txt.j2, line 2: 'nam' is undefined"),
        (
            "{{ event.plce }}",
            "letter.txt.j2, line 1: 'plce' is unknown; known here: items, place",
        ),
        ("{% if %}", "letter.txt.j2, line 1: Expected an expression"),
        ("\n\n{% endif %}", "letter.txt.j2, line 3: Encountered unknown tag"),
        (
            "{{ name | url }}",
            "letter.txt.j2, line 1: 'Žužemberk' is no https or mailto",
        ),
        ("{{ 1 | counted('pes') }}", "letter.txt.j2, line 1: 'pes' cannot be counted"),
        (
            "{% include '../../etc/passwd' %}",
            "letter.txt.j2, line 1: there is no template '../../etc/passwd'",
        ),
        (
            "{% include 'letter.txt.j2' %}",
            "letter.txt.j2, line 1: maximum recursion depth exceeded",
        ),
    ],
)
def test_a_failure_names_file_line_and_name(source, expected):
    """Whoever writes letters can mend them without us."""
    assert problem(text=source).startswith(expected)


def test_a_failure_in_the_layout_names_the_layout():
    """The place is where the mistake stands, also below an `extends`."""
    layout = LAYOUT + "\n{{ oops }}\n"

    assert problem(layout=layout).startswith(
        "_layout/letter.html.j2, line 5: 'oops' is undefined"
    )
    assert problem(layout="\n{% oops %}").startswith("_layout/letter.html.j2, line 2:")


def test_a_key_named_like_a_method_is_a_key():
    """`event.items` is the value, not what Python's dict has under that name."""
    assert made(text="{{ event.items }}").text == "štirje\n"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ event.keys() }}",
        "{{ event.pop('place') }}",
        "{{ name.format(event) }}",
        "{{ name | attr('upper') }}",
        "{{ '<b>' | safe }}",
        "{{ nam | default('x') }}",
        "{{ 'a' * 10**9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ name | center(1000000000) }}",
        "{{ range(1000000000) }}",
        "{{ cycler.__init__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ url.__globals__ }}",
        "{% set event.place = 'x' %}",
        "{% for a in cells %}{{ loop.__class__ }}{% endfor %}",
    ],
)
def test_a_template_reaches_nothing_but_data(source):
    """C13: no attribute, method, global or operator leads out of the context."""
    assert "letter.txt.j2, line 1: " in problem(text=source)


@pytest.mark.parametrize(
    "source",
    [
        "{% set event = {} %}{% set name = 'x' %}{% set subject = 'x' %}",
        "{% for event in cells %}{% set name = event %}{{ name }}{% endfor %}",
        "{{ cells | sort(reverse=true) | join }}{{ cells | first }}",
        "{% macro name() %}x{% endmacro %}{{ name() }}",
    ],
)
def test_a_template_changes_no_data(source):
    """What a step's letters share is one object for all of them."""
    shared = {**CONTEXT, "event": {**CONTEXT["event"]}, "cells": [2, 3, 1]}
    before = copy.deepcopy(shared)
    templates = StepTemplates.compile(
        "letter",
        "sl",
        {
            **SOURCES,
            "letter.txt.j2": source + "{% include 'footer' %}",
            "footer": "{% set note = 'x' %}{{ note }}",
        },
    )
    render(templates, shared)

    assert before == shared


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " https://prijava.example",
        "http://prijava.example",
        "data:text/html,x",
        "https://prijava.example/\nx",
        'https://prijava.example/"onclick="x',
        "",
    ],
)
def test_only_https_and_mailto_links_come_out(link):
    """C14: escaping would let `javascript:` through."""
    assert "is no https or mailto link" in problem({"link": link})


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="{{ link }}">',
        "<a href='{{ link | url }}'>",
        "<a href={{ link }}>",
        '<img src="{{ link }}">',
        '<a href="{{ name }}{{ link | url }}">',
        '<a href="http://prijava.example">',
        '<a HREF="javascript:x">',
    ],
)
def test_a_link_that_may_become_anything_is_refused(tag):
    """C14: an HTML template cannot forget the filter."""
    expected = "letter.html.j2, line 2: "

    assert problem(html=f"\n{tag}").startswith(expected)


def test_links_that_may_stay_as_they_are():
    """Written out with https or mailto, an anchor, or filtered."""
    html = (
        '<a href="https://prijava.example/{{ name }}"></a><a href="#konec"></a>'
        '<a href="mailto:a@b.example"></a><a class="x" href="{{ link | url }}"></a>'
    )

    assert 'href="https://prijava.example/?a=1&amp;b=2"' in made(html=html).html


def test_the_layouts_rules_are_written_into_the_tags():
    """Each cell has its style; the loop still stands inside the table."""
    html = made().html
    row = '<tr><td style="color: #111111;" class="cell">{}</td></tr>'

    assert f"<table>{row.format(2)}{row.format(3)}</table>" in html


def test_inlining_leaves_the_rest_alone():
    """Conditions keep their >, tables their loops, lines their numbers."""
    source = (
        "{% if a > 1 %}\n<table>{% for b in c %}<tr><td>{{ b }}</td></tr>{% endfor %}\n"
        '</table>{% endif %}\n<p style="margin: 0"\n title="{{ "a>b" }}">x & y</p>'
        "{# <p> #}<br/><P>"
    )
    styled = source.replace(
        '<p style="margin: 0"', '<p style="color: #111111;margin: 0"'
    ).replace("<P>", '<P style="color: #111111;">')

    assert source == inline(source, "")
    assert styled == inline(source, "p { color: #111111; }")


def test_a_style_with_an_expression_is_left_alone():
    """What it will be is not known yet."""
    source = '<p style="color: {{ colour }}">x</p>'

    assert source == inline(source, "p { margin: 0; }")


def test_a_variant_is_read_in_its_language():
    """Text, subject and HTML of the variant, and its language in the tag."""
    variants = SOURCES | {
        "letter.it.subject.j2": "Oggetto",
        "letter.it.txt.j2": "Testo",
        "letter.it.html.j2": '<html lang="{{ language }}">',
    }
    rendered = render(StepTemplates.compile("letter", "it", variants), CONTEXT)

    assert rendered.subject == "Oggetto"
    assert rendered.text == "Testo\n"
    assert rendered.html == '<html lang="it">'


def test_without_a_variant_the_plain_files_are_read():
    """A reader of Hungarian gets the Slovenian letter, marked as Slovenian."""
    rendered = made(language="hu")

    assert rendered.subject == "Zadeva: Žužemberk"
    assert '<html lang="sl">' in rendered.html


def test_html_never_differs_in_language_from_the_text():
    """An Italian text without Italian HTML goes out as text alone."""
    variants = SOURCES | {"letter.it.txt.j2": "Testo"}
    rendered = render(StepTemplates.compile("letter", "it", variants), CONTEXT)

    assert rendered.text == "Testo\n"
    assert rendered.subject == "Zadeva: Žužemberk"
    assert rendered.html is None
