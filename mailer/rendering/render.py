"""
Turn a step's compiled templates and a context into subject, text and HTML.

Values are put in as they are: `{{ 7*7 }}` in a name stays those seven
characters, because no result is rendered again.
What may stand in the context is decided in `mailer.rendering.context`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from traceback import walk_tb
from typing import TYPE_CHECKING, cast

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from mailer.errors import MailerError, RenderError
from mailer.model.message import Rendered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from mailer.rendering.environment import LetterEnvironment, StepTemplates

# Any space but the no-break one (U+00A0), which holds a date together; and controls.
_SPACE = re.compile(r"(?:[^\S\u00a0]|[\x00-\x1f\x7f-\x9f])+")
_HOLE = re.compile(r"\n{3,}")

_NEXT = "correct the template; templates/README.md names all that it may use"

# What a sandboxed template can raise beside Jinja's own errors.
_FAILURES = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError,
             RecursionError)  # fmt: skip


def render(templates: StepTemplates, context: Mapping[str, object]) -> Rendered:
    """
    Return the message for one recipient.

    Raises:
        RenderError: A template fails; it names file, line and what is unknown.
            Whose message it was, the caller adds.
    """
    values = {**context, "language": templates.language}
    made = _rendered(templates.subject, values)
    subject = _one_line(made)
    if not subject:
        place = str(templates.subject.name)
        raise RenderError.at(place, "the subject is empty", "write one")
    text = _rendered(templates.text, values).strip("\n")
    if "\n\n\n" in text:
        text = _HOLE.sub("\n\n", text)
    html = None
    if templates.html is not None:
        values["subject"] = subject
        html = _rendered(templates.html, values)
    return Rendered(subject, f"{text}\n", html, _lines(made))


@lru_cache(maxsize=256)  # the letters of a step have mostly the same subject
def _one_line(subject: str) -> str:
    return _SPACE.sub(" ", subject).strip()


@lru_cache(maxsize=256)
def _lines(subject: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_one_line, subject.splitlines())))


def _rendered(template: Template, values: dict[str, object]) -> str:
    """Return what the template makes of `values`, to which it adds nothing."""
    try:
        # `Template.render` without its copies of the values.
        context = template.new_context(values, shared=True)
        return _begun(template).concat(template.root_render_func(context))
    except _FAILURES:
        # Jinja tells only in its own way at which line of the template.
        return _rendered_with_places(template, values)


def _rendered_with_places(template: Template, values: dict[str, object]) -> str:
    _begun(template)
    try:
        return template.render(values)
    except _FAILURES as error:
        raise _explained(error, str(template.name)) from error


def _begun(template: Template) -> LetterEnvironment:
    """Return the template's environment, in which nothing was spent yet."""
    environment = cast("LetterEnvironment", template.environment)
    environment.effort.begin()
    return environment


def _explained(error: Exception, name: str) -> MailerError:
    """Return `error` with the place where it happened: file and line."""
    if isinstance(error, TemplateSyntaxError):
        place = f"{error.name}, line {error.lineno}"
        return RenderError.at(place, str(error.message), _NEXT)
    # Jinja puts the templates' own frames into the traceback; the last is the place.
    places = [
        f"{frame.f_code.co_filename}, line {line}"
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_code.co_filename.endswith(".j2")
    ]
    cause = str(error)
    if isinstance(error, TemplateNotFound):
        cause = f"there is no template '{error.name}'"
    return RenderError.at(places[-1] if places else name, cause, _NEXT)
