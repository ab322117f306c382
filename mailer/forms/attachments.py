"""
The form as files for one organisation after the other.

What is the same for all is made once.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from mailer import tokens
from mailer.forms.as_docx import DocxForm
from mailer.forms.as_pdf import PdfForm
from mailer.forms.check import printed_values
from mailer.model.campaign import FormFormat
from mailer.model.form import IDENTIFIER
from mailer.model.message import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.model.form import Form
    from mailer.model.recipient import Organisation

_KEPT = 8  #: files, made last
_MEDIA_TYPES = {
    FormFormat.PDF: "application/pdf",
    FormFormat.DOCX: (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
}


class FormPrinter:
    """
    Makes a campaign's form out to organisations.

    Args:
        form: The form.
        campaign: Its name.
        key: The office's; the identifiers are made with it.
    """

    def __init__(self, form: Form, campaign: str, key: bytes) -> None:
        self._form, self._campaign, self._key = form, campaign, key
        # The steps of a check, and the addresses of an organisation, come together.
        self._file = lru_cache(_KEPT)(self._make_file)

    def attachments(
        self, organisation: Organisation, formats: Iterable[FormFormat]
    ) -> list[Attachment]:
        """
        Return the form as files, made out to `organisation`; always the same bytes.

        Raises:
            DefinitionError: The form does not fit on a page.
        """
        return [self._file(organisation, one) for one in formats]

    def _make_file(self, organisation: Organisation, as_what: FormFormat) -> Attachment:
        form = self._form
        mark = tokens.form_id(self._key, form.tag, self._campaign, organisation.code)
        values = {IDENTIFIER: mark, **printed_values(form, organisation)}
        if as_what is FormFormat.PDF:
            title = f"{form.title} – {organisation.official_name}"  # noqa: RUF001
            content = self._pdf.made_out(values, title)
        else:
            content = self._docx.made_out(values)
        # Its part of the identifier, for a code may be an address.
        name = f"{form.file_name}-{mark.split('-')[1]}.{as_what.value}"
        return Attachment(name, content, _MEDIA_TYPES[as_what])

    @cached_property
    def _pdf(self) -> PdfForm:
        return PdfForm(self._form)

    @cached_property
    def _docx(self) -> DocxForm:
        return DocxForm(self._form)
