"""
Compile a step's templates in a sandbox that knows only data.

A dot in a template looks up a key and never an attribute, so there is nothing
to climb out of; filters, globals and operators are cut down to what a letter
needs, and how much it may do is counted (`mailer.rendering.effort`).
Templates come from a mapping of names to sources; no template reaches a file.
What is made of them for one recipient is in `mailer.rendering.render`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.exceptions import (
    SecurityError,
    TemplateError,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
)
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailer.errors import RenderError
from mailer.rendering import grammar, links, stylesheet
from mailer.rendering.effort import CALL, Effort, rounded, tame, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

    from jinja2 import Template, Undefined, nodes
    from jinja2.runtime import Context

#: in which the files without a language in their name are written
PLAIN_LANGUAGE = "sl"

_HTML = ".html.j2"
_LAYOUT = "_layout/"

# No `safe` (unescaped data), no `default` (hides a misspelt name), no `attr`,
# `map` or `format` (reach attributes), none that builds text of any length.
_FILTERS = (
    "capitalize", "e", "escape", "first", "int", "join", "last", "length", "list",
    "lower", "sort", "string", "trim", "upper", "urlencode",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepTemplates:
    """The compiled templates of one step in one language."""

    subject: Template
    text: Template
    html: Template | None
    language: str  #: in which they are written, for `<html lang>`

    @classmethod
    def compile(
        cls, step: str, language: str, sources: Mapping[str, str]
    ) -> StepTemplates:
        """
        Return the templates of `step` for readers of `language`.

        Subject and text fall back to the plain files where there is no variant;
        HTML never differs in language from the text beside it.

        Args:
            step: The step's name.
            language: "sl", or that of a variant: "it", "hu".
            sources: Template name → source: "reminder.txt.j2",
                "_layout/letter.html.j2".

        Raises:
            RenderError: A file is missing or has a syntax error.
        """
        if f"{step}.{language}.txt.j2" not in sources:
            language = PLAIN_LANGUAGE
        stem = step if language == PLAIN_LANGUAGE else f"{step}.{language}"
        subject, html = f"{stem}.subject.j2", f"{stem}{_HTML}"
        made = environment(sources)
        return cls(
            subject=_load(
                made, subject if subject in sources else f"{step}.subject.j2"
            ),
            text=_load(made, f"{stem}.txt.j2"),
            html=_load(made, html) if html in sources else None,
            language=language,
        )


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox in which `a.b` and `a["b"]` mean the key "b" of a dict."""

    # Folded at compile time otherwise: 'a' * 10**9 needs no rendering to hurt.
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Jinja's
        self.effort = Effort()
        super().__init__(finalize=written, **options)
        filters = {name: FILTERS[name] for name in _FILTERS}
        filters |= {"url": links.url, "counted": _counted, "round": rounded}
        self.filters = {
            name: self.effort.counting(function) for name, function in filters.items()
        } | self.effort.filters()

    def _parse(
        self, source: str, name: str | None, filename: str | None
    ) -> nodes.Template:
        return tame(super()._parse(source, name, filename), self, name)

    def concat(self, pieces: Iterable[str]) -> str:
        """Return texts in one; Jinja calls it for all that a template makes."""
        return self.effort.join(pieces)

    def call(
        self,
        context: Context,
        called: Any,  # noqa: ANN401 - the sandbox's signature
        *given: Any,  # noqa: ANN401 - the sandbox's signature
        **named: Any,  # noqa: ANN401 - the sandbox's signature
    ) -> Any:  # noqa: ANN401 - the sandbox's signature
        """Call a macro or a block."""
        self.effort.spend(CALL)
        return super().call(context, called, *given, **named)

    def get_template(self, *given: Any, **named: Any) -> Template:  # noqa: ANN401
        """Return a template, for an include, too."""
        self.effort.spend(CALL)
        return super().get_template(*given, **named)

    def call_binop(
        self,
        context: Context,  # noqa: ARG002 - the sandbox's signature
        operator: str,
        left: Any,  # noqa: ANN401 - the sandbox's signature
        right: Any,  # noqa: ANN401 - the sandbox's signature
    ) -> Any:  # noqa: ANN401 - the sandbox's signature
        """Add, and count what that makes; a letter has nothing to multiply."""
        if operator != "+":
            raise SecurityError(f"a letter has no use for the operator {operator}")
        made = left + right
        self.effort.spend(len(made) if hasattr(made, "__len__") else 1)
        return made

    def make_globals(
        self,
        d: MutableMapping[str, Any] | None,  # noqa: ARG002 - the sandbox's signature
    ) -> MutableMapping[str, Any]:
        """Return no globals: all that a letter may say is in its context."""
        return {}

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja's signature
        """Return the key `attribute` of `obj`; never an attribute of Python's."""
        if isinstance(obj, LoopContext):  # loop.first, loop.last, …
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja's signature
        """Return an item of a dict or a list, or an undefined that names it."""
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return self._unknown(obj, argument)

    def _unknown(self, obj: object, argument: object) -> Undefined:
        known = ", ".join(sorted(map(str, obj))) if isinstance(obj, dict) else ""
        return self.undefined(
            f"'{argument}' is unknown; known here: {known or 'nothing'}",
            name=str(argument),
        )


def environment(sources: Mapping[str, str]) -> LetterEnvironment:
    """
    Return an environment which holds `sources`.

    The rules in the layouts' `<style>` hold for every HTML template.  A template
    is checked and compiled when it is first asked for; an error in it is a
    `TemplateSyntaxError`.
    """
    layout_rules = "\n".join(
        stylesheet.rules(source)
        for name, source in sorted(sources.items())
        if name.startswith(_LAYOUT) and name.endswith(_HTML)
    )

    def load(name: str) -> tuple[str, str, None] | None:
        source = sources.get(name)
        if source is None:
            return None
        if name.endswith(_HTML):
            links.check_links(name, source)
            own_rules = "" if name.startswith(_LAYOUT) else stylesheet.rules(source)
            source = stylesheet.inline(source, f"{layout_rules}\n{own_rules}")
        # The name serves as file name: it is what a traceback shows.
        return source, name, None

    return LetterEnvironment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(_HTML),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _load(made: LetterEnvironment, name: str) -> Template:
    try:
        return made.get_template(name)
    except TemplateNotFound as error:
        raise RenderError.at(
            str(error.name), "is missing", "every step has a subject and a text"
        ) from error
    except TemplateSyntaxError as error:
        place = f"{error.name}, line {error.lineno}"
        raise RenderError.at(place, str(error.message)) from error
    except (TemplateError, ValueError, RecursionError) as error:
        # Numbers of thousands of digits, and expressions nested as deep.
        raise RenderError.at(name, str(error)) from error


def _counted(number: int, noun: str) -> str:
    if noun not in grammar.NOUNS:
        known = ", ".join(grammar.NOUNS)
        raise TemplateRuntimeError(f"'{noun}' cannot be counted; known: {known}")
    return grammar.counted(number, noun)
