"""A certificate, a Dovecot, and a memory of what was taken."""

from __future__ import annotations

import pytest
from certificates import a_certificate
from dovecot import dovecot
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return a_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(certificate):
    with dovecot(certificate) as started:
        yield started
