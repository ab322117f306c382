"""
docs/explanation/faults.md: each fault has a number, and each number its tests.

A number stands in the docstring of the test that shows what becomes of the
fault, or of the file that is all about it.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "faults.md"
NUMBER = re.compile(r"\b[ABCDM]\d{2}\b")
#: letter → the numbers there are; B14 and B15 are nothing that we promise
NUMBERS = {
    "A": range(1, 21),
    "B": chain(range(1, 14), range(16, 19)),
    "C": range(1, 21),
    "D": range(1, 18),
    "M": range(1, 13),
}
EXPECTED = [f"{letter}{n:02}" for letter, every in NUMBERS.items() for n in every]


def rows():
    """Yield each row of the page: its number, and the tests it names."""
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if NUMBER.fullmatch(cells[0]):
            assert len(cells) == 4, line
            assert all(cells), line
            yield cells[0], re.findall(r"`([^`]+)`", cells[3])


@cache
def docstrings(name):
    """Return a test file's docstring under "", and those of its tests."""
    tree = ast.parse((ROOT / name).read_text("utf-8"))
    tests = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )
    return {"": ast.get_docstring(tree) or ""} | {
        test.name: ast.get_docstring(test) or "" for test in tests
    }


def test_every_fault_stands_on_the_page_once():
    """In the order of the numbers."""
    assert EXPECTED == [number for number, _tests in rows()]


@pytest.mark.parametrize(("number", "named"), list(rows()))
def test_a_fault_has_the_tests_that_the_page_names(number, named):
    """They are there, and each carries the number, or its file does."""
    assert named
    for place in named:
        file, _, test = place.partition("::")
        found = docstrings(file)
        assert test in found, place
        assert number in NUMBER.findall(found[""] + " " + found[test]), place


def test_no_test_carries_a_number_that_nobody_explains():
    """Else a reader would look for it in vain."""
    carried = {
        number
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for said in docstrings(path.relative_to(ROOT).as_posix()).values()
        for number in NUMBER.findall(said)
    }

    assert set() == carried - set(EXPECTED)
