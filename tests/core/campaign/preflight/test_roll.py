"""The list against the register: who is missing, who is on it twice."""

from __future__ import annotations

import pytest
from factories import a_recipient, an_organisation

from mailer.campaign.preflight.roll import Roll
from mailer.model.recipient import Gender, Role

BLED = an_organisation(code="003", name="Bled", official_name="Občina Bled")
BOHINJ = an_organisation(code="004", name="Bohinj", official_name="Občina Bohinj")
PIRAN = an_organisation(code="090", name="Piran", official_name="Občina Piran")


def findings(register, *recipients):
    roll = Roll(register)
    for one in recipients:
        roll.add(one)
    found = list(roll.look("here"))
    assert [] == [one for one in found if not one.next_step]
    return [one.cause for one in found]


def test_a_list_of_everybody_is_not_mentioned():
    everybody = [a_recipient(organisation=one) for one in (BLED, BOHINJ)]

    assert [] == findings([BLED, BOHINJ], *everybody)


@pytest.mark.parametrize(
    ("register", "cause"),
    [
        ([BLED, BOHINJ], "1 of the register's 2 is missing: Bohinj"),
        ([BLED, PIRAN, BOHINJ], "2 of the register's 3 are missing: Bohinj, Piran"),
    ],
)
def test_who_is_missing_is_named(register, cause):
    assert [cause] == findings(register, a_recipient(organisation=BLED))


def test_of_many_only_some_are_named():
    register = [an_organisation(code=f"{n:03}", name=f"O{n:03}") for n in range(212)]

    (cause,) = findings(register, a_recipient(organisation=register[0]))

    assert cause.startswith("211 of the register's 212 are missing: O001, O002")
    assert cause.endswith("and 199 more")


def test_a_list_of_others_is_not_compared():
    """A network of associations has its own list beside the register."""
    assert [] == findings([BLED, BOHINJ], a_recipient(organisation=PIRAN))


def test_two_addresses_of_one_role_are_one_too_many():
    """The mayor and the office are two readers; two offices are one."""
    office = a_recipient(organisation=BLED)
    mayor = a_recipient(organisation=BLED, role=Role.MAYOR)

    assert [] == findings([BLED], office, mayor)
    assert ["on it more than once in the same role: Bled (office, 2 times)"] == (
        findings([BLED], office, mayor, office)
    )


def test_a_named_person_has_a_gender():
    """Else the salutation cannot name anybody, and the column was for nothing."""
    asked = {"organisation": BLED, "role": Role.PERSON, "surname": "Izmišljeni"}
    known = a_recipient(**asked, gender=Gender.FEMALE)
    unknown = a_recipient(**asked, address="nekdo@bled.example")

    assert [] == findings([BLED], known)
    assert ["nekdo@bled.example"] == [
        cause.rpartition(": ")[2] for cause in findings([BLED], unknown)
    ]


def test_spellings_that_may_be_one_mailbox_are_for_a_look():
    """C09: whether a tag or a dot makes another mailbox, only its server knows."""
    addresses = ("ana.novak@b.example", "AnaNovak+vabila@b.example", "ana@b.example")
    listed = [
        a_recipient(address=each, organisation=an_organisation(code=each, name=each))
        for each in (*addresses, "ana.novak@c.example", "+a@b.example", "+b@d.example")
    ]

    assert [
        "may be one mailbox: ana.novak@b.example and AnaNovak+vabila@b.example"
    ] == findings([], *listed)
