"""A commit that fails leaves nothing open: others can write, and so can we."""

from __future__ import annotations

from contextlib import closing

import pytest
from ledgers import plan
from sqlalchemy import event

from mailer.errors import StoreError
from mailer.store.database import Database


def test_a_failed_commit_holds_nobody_up(database, url, tmp_path):
    """Neither another program, nor the next transaction of this one."""

    def fail(_connection):
        raise StoreError.at("mailer.db", "the disk fails")

    event.listen(database.engine, "commit", fail)
    with pytest.raises(StoreError, match="the disk fails"):
        plan(database, 1)
    event.remove(database.engine, "commit", fail)

    with closing(Database(url, tmp_path)) as other:
        assert 1 == plan(other, 1)
    assert 1 == plan(database, 2)
