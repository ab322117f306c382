"""What the shell completes: names of the office, and nothing where there is none."""

from __future__ import annotations

import subprocess

import pytest
from commands import INSTALLED, environment

from mailer.files.office_folder import make_office


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Make an office; one of its campaigns is being written."""
    folder = tmp_path_factory.mktemp("complete") / "office"
    make_office(folder)
    (folder / "templates" / "half").mkdir()
    (folder / "templates" / "half" / "campaign.toml").write_text("title = ")
    return folder


def completed(line, folder):
    """Return what bash is given at the end of a line, and what else is said."""
    words = line.split(" ")
    done = subprocess.run(
        [INSTALLED],
        cwd=folder,
        env=environment(
            _MAILER_COMPLETE="complete_bash",
            COMP_WORDS=line,
            COMP_CWORD=str(len(words) - 1),
        ),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split(), done.stderr


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mailer check ", ["conference", "half", "ministry-letter"]),
        ("mailer start co", ["conference"]),
        ("mailer campaign plan m", ["ministry-letter"]),
        ("mailer report m", ["ministry-letter"]),
        ("mailer resolve --campaign c", ["conference"]),
        ("mailer preview conference --step re", ["reminder"]),
        ("mailer preview half --step ", []),
        ("mailer preview nobody --step ", []),
        ("mailer recipients show --list ", ["municipalities"]),
    ],
)
def test_names_are_completed(office, line, expected):
    """Campaigns, the steps of the one that was named, lists; from files alone."""
    assert (expected, "") == completed(line, office)


@pytest.mark.parametrize(
    "line", ["mailer check ", "mailer preview x --step ", "mailer report --list "]
)
def test_outside_an_office_nothing_is_proposed_or_made(tmp_path, line):
    """No traceback in the middle of a line, no new file."""
    assert ([], "") == completed(line, tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_the_office_that_is_named_is_asked(office, tmp_path):
    """With --office, from anywhere."""
    found, _said = completed(f"mailer --office {office} check m", tmp_path)

    assert ["ministry-letter"] == found
