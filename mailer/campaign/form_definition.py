"""
From a form.toml's table to a Form, or to everything wrong with it.

`templates/README.md` lists its keys.
Whether the form fits on its page is seen when it is printed
(`mailer.forms.layout`).
"""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailer.errors import DefinitionError, Problem, schema_problems
from mailer.model.form import IDENTIFIER, FieldType, Form, FormField, Prefilled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

FILE_NAME = "form.toml"
_LONGEST = 4000  #: characters that a field may take


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Field(_Table):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: FieldType
    label: str = Field(min_length=1)
    required: bool = False
    min: int | None = None
    max: int | None = Field(default=None, ge=1, le=_LONGEST)
    options: dict[str, str] = {}
    prefilled: Prefilled | None = None
    show_if: dict[str, str] = {}
    wanted_if: tuple[dict[str, str], ...] = ()


class _File(_Table):
    tag: str = Field(pattern=r"^[A-Z0-9]{2,4}$")
    title: str = Field(min_length=1)
    answer: str
    file_name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    introduction: str = ""
    foot: str = ""
    field: tuple[_Field, ...] = Field(min_length=1)


def parse_form(
    raw: Mapping[str, Any], *, campaign: str, responses: Collection[str]
) -> Form:
    """
    Return the form that `raw` defines.

    Args:
        raw: The parsed form.toml.
        campaign: The folder's name.
        responses: The kinds that the campaign knows.

    Raises:
        DefinitionError: With every problem in the file.
    """
    place = f"{campaign}/{FILE_NAME}"
    problems: list[Problem] = []
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        known = [*_File.model_fields, *_Field.model_fields]
        found = [_in_words(one, raw) for one in error.errors()]
        problems += schema_problems(place, found, known)
        file = _File.model_construct(
            answer=raw.get("answer"), field=tuple(_sound_fields(raw))
        )
    problems += _problems(file, raw, place, responses)
    if problems:
        raise DefinitionError(*problems)
    return Form(
        tag=file.tag,
        title=file.title,
        answer=file.answer,
        file_name=file.file_name,
        introduction=file.introduction,
        foot=file.foot,
        fields=tuple(FormField(**dict(one)) for one in file.field),
    )


_PLAIN = {
    "id": "has small letters a to z, digits and _, and begins with a letter",
    "tag": "has two to four capital letters or digits, as in K17",
    "file_name": "has letters a to z, digits, - and _ only; the ending is added",
}


def _in_words(error: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return pydantic's error with the field's id, and said plainly."""
    place: tuple[Any, ...] = error["loc"]
    key, value = place[-1], error.get("input")
    if place[0] == "field" and len(place) > 1 and isinstance(place[1], int):
        one = raw["field"][place[1]]
        id_ = one.get("id") if isinstance(one, dict) else None
        named = f"field {place[1] + 1}" + (f" '{id_}'" if id_ else "")
        place = (named, *place[2:])
    match error["type"]:
        case "string_pattern_mismatch":
            words = f"'{value}' does not do: it {_PLAIN[str(key)]}"
        case "enum":
            known = FieldType if key == "type" else Prefilled
            words = f"'{value}' is none of {', '.join(one.value for one in known)}"
        case "string_too_short":
            words = "is empty"
        case "too_short":
            words = "there is no [[field]]"
        case "greater_than_equal" | "less_than_equal":
            words = f"{value} is not between 1 and {_LONGEST}"
        case "dict_type" | "tuple_type" | "model_type" | "model_attributes_type":
            words = "is written in another way: see templates/README.md"
        case _:
            return {**error, "loc": place}
    return {**error, "loc": place, "type": "plain", "msg": words}


def _raw_fields(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what stands at [[field]], as far as it is tables."""
    found = raw.get("field")
    tables = found if isinstance(found, list) else []
    return [one if isinstance(one, dict) else {} for one in tables]


def _sound_fields(raw: Mapping[str, Any]) -> Iterator[_Field]:
    """Yield the fields with nothing wrong in themselves, to be looked at further."""
    for one in _raw_fields(raw):
        with contextlib.suppress(ValidationError):
            yield _Field.model_validate(one)


def _problems(
    file: _File, raw: Mapping[str, Any], place: str, responses: Collection[str]
) -> Iterator[Problem]:
    """Yield what the schema cannot see: names that do not fit together."""
    if isinstance(file.answer, str) and file.answer not in responses:
        cause = f"answer = '{file.answer}' is not in [responses]"
        yield Problem(place, cause, f"one of {', '.join(responses)}")
    fields = _raw_fields(raw)
    for name in ("id", "label"):
        said = [one[name] for one in fields if isinstance(one.get(name), str)]
        counted = Counter(one.casefold() for one in said)
        for text in sorted(text for text, count in counted.items() if count > 1):
            yield Problem(place, f"two fields have the {name} '{text}'", "change one")
    options = {
        one["id"]: one["options"]
        for one in fields
        if isinstance(one.get("id"), str) and isinstance(one.get("options"), dict)
    }
    ids = [one.get("id") for one in fields]
    for field in file.field:
        where = f"{place}, field {ids.index(field.id) + 1} '{field.id}'"
        yield from _field_problems(field, where)
        for condition in (field.show_if, *field.wanted_if):
            yield from _condition_problems(options, condition, where)


def _field_problems(field: _Field, where: str) -> Iterator[Problem]:
    if field.id == IDENTIFIER:
        yield Problem(where, "is the name of the form's own mark", "rename it")
    if field.type is FieldType.RADIO:
        if len(field.options) < 2:  # noqa: PLR2004 - a choice
            yield Problem(where, "a choice needs two options", "add [field.options]")
        yield from _option_problems(field, where)
    elif field.options:
        yield Problem(where, "options of a field that has none", 'type = "radio"')
    if field.min is not None and field.type is not FieldType.INTEGER:
        yield Problem(where, "min is for numbers", 'type = "integer", or remove it')
    if field.min is not None and field.max is not None and field.min > field.max:
        yield Problem(where, "min is more than max", "correct one")
    if field.prefilled and (field.required or field.type is not FieldType.TEXT):
        cause = "what we print ourselves is a text, and nobody has to fill it"
        yield Problem(where, cause, 'type = "text", without required')


def _option_problems(field: _Field, where: str) -> Iterator[Problem]:
    for value in field.options:
        # In a PDF "Off" is the value of a choice that was not made.
        plain = value.replace("_", "").isalnum() and value.isascii()
        if not plain or value.casefold() == "off":
            yield Problem(where, f"option '{value}'", "write a name in ASCII, not off")
    if len({label.casefold() for label in field.options.values()}) < len(field.options):
        yield Problem(where, "two options have the same label", "change one")


def _condition_problems(
    options: Mapping[str, Mapping[str, Any]], condition: Mapping[str, str], where: str
) -> Iterator[Problem]:
    for name, value in condition.items():
        if value not in options.get(name, ()):
            cause = f"no field '{name}' with an option '{value}'"
            yield Problem(where, cause, "correct show_if or wanted_if")
