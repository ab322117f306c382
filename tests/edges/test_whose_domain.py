"""C19: in whose name an office may write, by the domains in its settings."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mailer.settings import Settings

OWN = "posiljatelj.example"


def settings(address, reply_to, bounce_domain, signed_for=""):
    dkim = {"domain": signed_for, "selector": "a", "key_file": "b"}
    return Settings(
        sender={
            "name": "Pisarna",
            "address": f"a@{address}",
            "reply_to": f"b@{reply_to}",
            "bounce_domain": bounce_domain,
        },
        dkim=dkim if signed_for else {},
    )


@pytest.mark.parametrize(
    "domains",
    [
        (OWN, OWN, OWN),
        (OWN, f"urad.{OWN}", f"odboji.{OWN}"),
        (f"urad.{OWN}", OWN, OWN.upper()),
        (OWN, OWN, "odboji.example", OWN),
        (OWN, OWN, "odboji.example", f"urad.{OWN}"),
    ],
)
def test_one_owner_has_many_names(domains):
    """Above, below, beside; bounces may go elsewhere if the letters are signed."""
    assert settings(*domains).sender.bounce_domain == domains[2]


@pytest.mark.parametrize(
    "domains",
    [
        (OWN, "drugje.example", OWN),
        (OWN, OWN, "drugje.example"),
        (OWN, OWN, "drugje.example", "tretji.example"),
        ("drugje.example", "drugje.example", OWN),
    ],
)
def test_two_owners_are_refused(domains):
    """Nobody would believe such a letter, or its answers would go to others."""
    with pytest.raises(ValidationError, match="would"):
        settings(*domains)
