"""The registration list grows and is imported each day; each row counts once."""

from __future__ import annotations

import pytest
from offices import taken

from mailer.errors import UsageError
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

    def importing(*rows):
        file = desk.office.folder / "recipients" / "prijave.csv"
        file.write_text("".join((HEADER, *rows)), encoding="utf-8")
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


def test_an_unknown_kind_of_response_is_refused(arrive):
    """With those that the campaign knows."""
    desk, _importing = arrive
    file = desk.office.folder / "recipients" / "prijave.csv"
    file.write_text(HEADER + FIRST, encoding="utf-8")

    with pytest.raises(UsageError, match="one of registered, declined, "):
        import_responses(desk.office, desk.opened.campaign, file, "came", by="Ana")
