"""What scripts do with the mail that waits: list, show, save, assign, close."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest
from commands import INSTALLED, Command, assert_is_clear
from incoming import a_mail
from offices import Desk

SCAN = b"%PDF-1.4 a scan"
WITH_SCAN = b"""\
From: =?utf-8?q?=C5=BDupan?= <zupan@zasebno.example>
To: pisarna@posiljatelj.example
Subject: Obrazec
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

V prilogi.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="../../.obrazec.pdf"
Content-Transfer-Encoding: base64

%s
--b--
""" % base64.b64encode(SCAN)


@pytest.fixture
def desk(office, clock):
    """Return a desk where a reply and a scan wait."""
    found = Desk.running(office, clock, ("obcina", "urad", "tajnistvo"))
    found.send()
    found.write("invitation", "obcina", "Prijavljamo vse tri občine.")
    found.collect()
    found.post.deliver(WITH_SCAN)
    found.collect()
    return found


@pytest.fixture
def mailer(desk, monkeypatch, capsys):
    """Return the desk's command."""
    return Command(desk.office.folder, monkeypatch, capsys)


def listed(mailer, *words):
    said = mailer("inbox", *words, "--json").done()
    found = json.loads(said.out)
    assert 1 == found["schema_version"]
    return [one["id"] for one in found["messages"]]


def shown(mailer, message):
    return json.loads(mailer("inbox", "show", message, "--json").done().out)["message"]


def recorded(desk):
    return [(one.organisation, one.kind, dict(one.details)) for one in desk.answers()]


def test_a_message_is_assigned_to_several(desk, mailer):
    """By name, code or address, each once, with the fields; also anew."""
    whose = ("Ajdovščina", "2", "tajnistvo@bled.example", "001")
    field = ("--field", "oseb=4", "--by", "ana")
    mailer(
        "inbox", "assign", 1, "conference", *whose, "--kind", "declined", *field
    ).done()

    assert [(code, "declined", {"oseb": "4"}) for code in ("001", "002", "003")] == (
        recorded(desk)
    )

    mailer("inbox", "assign", 1, "conference", "003", "--kind", "registered").done()

    assert [("003", "registered", {})] == recorded(desk)
    assert [2] == listed(mailer, "review")


def test_what_was_decided_is_found_again(mailer):
    """Who decided what, and all that was understood, by kind."""
    mailer("inbox", "done", 1, "--by", "ana").done()

    assert [2] == listed(mailer, "list")
    assert [1, 2] == sorted(listed(mailer, "list", "--all"))
    assert [1] == listed(mailer, "list", "--kind", "reply")
    assert [] == listed(mailer, "list", "--kind", "complaint")
    assert ("done", "ana", "no answer") == (
        shown(mailer, 1)["review"],
        shown(mailer, 1)["last_note"]["by"],
        shown(mailer, 1)["last_note"]["detail"],
    )


def test_a_question_waits_until_it_is_dealt_with(desk, mailer):
    """It is listed as one; then it counts no more."""
    mailer("inbox", "assign", 1, "conference", "001", "--kind", "question").done()

    assert "obcina@obcina.example, asked" in mailer("inbox", "list").done().out

    said = mailer("inbox", "done", 1).done()

    assert "question dealt with" in said.text
    assert [] == recorded(desk)


def test_a_scan_is_saved(mailer, tmp_path):
    """Under a name that stays in its folder; its path is data."""
    enclosed = shown(mailer, 2)["enclosures"]
    folder = tmp_path / "scans"

    said = mailer("inbox", "show", 2, "--save-enclosures", folder).done()

    assert [len(SCAN)] == [one["size_bytes"] for one in enclosed]
    [saved] = folder.iterdir()
    assert f"{saved}\n" == said.out
    assert SCAN == saved.read_bytes()
    assert saved.name.endswith("obrazec.pdf")
    assert [folder] == [one for one in tmp_path.iterdir() if one.name != "office"]


def test_the_original_is_one_command_away(desk):
    """Byte for byte."""
    words = ("--office", desk.office.folder, "inbox", "show", "2", "--raw")

    said = subprocess.run([INSTALLED, *words], capture_output=True, check=True)

    assert WITH_SCAN.strip() == said.stdout.strip()


def test_what_is_shown_is_harmless(desk, mailer):
    """Text, subject and names of strangers, for a person and for a program."""
    evil = "\x1b[2J\x9b31m\u202e"
    desk.post.deliver(a_mail(f"besedilo {evil}", Subject=f"predmet {evil}"))
    desk.collect()

    for words in [("list",), ("show", 3), ("list", "--json"), ("show", 3, "--json")]:
        said = mailer("inbox", *words).done()
        assert "predmet" in said.out + said.err
        assert not {"\x1b", "\x9b", "\u202e"} & set(said.out + said.err)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("show", "99"), ("message 99", "does not exist")),
        (("done", "99"), ("message 99", "does not exist")),
        (("assign", "1", "conference", "Nowhere"), ("'Nowhere'", "no municipality")),
        (
            ("assign", "1", "conference", "001", "--kind", "maybe"),
            ("'maybe'", "one of registered, declined"),
        ),
        (
            ("assign", "1", "conference", "001", "--field", "oseb"),
            ("'oseb'", "NAME=VALUE"),
        ),
        (("assign", "1", "ministry-letter", "001"), ("never approved",)),
    ],
    ids=" ".join,
)
def test_a_mistake_says_what_to_do(mailer, words, parts):
    """Place, cause and next step; nothing is changed."""
    assert_is_clear(mailer("inbox", *words), 2, *parts)
    assert [1, 2] == sorted(listed(mailer, "review"))
