"""Nothing is wrong with the campaigns that come along, whenever an office is made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from offices import an_office, import_list

from mailer.operations.check_folder import check_folder
from mailer.operations.date_campaigns import date_campaigns
from mailer.sandbox.clock import VirtualClock

#: true of a list of two, and of a letter in August
_TRUE = ("of the register's 212 are missing", "many are away")


@pytest.mark.parametrize("year", [2019, 2026, 2027, 2028, 2033])
def test_the_samples_have_no_findings_in_any_month(tmp_path, year):
    """Dates, holidays, leap years, the end of a year in between."""
    found = []
    for month in range(1, 13):
        clock = VirtualClock(datetime(year, month, 27, 9, tzinfo=UTC))
        with an_office(tmp_path / f"{month}", clock) as office:
            date_campaigns(office.folder, clock.now())
            import_list(office, ("obcina", "zupan"))
            for name in ("conference", "ministry-letter"):
                found += check_folder(office, name).problems

    assert [] == [str(one) for one in found if not any(t in one.cause for t in _TRUE)]
    assert any("many are away" in one.cause for one in found)
