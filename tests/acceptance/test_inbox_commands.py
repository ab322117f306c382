"""What scripts do with the mail that waits: list, show, save, assign, close."""

from __future__ import annotations

import base64
import json
import subprocess
from datetime import UTC, datetime

import pytest
import time_machine
from commands import INSTALLED, Command, assert_is_clear
from incoming import a_mail
from offices import Desk, an_office

from mailer.errors import ExitCode
from mailer.sandbox.clock import VirtualClock

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
    """Return the desk's command, on the same day."""
    with time_machine.travel(desk.clock.now()):
        yield Command(desk.office.folder, monkeypatch, capsys)


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


def test_done_takes_no_answer_back_that_a_person_has_read(desk, mailer):
    """It says what was decided, and the command that takes it back; that does."""
    kind = ("--kind", "declined", "--by", "ana")
    mailer("inbox", "assign", 1, "conference", "001", *kind).done()

    said = mailer("inbox", "done", 1, "--by", "bine").done()

    assert "already (ana: declined, Občina Ajdovščina); nothing is changed" in said.text
    assert "inbox assign 1 conference 001" in said.text
    assert [("001", "declined", {})] == recorded(desk)

    mailer("inbox", "assign", 1, "conference", "001", "--by", "bine").done()

    assert [] == recorded(desk)
    told = mailer("timeline", "001", "--json").done().out
    assert [
        ("conference: response declined", "ana"),
        ("conference: response declined taken back", "bine"),
    ] == [
        (one["what"], one["by"])
        for one in json.loads(told)["events"]
        if "response declined" in one["what"]
    ]


def test_a_question_on_the_telephone_is_dealt_with(desk, mailer):
    """The plan says what a reminder waits for, and how it goes on."""
    mailer("responses", "set", "conference", "Beltinci", "registered").done()
    mailer("responses", "set", "conference", "Bled", "question").done()
    plan = ("campaign", "plan", "conference", "--person", "Bled")
    way_out = "responses withdraw conference 003"

    assert f"{way_out}\n" in mailer(*plan).done().out

    said = mailer(*way_out.split(), "--by", "ana").done()

    assert "Občina Bled: question taken back; no other answer is there." in said.text
    assert "a person has to deal" not in mailer(*plan).done().text
    again = mailer(*way_out.split())
    assert_is_clear(again, ExitCode.USAGE, "has given no answer to conference")
    kinds = [kind for _code, kind, _details in recorded(desk)]
    assert ["registered"] == [kind for kind in kinds if kind != "question"]


def test_what_came_in_a_message_is_taken_back_there(desk, mailer):
    """A question, or an answer: the command is named, and nothing is done."""
    for kind, command in (
        ("question", "inbox done 1"),
        ("declined", "inbox assign 1 conference 001"),
    ):
        mailer("inbox", "assign", 1, "conference", "001", "--kind", kind).done()

        said = mailer("responses", "withdraw", "conference", "001")

        assert_is_clear(said, ExitCode.USAGE, "came in message 1", command)
        assert [("001", kind, {})] == recorded(desk)


def test_a_question_waits_until_it_is_dealt_with(desk, mailer):
    """It is listed as one; then it counts no more."""
    mailer("inbox", "assign", 1, "conference", "001", "--kind", "question").done()

    assert "obcina@obcina.example, asked" in mailer("inbox", "list").done().out

    said = mailer("inbox", "done", 1, "--by", "ana").done()

    assert "question dealt with" in said.text
    assert [] == recorded(desk)

    again = mailer("inbox", "done", 1).done()

    assert "was dealt with already (ana: question dealt with)" in again.text
    assert "ana" == shown(mailer, 1)["last_note"]["by"]


def test_what_is_shown_is_data(mailer):
    """All of it can be sent through a pipe; only what to do next is beside it."""
    said = mailer("inbox", "show", 1).done()

    assert "obcina@obcina.example" in said.out
    assert "Prijavljamo vse tri občine." in said.out
    assert said.err.startswith("Next: ")
    assert "Občina Ajdovščina" in mailer("inbox", "list", "--all").done().out


def test_the_stump_of_a_file_is_not_saved(desk, mailer, tmp_path):
    """Of a message over 25 MB the beginning is kept: the scan in it is no scan."""
    head, mark, rest = WITH_SCAN.partition(b"JVBER")
    desk.post.deliver(head + mark + b"AAAA" * (7 * 1024 * 1024) + rest)
    desk.collect()

    assert "only the beginning was kept" in mailer("inbox", "show", 3).done().out
    assert [False] == [one["is_whole"] for one in shown(mailer, 3)["enclosures"]]
    said = mailer("inbox", "show", 3, "--save-enclosures", tmp_path / "scans")

    assert_is_clear(said, 1, "only the beginning was kept", "save it in a mail program")
    assert not (tmp_path / "scans").exists()


def test_a_message_that_cannot_be_read_fails(desk, mailer):
    """For cron: 1, as another look does not help; what is readable is taken."""
    new = desk.office.folder / "mail" / "office" / "new"
    (new / "1.link").symlink_to("/etc/passwd")
    desk.post.deliver(a_mail("besedilo"))
    said = mailer("inbox", "fetch")

    assert_is_clear(said, 1, "1.link", "cannot be read", "1 new message")


def answered(mailer, *fields):
    words = ("1", "ministry-letter", "001", "--kind", "returned")
    flags = [word for one in fields for word in ("--field", one)]
    return mailer("inbox", "assign", *words, *flags)


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


@pytest.fixture
def ministry(office):
    """Return the desk of a ministry whose form came back as a scan."""
    clock = VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))
    with an_office(office.folder.parent / "ministry", clock) as found:
        desk = Desk.running(found, clock, ("obcina", "urad"), "ministry-letter")
        desk.post.deliver(WITH_SCAN)
        desk.collect()
        yield desk


def test_fields_are_checked(ministry, monkeypatch, capsys):
    """As at the review's screen, all at once; what is right is kept as we write it."""
    command = Command(ministry.office.folder, monkeypatch, capsys)
    wrong = ("kakovost=mogoce", "kako=ne", "datum=zdaj", "kontakt_eposta=ana", "x=")
    said = answered(command, *wrong, "delavnica_stevilo=4", "obcina_sifra=1")
    telephone = command(
        "responses",
        "set",
        "ministry-letter",
        "1",
        "returned",
        *("--field", "zadovolstvo=ne"),
    )

    assert_is_clear(said, 2, "'kakovost': 'mogoce' is none of its options")
    assert "one of pridruzi, ze_izvaja, ne" in said.text
    assert (
        "'kako': is no field of ministry-letter — did you mean kakovost?" in said.text
    )
    assert "'datum': 'zdaj' is no date" in said.text
    assert "'kontakt_eposta': 'ana' is no e-mail address" in said.text
    assert "'x': is empty" in said.text
    assert "only with delavnica=da" in said.text
    assert "printed by us" in said.text
    assert_is_clear(telephone, 2, "did you mean zadovoljstvo?")
    assert [] == recorded(ministry)

    answered(command, "kakovost=Ne bomo se vključili", "datum=3. 5. 2019").done()

    assert [("001", "returned", {"kakovost": "ne", "datum": "2019-05-03"})] == (
        recorded(ministry)
    )
