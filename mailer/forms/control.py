"""How a choice's check boxes are called in a DOCX; they are found again by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.model.form import FormField


def control_tag(field: FormField, option: str) -> str:
    """Return the tag of an option's check box: "kakovost.ze_izvaja"."""
    return f"{field.id}.{option}"


def control_title(field: FormField, option: str) -> str:
    """Return its title, which LibreOffice keeps; the tag it does not."""
    return f"{field.label}: {field.options[option]}"
