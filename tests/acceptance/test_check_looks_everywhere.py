"""What `mailer check` sees besides the faults of a letter."""

from __future__ import annotations

import csv

import pytest
from commands import LIST, PEOPLE, assert_is_clear, edit

from mailer.errors import ExitCode

REAL = ".si"  #: a domain that mail can reach


def test_real_addresses_behind_the_fence_are_one_finding(listed):
    """The first by name, the others counted."""
    path = listed.office / "recipients" / "list.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    real = [[cell.replace(".example", REAL) for cell in row] for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(real)
    listed("recipients", "import", path, *LIST).done()

    said = listed("check", "conference")

    assert_is_clear(said, ExitCode.PREFLIGHT, f"ajdovscina{REAL} and 2 more")
    assert 1 == said.text.count("is a real address")


def test_a_file_that_changed_since_its_import_is_said(listed):
    """With the command that takes it anew."""
    path = listed.office / "recipients" / "list.csv"
    kept = path.read_bytes().splitlines(keepends=True)[:PEOPLE]
    path.write_bytes(b"".join(kept))

    said = listed("check", "conference").done()

    assert (
        "list.csv: has 2 good rows now, where list 'municipalities' has 3" in said.text
    )
    assert "recipients import recipients/list.csv --list municipalities" in said.text


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"koda,e-naslov\n\x81\x8d\xff"])
def test_a_register_that_cannot_be_read_is_a_finding(listed, damage):
    """The letters are looked at all the same."""
    (listed.office / "recipients" / "municipalities.csv").write_bytes(damage)
    edit(listed.office / "templates/conference/eve.txt.j2", r"\A", "TODO ")

    said = listed("check", "conference")

    assert_is_clear(said, ExitCode.PREFLIGHT, "municipalities.csv", "'TODO' is left")


def test_a_list_that_was_never_imported_hides_nothing(mailer):
    """Nobody is rendered; what is wrong beside the letters is said."""
    edit(
        mailer.office / "mailer.toml", r'(\[sender\]\nname = )".*"', r'\1"a@b.example"'
    )

    said = mailer("check", "conference")

    assert_is_clear(said, ExitCode.PREFLIGHT, "was never imported", "has an address in")
