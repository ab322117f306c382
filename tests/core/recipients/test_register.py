"""The register: exact by code, name or alias; similar is not the same."""

from __future__ import annotations

import pytest
from factories import an_organisation

from mailer.recipients.organisations import registered
from mailer.recipients.register import Register, bare_name, code_key, name_key

KOPER = an_organisation(
    code="050",
    name="Koper",
    official_name="Mestna občina Koper",
    co_official_name="Capodistria",
    aliases=("Koper/Capodistria",),
)
RIBNICA = an_organisation(
    code="104", name="Ribnica", official_name="Občina Ribnica", is_urban=False
)
POHORJE = an_organisation(
    code="177", name="Ribnica na Pohorju", official_name="Občina Ribnica na Pohorju"
)
REGISTER = Register([KOPER, RIBNICA, POHORJE])


@pytest.mark.parametrize(
    "name",
    [
        "Koper",
        "KOPER",
        " mestna  občina Koper",
        "MO Koper",
        "Občina Koper",
        "OBČINA KOPER",
        "OBC\u030cINA KOPER",
        "Capodistria",
        "koper/capodistria",
    ],
)
def test_a_name_is_found_whatever_stands_before_it(name):
    """Case, space, Unicode form, the kind of municipality, aliases."""
    assert KOPER is REGISTER.named(name)


@pytest.mark.parametrize("name", ["Kope", "Ribnica na", "Ribnica na Pohorj", "", "MO"])
def test_a_similar_name_is_not_found(name):
    """Neither the beginning of a name nor a slip in it is enough."""
    assert REGISTER.named(name) is None


def test_neighbours_by_spelling_stay_apart():
    """Ribnica is not Ribnica na Pohorju."""
    assert RIBNICA is REGISTER.named("Občina Ribnica")
    assert POHORJE is REGISTER.named("Ribnica na Pohorju")
    assert ("Ribnica na Pohorju",) == REGISTER.similar("Ribnica na Pohorjuu")


@pytest.mark.parametrize("code", ["50", "050"])
def test_a_code_is_found_with_or_without_its_zeros(code):
    """Excel drops leading zeros."""
    assert KOPER is REGISTER.with_code(code)


@pytest.mark.parametrize("code", ["", "5", "145", "0050", "abc"])
def test_an_unknown_code_finds_nothing(code):
    """145 was never in use."""
    assert REGISTER.with_code(code) is None


def test_a_spelling_of_two_municipalities_finds_neither():
    """Nobody chooses between them."""
    other = an_organisation(code="999", name="Drugje", aliases=("Capodistria",))

    assert Register([KOPER, other]).named("Capodistria") is None
    assert KOPER is Register([KOPER, KOPER]).named("Capodistria")


def test_keys_and_bare_names():
    """What the comparisons are made of."""
    assert "001" == code_key("1")
    assert "NVO-7" == code_key("NVO-7")
    assert "šmarje pri jelšah" == name_key("Občina  ŠMARJE pri Jelšah")
    assert "Novo mesto" == bare_name("Mestna občina Novo mesto")
    assert "Mokronog" == bare_name("Mokronog")


def test_a_name_of_two_is_told_apart_by_the_code():
    """The name alone finds neither; with a code it contradicts nothing."""
    other = an_organisation(code="koper", name="Koper", official_name="Koper")
    register = Register([KOPER, other])

    assert register.named("Koper") is None
    assert KOPER is registered(register, "50", "Občina Koper")
