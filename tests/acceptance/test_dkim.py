"""
An office that signs: what it sends verifies, what is wrong with its key is said.

Two verify it: dkimpy, and opendkim, which many mail servers ask.
"""

from __future__ import annotations

import re
import subprocess

import pytest
from commands import PEOPLE, assert_is_clear, start
from signatures import (
    ALGORITHMS,
    DOMAIN,
    a_signer,
    an_rsa_key,
    dkimpy_verifies,
    dns_name,
    dns_record,
    in_pem,
)

from mailer.errors import ExitCode

KEY_FILE = "dkim.key"
GIVEN = {"domain": DOMAIN, "selector": "rsa", "key_file": KEY_FILE}


def set_dkim(office, **keys):
    """Write the section, as the office's administrator does."""
    lines = ["", "[dkim]", *(f'{key} = "{value}"' for key, value in keys.items()), ""]
    with (office / "mailer.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines))


def put_key(office, algorithm):
    """Put a key into the office, and name it in the settings."""
    (office / KEY_FILE).write_bytes(in_pem(a_signer(algorithm).key))
    set_dkim(office, **GIVEN | {"selector": algorithm})


def taken(mailer):
    """Return what the built-in relay took."""
    return [path.read_bytes() for path in (mailer.office / "mail/relay").iterdir()]


each_algorithm = pytest.mark.parametrize("algorithm", ALGORITHMS)


# What is sent.


@each_algorithm
def test_what_is_sent_verifies(listed, algorithm):
    """After the whole way from the template to the relay."""
    put_key(listed.office, algorithm)
    start(listed)

    listed("run", "--once").done()
    sent = taken(listed)

    assert PEOPLE == len(sent)
    assert all(dkimpy_verifies(letter, algorithm) for letter in sent)


@each_algorithm
def test_what_is_shown_is_what_staff_are_sent(listed, tmp_path, algorithm):
    """Octet for octet, signature and all."""
    put_key(listed.office, algorithm)

    listed("preview", "conference", "--all", tmp_path / "shown").done()
    listed("test", "conference", "--to", "referentka@posiljatelj.example").done()
    shown = [path.read_bytes() for path in (tmp_path / "shown").iterdir()]
    [tested] = taken(listed)

    assert PEOPLE == len(shown)
    assert tested in shown
    assert dkimpy_verifies(tested, algorithm)


@pytest.mark.server("opendkim")
@each_algorithm
def test_opendkim_verifies_what_is_sent(listed, tmp_path, algorithm):
    """And sees that a letter with another subject is not ours."""
    put_key(listed.office, algorithm)
    start(listed)

    listed("run", "--once").done()
    sent = taken(listed)
    forged = sent[0].replace(b"\r\nSubject: ", b"\r\nSubject: =?utf-8?q?Ne?= ", 1)

    assert PEOPLE == len(sent)
    assert [True] * PEOPLE + [False] == opendkim_verifies([*sent, forged], tmp_path)


def opendkim_verifies(messages, folder):
    """Return what opendkim says of each message, with the keys from a file."""
    keys, settings = folder / "keys", folder / "opendkim.conf"
    keys.write_text(
        "".join(
            f"{dns_name(signer)} {dns_record(signer)}\n"
            for signer in map(a_signer, ALGORITHMS)
        )
    )
    settings.write_text(f"Mode v\nSyslog no\nTestPublicKeys {keys}\n")
    verdicts = []
    for number, message in enumerate(messages):
        path = folder / f"{number}.eml"
        path.write_bytes(message)
        done = subprocess.run(
            ["/usr/sbin/opendkim", "-x", settings, "-v", "-t", path],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        [verdict] = re.findall(r": verification \(.*\) (succeeded|failed)", done.stdout)
        verdicts.append(verdict == "succeeded")
    return verdicts


def test_an_office_without_a_key_does_not_sign(started):
    """Its relay may; the letters are then as they were."""
    started("run", "--once").done()
    sent = taken(started)

    assert PEOPLE == len(sent)
    assert not [letter for letter in sent if b"DKIM-Signature" in letter]


# What is wrong.


@pytest.mark.parametrize(
    ("changes", "place", "cause"),
    [
        ({"key_file": ""}, "mailer.toml, dkim", "key_file missing"),
        ({"domain": "", "selector": ""}, "dkim", "domain and selector missing"),
        ({"domain": "občina.example"}, "dkim, domain", "no name as DNS knows them"),
        ({"selector": "a b"}, "dkim, selector", "no name as DNS knows them"),
        ({"key_file": "nowhere.key"}, "dkim, key_file", "No such file"),
        ({"key_file": "."}, "dkim, key_file", "Is a directory"),
        ({"key_file": "mailer.toml"}, "dkim, key_file", "no private key in PEM"),
        ({"keyfile": "dkim.key"}, "dkim, keyfile", "did you mean 'key_file'?"),
    ],
)
def test_wrong_settings_are_said(mailer, changes, place, cause):
    """Before anything is done, and not when the first letter is to go."""
    (mailer.office / KEY_FILE).write_bytes(in_pem(an_rsa_key()))
    set_dkim(mailer.office, **GIVEN | changes)

    said = mailer("check", "conference")

    assert_is_clear(said, ExitCode.CONFIGURATION, place, cause)


def test_a_weak_key_is_refused(mailer):
    """With the command that makes a better one."""
    (mailer.office / KEY_FILE).write_bytes(in_pem(an_rsa_key(1024)))
    set_dkim(mailer.office, **GIVEN)

    said = mailer("check", "conference")

    assert_is_clear(said, ExitCode.CONFIGURATION, KEY_FILE, "1024 bits", "openssl")
