"""A date that is written otherwise: the check says how one is written."""

from __future__ import annotations

import pytest
from commands import assert_is_clear, edit

from mailer.errors import ExitCode

DAY, TIME = "2026-12-15", "2026-12-15T09:00:00"


@pytest.mark.parametrize(
    ("key", "written", "place", "how"),
    [
        ("answer_by", "2026-13-45", "campaign.toml, line", DAY),
        ("answer_by", "2026-02-30", "campaign.toml, line", DAY),
        ("answer_by", "15. 12. 2026", "campaign.toml, line", DAY),
        ("answer_by", "15/12/2026 # rok", "campaign.toml, line", DAY),
        ("answer_by", '"15. 12. 2026"', "campaign.toml, answer_by", DAY),
        ("answer_by", "true", "campaign.toml, answer_by", DAY),
        ("at", "2026-13-45T09:00:00", "campaign.toml, line", TIME),
        ("at", '"15. 12. 2026 ob 9h"', "campaign.toml, step 1, at", TIME),
    ],
)
def test_a_date_is_said_how_to_write(mailer, key, written, place, how):
    """Neither TOML's words nor the schema's help whoever wrote it."""
    file = mailer.office / "templates" / "conference" / "campaign.toml"
    edit(file, rf"(?m)^{key} = .*$", f"{key} = {written}")

    said = mailer("check", "conference")

    assert_is_clear(said, ExitCode.PREFLIGHT, place, how, "without quotes")
    assert "Expected" not in said.text
    assert "input" not in said.text


def test_what_is_no_date_is_said_as_before(mailer):
    """A quotation mark is missing: TOML's own place and words."""
    file = mailer.office / "templates" / "conference" / "campaign.toml"
    edit(file, r'(?m)^title = "', "title = ")

    said = mailer("check", "conference")

    assert_is_clear(said, ExitCode.PREFLIGHT, "at line", "correct the file")
