"""The registration list grows and is imported each day; each row counts once."""

from __future__ import annotations

import pytest
from offices import taken

from mailer.errors import ListError, UsageError
from mailer.operations.import_responses import import_responses

HEADER = "Občina;Ime in priimek;E-pošta\n"
FIRST = "Občina Ajdovščina;Ana Novak;ana@drugje.example\n"
SECOND = ";Bor Kovač;bor@beltinci.example\n"
GUEST = "Društvo za vse;Cene Zupan;cene@drustvo.example\n"


@pytest.fixture
def arrive(running):
    """Return a desk, and a function that imports a list of registrations."""
    desk = running("obcina", "urad", "glavna")
    desk.send()

    def importing(*rows, header=HEADER):
        file = desk.office.folder / "recipients" / "prijave.csv"
        file.write_text("".join((header, *rows)), encoding="utf-8")
        campaign = desk.opened.campaign
        return import_responses(desk.office, campaign, file, "registered", by="Ana")

    return desk, importing


def test_importing_the_same_list_again_changes_nothing(arrive):
    """By the name and by the domain, each once."""
    desk, importing = arrive

    first = importing(FIRST, SECOND)
    again = importing(FIRST, SECOND)

    assert (2, 0) == (first.recorded, first.known_already)
    assert (0, 2) == (again.recorded, again.known_already)
    assert ["001", "002"] == [one.organisation for one in desk.answers()]


def test_a_list_that_grew_adds_only_the_new(arrive):
    """In whatever order its rows come."""
    desk, importing = arrive
    importing(FIRST)

    grown = importing(SECOND, FIRST)

    assert (1, 1) == (grown.recorded, grown.known_already)
    assert 2 == len(desk.answers())


def test_a_guest_from_elsewhere_is_said_by_name(arrive):
    """Never tied to a municipality because it looks like one."""
    desk, importing = arrive

    found = importing(GUEST)

    assert ["prijave.csv, row 2"] == [one.place for one in found.unmatched]
    assert "Cene Zupan" in found.unmatched[0].cause
    assert [] == desk.answers()


def test_who_registered_is_confirmed_and_not_reminded(arrive):
    """The silent get the reminder; each registered organisation its confirmation."""
    desk, importing = arrive
    importing(FIRST, SECOND)
    desk.until("reminder")
    relay = desk.a_relay()

    desk.send(relay)

    assert ["glavna"] == list(desk.states("reminder"))
    assert {"obcina", "urad"} == set(desk.states("confirmation"))
    assert sorted(["glavna", "obcina", "urad"]) == sorted(taken(relay))


def test_a_code_that_contradicts_its_row_is_refused_and_nothing_taken(arrive):
    """As in a list of recipients: all such rows at once, and no good one either."""
    desk, importing = arrive
    rows = (
        "001;Ajdovščina;Ana Novak;ana@drugje.example\n",
        "002;Ajdovščina;Bor Kovač;bor@drugje.example\n",
        "xx;Ajdovščina;Cene Zupan;cene@drugje.example\n",
        "xx;;Drago Kos;drago@beltinci.example\n",
        "001;Društvo za vse;Eva Kos;eva@drustvo.example\n",
    )

    with pytest.raises(ListError) as caught:
        importing(*rows, header=f"Šifra;{HEADER}")

    assert [
        ("prijave.csv, row 3", "code 002 is Beltinci, but the name is Ajdovščina"),
        ("prijave.csv, row 4", "'xx' is not the code of a municipality"),
        ("prijave.csv, row 5", "'xx' is not the code of a municipality"),
        (
            "prijave.csv, row 6",
            "'Društvo za vse' is not a municipality in the register",
        ),
    ] == [(one.place, one.cause) for one in caught.value.problems]
    assert [] == desk.answers()


def test_a_guest_may_have_a_code_of_their_own(arrive):
    """It contradicts nothing: they are no municipality by any sign."""
    desk, importing = arrive

    found = importing(f"D7;{GUEST}", "1;Ajdovščina;;\n", header=f"Šifra;{HEADER}")

    assert ["prijave.csv, row 2"] == [one.place for one in found.unmatched]
    assert ["001"] == [one.organisation for one in desk.answers()]


def test_columns_that_are_not_read_are_named(arrive):
    """Who registered and for whom is read; a date is not."""
    _desk, importing = arrive

    found = importing(
        "Ajdovščina;Ana Novak;;1. 2. 2026;Goriška\n",
        header=f"{HEADER.strip()};datum;regija\n",
    )

    assert ("datum", "regija") == found.ignored
    assert ["the column 'datum' is ignored"] == [one.cause for one in found.warnings]


def test_an_unknown_kind_of_response_is_refused(arrive):
    """With those that the campaign knows."""
    desk, _importing = arrive
    file = desk.office.folder / "recipients" / "prijave.csv"
    file.write_text(HEADER + FIRST, encoding="utf-8")

    with pytest.raises(UsageError, match="one of registered, declined, "):
        import_responses(desk.office, desk.opened.campaign, file, "came", by="Ana")
