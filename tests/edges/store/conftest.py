"""
A database with a running campaign and a few recipients, without a folder.

Every test that asks for one runs twice: on a file, and on a server.
"""

from __future__ import annotations

import pytest
from ledgers import FILE, a_database
from postgres import cluster  # noqa: F401 - a fixture
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name

SERVER = pytest.param("postgresql", marks=pytest.mark.server("postgresql"))


@pytest.fixture(params=["sqlite", SERVER])
def url(request):
    """Make an empty database of each kind; return its URL."""
    if request.param == "sqlite":
        yield FILE
        return
    with request.getfixturevalue("cluster").fresh() as fresh:
        yield fresh


@pytest.fixture
def database(tmp_path, url):
    """Open a database of our own schema, with a running campaign in it."""
    opened = a_database(tmp_path, url=url)
    yield opened
    opened.close()
