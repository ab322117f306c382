"""An address that stands in a list twice is told; the first row may be taken."""

from __future__ import annotations

import pytest
from offices import LIST

from mailer.errors import ListError
from mailer.operations.import_recipients import import_recipients
from mailer.store import recipients

ROWS = (
    "email;code;vloga",
    "info@zlahta.example;001;župan",
    "urad@zlahta.example;001;vajenec",
    "INFO@ZLAHTA.example;001;",
    "URAD@zlahta.example;001;",
    "bled@@zlahta.example;003;",
)


def take(office, *, skip_invalid):
    file = office.folder / "list.csv"
    file.write_text("\n".join(ROWS), "utf-8")
    return import_recipients(
        office, file, LIST, skip_invalid=skip_invalid, may_shrink=lambda *_: True
    )


def addresses(office):
    with office.database.read() as connection:
        return [one.address for one in recipients.listed(connection, LIST)]


def test_each_is_told_in_its_place_and_nothing_is_taken(office):
    """Among the other problems, in the order of the rows; a bad row counts too."""
    with pytest.raises(ListError) as caught:
        take(office, skip_invalid=False)

    assert [
        ("list.csv, row 3, column 'vloga'", "'vajenec' is not understood as a role"),
        ("list.csv, row 4, column 'email'", "'INFO@zlahta.example' stands in row 2"),
        ("list.csv, row 5, column 'email'", "'URAD@zlahta.example' stands in row 3"),
        ("list.csv, row 6, column 'email'", "'bled@@zlahta.example' is more than one"),
    ] == [
        (one.place, one.cause.removesuffix(" already").removesuffix(" address"))
        for one in caught.value.problems
    ]
    assert [] == addresses(office)


def test_the_good_rows_can_be_taken(office):
    """The first of the two, if nothing else is wrong with it; and whose it is."""
    summary = take(office, skip_invalid=True)

    assert ["info@zlahta.example"] == addresses(office)
    assert (1, 1, 4) == (summary.count, summary.organisations, summary.skipped)
    with office.database.read() as connection:
        known = recipients.organisations(connection)
    assert ["001"] == [one.code for one in known]
