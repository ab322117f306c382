"""
Write the rules of a template's `<style>` into its tags, once per template.

Several mail programs drop `<style>`; only `style="…"` on the tag itself is safe.
css-inline computes what each tag gets, but its HTML parser also "mends" a
template: it moves a `{% for %}` out of the table it stands in and escapes the
`>` of a condition.
So nothing it writes is taken over except the declarations: each start tag is
numbered, and its declarations are put into the source at that place.  The rest
of the source, and the number of every line, stay as they were.
"""

from __future__ import annotations

import re
from itertools import count

import css_inline

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_STYLE_ELEMENT = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_START_TAG = re.compile(r"(<[a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])([^>]*>)")
_TAG_NAME = re.compile(r"^<\w+")
_STYLE = re.compile(r'\sstyle="([^"]*)"')
_NUMBER = re.compile(r'\sdata-tag="(\d+)"')

_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


def mask(source: str) -> str:
    """Return `source` with every Jinja construct blanked: same length, plain HTML."""
    return _JINJA.sub(lambda found: "j" * len(found.group()), source)


def rules(source: str) -> str:
    """Return the CSS in the `<style>` elements of `source`."""
    return "\n".join(_STYLE_ELEMENT.findall(source))


def inline(source: str, css: str) -> str:
    """
    Return the HTML template `source` with `css` written into its tags.

    Selectors see one file at a time: `td.box` works everywhere, `table td` only
    where both tags stand in the same file.  A tag whose own `style` holds a
    Jinja expression is left alone.
    """
    masked = mask(source)
    declarations = _declarations(masked, css)
    parts: list[str] = []
    position = 0
    for number, tag in enumerate(_START_TAG.finditer(masked)):
        written = source[tag.start() : tag.end()]
        parts.append(source[position : tag.start()])
        parts.append(_with_style(written, declarations.get(number, "")))
        position = tag.end()
    return "".join((*parts, source[position:]))


def _declarations(html: str, css: str) -> dict[int, str]:
    """Return for each start tag, by its number, what belongs into its `style`."""
    numbers = count()
    numbered = _START_TAG.sub(
        lambda tag: f'{tag.group(1)} data-tag="{next(numbers)}"{tag.group(2)}', html
    )
    styled = _INLINER.inline(f"<style>{css}</style>{numbered}")
    return {
        int(number.group(1)): style.group(1)
        for tag in _START_TAG.finditer(styled)
        if (number := _NUMBER.search(tag.group()))
        and (style := _STYLE.search(tag.group()))
    }


def _with_style(tag: str, style: str) -> str:
    """Return a start tag with `style` in place of the one it had."""
    own = _STYLE.search(tag)
    if not style or (own and _JINJA.search(own.group())):
        return tag
    return _TAG_NAME.sub(
        lambda name: f'{name.group()} style="{style}"', _STYLE.sub("", tag), 1
    )
