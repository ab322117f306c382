"""
Find the forms in a mail: as files, typed in its text, or scanned.

Pure and total: whatever a stranger attaches, the answer is a value.
Reading is bounded here in octets, files and characters; time and memory are
bounded by the process in which it runs (`mailer.operations.understand`).
Whose form it is says its identifier, once verified (`mailer.tokens`); what the
values are worth is decided in `mailer.forms.check`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.forms.identifier import find_identifier
from mailer.forms.other_formats import in_other_format
from mailer.forms.picture import is_page
from mailer.forms.read_docx import read_docx
from mailer.forms.words import option_of, read_lines
from mailer.model.form import IDENTIFIER, FieldType, FormSource, ReturnedForm
from mailer.tokens import fold_form_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mailer.model.form import Form
    from mailer.model.incoming import Enclosure

_FILES = 12  #: looked into, of a mail
_LARGEST = 10 << 20  #: octets of a file
_LONGEST = 60_000  #: characters of the text

#: the readers' errors in words; pypdf is not brought in for their names
_TROUBLES = {
    **dict.fromkeys(
        ("FileNotDecryptedError", "WrongPasswordError", "DependencyError"),
        "it cannot be opened: it has a password",
    ),
    **dict.fromkeys(
        ("LimitReachedError", "TooLargeError"),
        "it is not opened: it unpacks to far more than a form",
    ),
}

#: what is believed if the same form came twice, and says as much
_BEST = (
    FormSource.ACROFORM,
    FormSource.DOCX,
    FormSource.PRINTED,
    FormSource.TYPED,
    FormSource.SCAN,
)


def read_returned(
    enclosures: Iterable[Enclosure], text: str, forms: Sequence[Form]
) -> ReturnedForm | None:
    """Return the form in a mail, the best of several; `None` if there is none."""
    return next(iter(read_returned_all(enclosures, text, forms)), None)


def read_returned_all(
    enclosures: Iterable[Enclosure], text: str, forms: Sequence[Form]
) -> tuple[ReturnedForm, ...]:
    """
    Return the forms in a mail, the best first; one per identifier.

    A joint administration may return those of several municipalities at once.

    Args:
        enclosures: The mail's files.
        text: What the person wrote anew; the subject may stand before it.
        forms: Those of the campaigns that may be answered.
    """
    if not forms:
        return ()
    files = [
        found for one in list(enclosures)[:_FILES] if (found := _in_file(one, forms))
    ]
    typed = _typed(text[:_LONGEST], forms)
    return _each_once([*files, *([typed] if typed else [])])


def _in_file(one: Enclosure, forms: Sequence[Form]) -> ReturnedForm | None:
    content, name = one.content, one.name
    if not content or len(content) > _LARGEST:
        return None
    try:
        if b"%PDF-" in content[:1024]:
            # It brings in pypdf, for half a second: most mail has no PDF.
            from mailer.forms.read_pdf import read_pdf  # noqa: PLC0415

            return read_pdf(content, forms, name)
        if content.startswith(b"PK"):
            return read_docx(content, forms, name) or in_other_format(one, forms)
        if is_page(content):
            return _by_hand(one, "it is a picture, no text: read it")
        return in_other_format(one, forms)
    except Exception as error:  # noqa: BLE001 - a stranger's file breaks readers anyhow
        return _unreadable(one, forms, error)


def _unreadable(
    one: Enclosure, forms: Sequence[Form], error: Exception
) -> ReturnedForm | None:
    """Return why a PDF or a form cannot be read: a person may still see something."""
    is_pdf = b"%PDF-" in one.content[:1024]
    if not is_pdf:
        other = in_other_format(one, forms)
        if other is not None or not one.name.casefold().endswith(".docx"):
            return other
    words = _TROUBLES.get(type(error).__name__, "it is damaged: ask for it again")
    return _by_hand(one, words)


def _by_hand(one: Enclosure, words: str) -> ReturnedForm:
    return ReturnedForm("", {}, FormSource.SCAN, one.name, trouble=words)


def _typed(text: str, forms: Sequence[Form]) -> ReturnedForm | None:
    """
    Return the form that was typed into the mail.

    A signature has a telephone number, too: without an identifier at least one
    choice has to be made.
    """
    for form in forms:
        values = read_lines(text.splitlines(), form)
        values.pop(IDENTIFIER, None)
        choices = [
            one
            for one in form.fields
            if one.type is FieldType.RADIO and option_of(one, values.get(one.id, ""))
        ]
        mark = find_identifier(text, [form.tag])
        if choices or (mark and values):
            return ReturnedForm(mark, values, FormSource.TYPED, tag=form.tag)
    return None


def _each_once(found: Sequence[ReturnedForm]) -> tuple[ReturnedForm, ...]:
    """Return the best form of each identifier; those without go with the others."""
    marks = {fold_form_id(one.identifier) for one in found if one.identifier}
    only = next((one.identifier for one in found if one.identifier), "")
    best: dict[str, ReturnedForm] = {}
    for one in sorted(found, key=_worth):
        known = one
        if not one.identifier and len(marks) == 1:
            known = replace(one, identifier=only)
        best.setdefault(fold_form_id(known.identifier), known)
    return tuple(best.values())


def _worth(one: ReturnedForm) -> tuple[int, int]:
    """Return what sorts first the form that says most."""
    return -len(one.values), _BEST.index(one.how)
