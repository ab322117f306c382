"""A database with a running campaign and a few recipients, without a folder."""

from __future__ import annotations

import pytest
from ledgers import a_database


@pytest.fixture
def database(tmp_path):
    """Open a database of our own schema, with a running campaign in it."""
    opened = a_database(tmp_path)
    yield opened
    opened.close()
