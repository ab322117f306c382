"""Fixtures of the acceptance tests: an office, and a demo that was played once."""

from __future__ import annotations

from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name
