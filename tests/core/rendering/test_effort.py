"""
C13: no template takes more memory or time than a letter needs.

Each of these goes a little beyond the limit, so that without it the test fails
and the machine does not.
"""

from __future__ import annotations

import pytest

from mailer.errors import RenderError
from mailer.rendering.environment import StepTemplates
from mailer.rendering.render import render

CONTEXT = {"name": "Žužemberk", "cells": [1, 2, 3], "event": {"place": "dvorana"}}
TOO_MUCH = "more than any letter needs"


def text_of(source, **more):
    """Return what a text template makes, beside others that it includes."""
    sources = {"l.subject.j2": "x", "l.txt.j2": source} | more
    return render(StepTemplates.compile("l", "sl", sources), CONTEXT).text


def refusal(source, **more):
    with pytest.raises(RenderError) as caught:
        text_of(source, **more)
    return str(caught.value)


def twice(step, times=18):
    """Return a template that begins with a name, and does `step` with it so often."""
    return "{% set a = name %}" + step * times


@pytest.mark.parametrize(
    "source",
    [
        twice("{% set a = a ~ a %}"),
        twice("{% set a = a + a %}"),
        twice("{% set a %}{{ a }}{{ a }}{% endset %}"),
        twice("{% set a = [a, a] | join(a) %}"),
        twice("{% filter upper %}{{ a }}{% endfilter %}{% set a = a ~ a %}"),
        "{% set a = cells %}" + "{% set a = a + a %}" * 20,
        "{{ name " + "| list | string " * 9 + "}}",
        twice("{% set a = a ~ a %}", 12) + "{% for x in a %}{{ a }}{% endfor %}",
    ],
)
def test_a_text_does_not_grow_without_end(source):
    """What doubles is stopped, whichever way it doubles."""
    assert TOO_MUCH in refusal(source)


@pytest.mark.parametrize("inside", ["x", "{% set b = 1 %}"])
def test_loops_in_loops_come_to_an_end(inside):
    """Also those that write nothing."""
    loops = "{% for c in name %}" * 7 + inside + "{% endfor %}" * 7

    assert TOO_MUCH in refusal(loops)


def test_calls_and_includes_come_to_an_end():
    """A macro, or a chain of files, that asks for the next one twice."""
    macro = (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}"
        "{% endmacro %}{{ m(14) }}"
    )
    chain = {f"f{n}": f"{{% include 'f{n + 1}' %}}" * 2 for n in range(14)}

    assert TOO_MUCH in refusal(macro)
    assert TOO_MUCH in refusal("{% include 'f0' %}", **chain, f14="")
    assert "recursion" in refusal("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")


def test_numbers_have_an_end():
    """Of as many digits as nobody writes."""
    assert "at most 9 places" in refusal("{{ 1 | round(99, 'ceil') }}")
    assert "4300 digits" in refusal("{{ " + "9" * 5_000 + " }}")
    assert "no use for the operator **" in refusal("{{ 9 ** 9 ** 9 }}")
    assert "recursion" in refusal("{{ 'x'" + " | e" * 900 + " }}")


def test_there_are_no_lists_in_lists():
    """A few lines of them are a text without end."""
    assert "a list in a list" in refusal("{% set a = [cells, cells] %}")
    assert "a list in a list" in refusal("{% set a = {'b': cells} %}")
    assert "a list in a list" in refusal("{% set a = (cells, 1) %}")
    assert "no use for a recursive loop" in refusal(
        "{% for a in cells recursive %}{{ loop(cells) }}{% endfor %}"
    )


@pytest.mark.parametrize(
    "source",
    ["{{ cells }}", "{{ event }}", "{% for a in cells %}{{ loop }}{% endfor %}"],
)
def test_what_is_no_text_is_not_written(source):
    """»[1, 2, 3]« in a letter to a mayor is a mistake."""
    assert "is no text; loop over it, or join it" in refusal(source)


def test_a_letter_may_do_what_letters_do():
    """Loops, lists, sums, macros and long texts."""
    source = (
        "{% macro of(a, b) %}{{ a }}{{ b }}{% endmacro %}{% set c, d = 1, 2 %}"
        "{% for cell in cells if cell > 1 %}{{ loop.index }}. {{ cell }}"
        "{{ ', ' if not loop.last }}{% endfor %} {{ 1 + 2 }} {{ of(c, d) }} "
        "{{ [name, 'Bled'] | join(', ') }} {{ 'a' in ('a', 'b') }} "
        "{{ 2.46 | round(1) }}"
    )

    assert "1. 2, 2. 3 3 12 Žužemberk, Bled True 2.5\n" == text_of(source)
    assert 100_000 < len(text_of("{% for c in name %}" + "x" * 12_000 + "{% endfor %}"))


def test_each_letter_begins_anew():
    """What one has spent, the next one has not."""
    templates = StepTemplates.compile(
        "l", "sl", {"l.subject.j2": "x", "l.txt.j2": twice("{% set a = a ~ a %}", 14)}
    )

    for _ in range(5):
        render(templates, CONTEXT)
