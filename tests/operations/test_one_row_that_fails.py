"""C02: one recipient whose letter fails is found before the first letter goes."""

from __future__ import annotations

import pytest
from offices import Desk, import_list

from mailer.errors import ApprovalError, PreflightError
from mailer.model.campaign import CampaignStatus
from mailer.operations.campaign_status import approve, start

PEOPLE = tuple(f"obcina{number}" for number in range(140))
ONE = "137"  #: the code of the only municipality whose letter fails


@pytest.mark.parametrize(
    ("harm", "cause"),
    [
        ("{{ zupan }}", "'zupan' is undefined"),
        ("{{ organisation.mayor.name }}", "'mayor' is unknown"),
        ("{{ 1 // 0 }}", "division or modulo by zero"),
        ("{{ 'x' | url }}", "'x' is no https or mailto link"),
    ],
)
def test_it_is_named_and_nobody_gets_anything(office, clock, harm, cause):
    """Also where it is a reminder that fails, weeks later."""
    import_list(office, PEOPLE)
    file = office.templates / "conference" / "reminder.txt.j2"
    condition = f'{{% if organisation.code == "{ONE}" %}}{harm}{{% endif %}}'
    file.write_text(file.read_text("utf-8") + condition, "utf-8")
    desk = Desk(office, clock)

    with pytest.raises(PreflightError) as caught:
        approve(office, desk.opened, "načelnica")
    with pytest.raises(ApprovalError):
        start(office, desk.opened, len(PEOPLE), "načelnica")

    (problem,) = caught.value.problems
    assert "reminder.txt.j2, line " in problem.place
    assert f", for {PEOPLE[int(ONE) - 1]}@" in problem.place
    assert "more" not in problem.place
    assert cause in problem.cause
    assert CampaignStatus.DRAFT is desk.status.status


def test_a_letter_that_fails_once_somebody_has_answered(office, clock):
    """Nobody has yet, and still it is found."""
    import_list(office, PEOPLE[:20])
    file = office.templates / "conference" / "reminder.txt.j2"
    harm = "{% if answered.count == 3 %}{{ zupan }}{% endif %}"
    file.write_text(file.read_text("utf-8") + harm, "utf-8")

    with pytest.raises(PreflightError, match="'zupan' is undefined"):
        approve(office, Desk(office, clock).opened, "načelnica")
