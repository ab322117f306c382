"""
Read the fields of an answer as a person types them: NAME=VALUE.

They are checked as at the review's screen, and all that is wrong is said at
once: a field that no report counts would be lost without a word.
A campaign that names no fields at all takes whatever is typed.
"""

from __future__ import annotations

import difflib
from itertools import chain
from typing import TYPE_CHECKING

from mailer.errors import Problem, UsageError
from mailer.forms.check import check
from mailer.model.form import FieldType, FormFlag, FormSource, ReturnedForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mailer.model.campaign import Campaign
    from mailer.model.form import Form, FormField

_SHOWN = 60  #: characters of what somebody typed

_WANTED = {
    FieldType.EMAIL: "no e-mail address",
    FieldType.TEL: "no telephone number",
    FieldType.RADIO: "none of its options",
    FieldType.INTEGER: "no number that is asked for",
    FieldType.DATE: "no date",
}
_SO = {
    FieldType.EMAIL: "write it as obcina@obcina.example",
    FieldType.TEL: "write at least five digits",
    FieldType.DATE: "write it as 2019-05-03 or 3. 5. 2019",
}


def typed_details(campaign: Campaign, fields: Iterable[str]) -> dict[str, str]:
    """
    Return {"kakovost": "ne"} for ["kakovost=ne"], each value as we keep it.

    Raises:
        UsageError: A field has no "=", the campaign has none of this name, or
            the value cannot stand in it; with all of them.
    """
    problems: list[Problem] = []
    typed: dict[str, str] = {}
    for field in fields:
        name, equals, value = (part.strip() for part in field.partition("="))
        if not equals or not name:
            problems.append(Problem(f"'{field}'", "is no field", "write NAME=VALUE"))
        elif name in typed:
            problems.append(Problem(f"'{name}'", "is given twice", "give it once"))
        else:
            typed[name] = value
    known = _counted_values(campaign)
    details: dict[str, str] = {}
    for name, value in typed.items():
        found = _read(campaign, known, name, value, typed)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            details[name] = found
    if problems:
        raise UsageError.of(problems)
    return details


def _read(
    campaign: Campaign,
    known: Mapping[str, Iterable[str]],
    name: str,
    value: str,
    typed: Mapping[str, str],
) -> str | Problem:
    """Return the value of a field as we keep it, or what is wrong with it."""
    form = campaign.form
    of_form = {one.id: one for one in form.fields} if form else {}
    if not value:
        return Problem(f"'{name}'", "is empty", "leave it out")
    if form is not None and name in of_form:
        return _of_form(form, of_form[name], value, typed)
    if name in known:
        return _of_campaign(name, value, known[name])
    if of_form or known:
        return _unknown(campaign, name, [*of_form, *known])
    return value


def _of_form(
    form: Form, field: FormField, value: str, typed: Mapping[str, str]
) -> str | Problem:
    """Return the value of a form's field, or why it cannot stand there."""
    place, shown = f"'{field.id}'", _short(value)
    if field.prefilled:
        return Problem(place, "is printed by us, nobody fills it in", "leave it out")
    checked = check(form, ReturnedForm("", {field.id: value}, FormSource.TYPED))
    found = checked.values.get(field.id)
    if found is None:
        cause = f"'{shown}' is {_WANTED.get(field.type, 'no text')}"
        return Problem(place, cause, _how(field))
    if FormFlag.REFUSED in checked.flags:
        cause = f"has {len(found)} characters, not {field.max}"
        return Problem(place, cause, "shorten it")
    unfit = {k: v for k, v in field.show_if.items() if typed.get(k, "") != v}
    if unfit:
        needed = " and ".join(f"{key}={wanted}" for key, wanted in unfit.items())
        return Problem(place, f"is filled in only with {needed}", "leave it out")
    return found


def _of_campaign(name: str, value: str, values: Iterable[str]) -> str | Problem:
    """Return a value that the campaign counts, or that it knows no such."""
    known = list(values)
    if value in known:
        return value
    cause = f"'{_short(value)}' is no value that the campaign knows"
    return Problem(f"'{name}'", cause, f"one of {', '.join(known)}")


def _unknown(campaign: Campaign, name: str, known: Iterable[str]) -> Problem:
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(name.casefold(), names, n=1)
    near = near or [one for one in names if one.startswith(name.casefold())][:1]
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
    return Problem(f"'{name}'", f"is no field of {campaign.name}", hint)


def _how(field: FormField) -> str:
    """Return what may stand in a field."""
    match field.type:
        case FieldType.RADIO:
            return f"one of {', '.join(field.options)}"
        case FieldType.INTEGER:
            least = "" if field.min is None else f" from {field.min}"
            most = "" if field.max is None else f" to {field.max}"
            return f"write a whole number{least}{most}"
        case _:
            return _SO.get(field.type, "write text")


def _counted_values(campaign: Campaign) -> dict[str, dict[str, None]]:
    """Return the fields that the campaign itself names, and the values it knows."""
    found: dict[str, dict[str, None]] = {}
    for name, value in _pairs(campaign):
        if value:  # "" is what was not said
            found.setdefault(name, {})[value] = None
    return found


def _pairs(campaign: Campaign) -> Iterator[tuple[str, str]]:
    for one in campaign.categories:
        for name, values in one.when.items():
            yield from ((name, value) for value in values)
    for answer in chain(campaign.numbers.values(), campaign.meanings.values()):
        yield from answer.details.items()


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
