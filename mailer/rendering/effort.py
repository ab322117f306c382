"""
Let a template do only as much as a letter needs.

A template that doubles a text forty times, or loops in a loop in a loop, would
take all the memory or all the time there is, and the sandbox does not mind.
So whatever can grow is counted: each round of a loop, each call, each template
that is included, and each character that is made.  A process with limits of its own,
as for mail, would cost each letter the way there and back.
What is counted lies between the parser and the compiler, where a template is a
tree; what a template may name at all is in `mailer.rendering.environment`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.visitor import NodeTransformer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jinja2 import Environment

#: characters and rounds for one part of one letter; a long letter takes 20 000
MOST = 1_000_000
CALL = 100  #: that a call, or an include, counts as
_PLACES = 9  #: digits that `round` may be asked for
_CONTAINERS = (list, tuple, dict)


class Effort:
    """What was done so far for one part of one letter."""

    def __init__(self) -> None:
        self._left = MOST

    def begin(self) -> None:
        """Begin the next part."""
        self._left = MOST

    def spend(self, amount: int = 1) -> None:
        """
        Count some steps, or characters.

        Raises:
            SecurityError: It is more than any letter needs.
        """
        self._left -= amount
        if self._left < 0:
            raise SecurityError("this makes or does more than any letter needs")

    def join(self, pieces: Iterable[str]) -> str:
        """Return texts in one."""
        made = []
        for piece in pieces:
            self.spend(len(piece))
            made.append(piece)
        return "".join(made)

    def counting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a filter that does the same, and counts what it makes."""

        @functools.wraps(function)  # Jinja's marks of what it wants to be given, too
        def counted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - any filter's
            made = function(*given, **named)
            self.spend(len(made) if hasattr(made, "__len__") else 1)
            return made

        return counted

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters that `tame` puts into a template."""
        return {"_each": self._each, "_made": self.counting(_same), "_flat": _flat}

    def _each(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.spend()
            yield item


def tame(
    tree: nodes.Template, environment: Environment, name: str | None
) -> nodes.Template:
    """
    Return the parsed template `name` in which whatever may grow is counted.

    Raises:
        TemplateSyntaxError: It has a loop that calls itself.
    """
    tamed: nodes.Template = _Tamer(environment, name).visit(tree)
    return tamed


class _Tamer(NodeTransformer):
    """Puts filters around what a template loops over, joins and collects."""

    def __init__(self, environment: Environment, name: str | None) -> None:
        self._environment, self._name = environment, name

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja's names
        """Count the rounds."""
        if node.recursive:
            cause = "a letter has no use for a recursive loop"
            raise TemplateSyntaxError(cause, node.lineno, self._name)
        self.generic_visit(node)
        node.iter = self._through("_each", node.iter)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Count what `~` makes."""
        self.generic_visit(node)
        return self._through("_made", node)

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        """Keep lists out of lists: a few lines of those are without end."""
        self.generic_visit(node)
        return self._through("_flat", node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        """Do as with a list."""
        self.generic_visit(node)
        return self._through("_flat", node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        """Do as with a list, where it is none of names that get a value."""
        self.generic_visit(node)
        return self._through("_flat", node) if node.ctx == "load" else node

    def _through(self, name: str, node: nodes.Node) -> nodes.Filter:
        filtered = nodes.Filter(
            node,
            name,
            [],
            [],
            None,
            None,
            lineno=node.lineno,
        )
        filtered.set_environment(self._environment)
        return filtered


def written(value: object) -> object:
    """
    Return what `{{ … }}` is to write, if it is a word or a number.

    Raises:
        SecurityError: It is a list or the like, which nobody wants to read.
    """
    if not isinstance(value, str | int | float | Undefined):
        cause = f"a {type(value).__name__} is no text; loop over it, or join it"
        raise SecurityError(cause)
    return value


def rounded(value: float, precision: int = 0, method: str = "common") -> float:
    """Return a number with so many places, as Jinja rounds it."""
    if abs(precision) > _PLACES:
        raise SecurityError(f"at most {_PLACES} places")
    made: float = FILTERS["round"](value, precision, method)
    return made


def _same(value: Any) -> Any:  # noqa: ANN401 - as it is
    return value


def _flat(made: Any) -> Any:  # noqa: ANN401 - a list, a tuple or a dict
    items = made.values() if isinstance(made, dict) else made
    if any(isinstance(item, _CONTAINERS) for item in items):
        raise SecurityError("a letter has no use for a list in a list")
    return made
