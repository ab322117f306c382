"""
Bad input of every kind: what is said, how the command ends, and what is kept.

An error names the place, the cause and the next step; it never shows a
traceback, and whatever was there before is there afterwards.
"""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import socket
import sqlite3
import ssl
import subprocess

import pytest
import time_machine
from commands import LIST, PEOPLE, aside, assert_is_clear, edit

from mailer.errors import ExitCode
from mailer.sandbox.relay import Manner, ScriptedRelay

LATER = "2027-03-02T11:00:00+01:00"
PASSWORD = "correct horse"  # the sandbox's relay knows no other


# Lists.


def the_list(office):
    with (office / "recipients" / "list.csv").open(encoding="utf-8") as file:
        return list(csv.reader(file))


def without_a_column(rows):
    return [
        [cell for cell in row if "@" not in cell and "email" not in cell]
        for row in rows
    ]


def with_a_bad_address(rows):
    return [[cell.replace("@beltinci", "(at)beltinci") for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("change", "place", "cause"),
    [
        (without_a_column, "header", "no column holds the addresses"),
        (with_a_bad_address, "row 3, column 'test_email'", "has no @"),
        (lambda rows: [*rows, rows[1]], "row 5", "stands in row 2 already"),
        (lambda rows: rows[:1], "new.csv", "nothing below the header"),
        (lambda _rows: [], "new.csv", "the file is empty"),
    ],
)
def test_a_bad_list_is_not_taken(listed, change, place, cause):
    """Every row's error at once; the list that was there stays."""
    path = listed.office / "new.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(change(the_list(listed.office)))

    said = listed("recipients", "import", path, *LIST)

    assert_is_clear(said, ExitCode.FAILURE, place, cause)
    assert PEOPLE == the_count(listed)


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("nowhere.csv", None, "no such file"),
        ("list.docx", b"PK\x03\x04", "lists do not come as .docx"),
        ("list.csv", b"ime,email\n\x81\x8d\xff,a@b.example\n", "encoding is unclear"),
        ("list.xlsx", b"ime;email\n", "the name ends in .xlsx"),
    ],
)
def test_a_file_that_is_no_list_is_not_taken(mailer, tmp_path, name, content, cause):
    """Missing, of another kind, in an unknown encoding, under a wrong name."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    said = mailer("recipients", "import", path, *LIST)

    assert_is_clear(said, ExitCode.FAILURE, name, cause)


def test_letters_that_may_be_others_are_shown(mailer):
    """C04: any octets are some text in Windows-1250; only a person sees which."""
    path = mailer.office / "excel.csv"
    words = "Črnomelj", "Šentjur", "Žužemberk", "Kočevje", "Škofja Loka", "Železniki"
    rows = [f"obcina{n}@b.example;{name}" for n, name in enumerate(words)]
    path.write_bytes("\r\n".join(["email;občina", *rows]).encode("cp1250"))
    shown = mailer("recipients", "import", path, *LIST)

    path.write_bytes(path.read_bytes().decode("cp1250").encode())
    plain = mailer("recipients", "import", path, *LIST)

    assert [0, 0] == [shown.code, plain.code]
    listed = ", ".join(f"'{word}'" for word in words[:5])
    assert f"read as Windows-1250: {listed} — if these letters" in shown.text
    assert "Windows-1250" not in plain.text


def the_count(mailer):
    said = mailer("recipients", "show", *LIST, "--json").done()
    return len(json.loads(said.out)["recipients"])


# What the office wrote.


def test_an_unknown_setting_has_a_suggestion(mailer):
    """A slip in mailer.toml is found before anything is done."""
    edit(mailer.office / "mailer.toml", r"\nhost =", "\nhots =")

    said = mailer("check", "conference")

    assert_is_clear(
        said, ExitCode.CONFIGURATION, "mailer.toml, relay, hots", "did you mean 'host'?"
    )


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("reply_to", "me@drugje.example", ("sender", "answers would leave the office")),
        ("address", "ana@drugje.example", ("sender", "answers would leave the office")),
        (
            "bounce_domain",
            "drugje.example",
            ("mailer.toml: sender, address", "would take the letters for forged"),
        ),
    ],
)
def test_c19_nobody_writes_in_anothers_name(mailer, key, value, parts):
    """C19: From, Reply-To and the bounces belong to one owner, or nothing goes."""
    edit(mailer.office / "mailer.toml", rf'\n{key} = "[^"]+"', f'\n{key} = "{value}"')

    said = mailer("check", "conference")

    assert_is_clear(said, ExitCode.CONFIGURATION, "mailer.toml", *parts)


@pytest.mark.parametrize(
    ("pattern", "replacement", "parts"),
    [
        (r"\nanswer_by", r"\nanswer_til", ("answer_til", "did you mean 'answer_by'?")),
        (
            'name = "eve"',
            'name = "eve"\nattachments = ["nacrt.pdf"]',
            ("step 6 'eve'", "no file attachments/nacrt.pdf", "put it there"),
        ),
        (
            'name = "eve"',
            'name = "eve"\nattachments = ["../../mailer.toml"]',
            ("step 6 'eve'", "no file attachments/../../mailer.toml"),
        ),
        (
            'before = { working_days = 5, of = "answer_by" }',
            'after = { working_days = 1, of = "event" }',
            ("step 'reminder'", "the deadline", "change its time"),
        ),
        ('to = "silent"', 'to = "slient"', ("'slient' is nobody", "one of everyone")),
    ],
    ids=[
        "unknown key",
        "missing attachment",
        "C03: an attachment elsewhere",
        "after the deadline",
        "nobody",
    ],
)
def test_a_wrong_campaign_is_not_approved(listed, pattern, replacement, parts):
    """The definition is checked whole, and nothing of it is approved."""
    edit(definition_of(listed), pattern, replacement)

    said = listed("check", "conference")
    approved = listed("approve", "conference", "--by", "načelnica")

    assert_is_clear(said, ExitCode.PREFLIGHT, *parts)
    assert_is_clear(approved, ExitCode.PREFLIGHT, *parts)


def definition_of(mailer):
    return mailer.office / "templates" / "conference" / "campaign.toml"


def test_a_missing_variable_names_the_recipient(listed):
    """One mistake in a template is one finding: where, and for whom first."""
    template = listed.office / "templates" / "conference" / "reminder.txt.j2"
    template.write_text(template.read_text("utf-8") + "{{ zupan }}\n", "utf-8")

    said = listed("check", "conference")

    assert_is_clear(said, ExitCode.PREFLIGHT, "reminder.txt.j2", "'zupan' is undefined")
    assert "for obcina@ajdovscina.example" in said.text
    assert "1 blocking" in said.text


def test_an_unknown_campaign_names_those_there_are(mailer):
    """A slip in the name on the command line."""
    said = mailer("check", "konferenca")

    assert_is_clear(said, ExitCode.USAGE, "'konferenca'", "there is: conference")


# Letting it go.


def test_what_is_not_approved_is_not_started(listed):
    """The next step is the approval."""
    said = listed("start", "conference", "--confirm", PEOPLE)

    assert_is_clear(
        said, ExitCode.NOT_APPROVED, "is not approved", "approve conference"
    )


def test_a_changed_attachment_needs_a_new_approval(listed):
    """Its bytes are part of what was approved."""
    listed("approve", "ministry-letter", "--by", "načelnica").done()
    folder = listed.office / "templates" / "ministry-letter" / "attachments"
    with (folder / "Opis projekta - model kakovosti v občinski upravi.pdf").open(
        "ab"
    ) as file:
        file.write(b"\0")

    said = listed("start", "ministry-letter", "--confirm", PEOPLE)

    assert_is_clear(said, ExitCode.NOT_APPROVED, "attachment 'Opis", "approve it anew")


def test_a_wrong_number_starts_nothing(listed):
    """Who types another number expects something else to happen."""
    listed("approve", "conference", "--by", "načelnica").done()

    said = listed("start", "conference", "--confirm", 212)

    assert_is_clear(said, ExitCode.USAGE, "3 messages are approved, not 212", "start")


def test_a_running_campaign_whose_sender_changed_sends_nothing(started):
    """In another name it was not approved: it stops until it is."""
    edit(started.office / "mailer.toml", '"pisarna@', '"pisarnb@')

    said = started("run", "--once")

    assert ExitCode.NOT_APPROVED == said.code
    assert "approve it anew" in said.text
    assert [] == sql(started, "SELECT outcome FROM attempt")


# The relay.


def sql(mailer, query):
    with contextlib.closing(sqlite3.connect(mailer.office / "mailer.db")) as connection:
        return connection.execute(query).fetchall()


def use_relay(mailer, **settings):
    for key, value in {"host": "127.0.0.1", "security": "none", **settings}.items():
        shown = value if isinstance(value, int) else f'"{value}"'
        edit(mailer.office / "mailer.toml", rf"\n#?{key} = \S+", rf"\n{key} = {shown}")


def test_a_relay_that_is_down_loses_nothing(started):
    """The round says so and ends with "try again"; a later one sends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        use_relay(started, port=free.getsockname()[1])

    down = started("run", "--once")
    kept = sql(started, "SELECT state, count(*) FROM delivery GROUP BY 1")
    with aside(ScriptedRelay()) as relay, time_machine.travel(LATER):
        use_relay(started, port=relay.port)
        up = started("run", "--once")

    assert ExitCode.TEMPORARY == down.code
    assert "the relay" in down.text
    assert [("planned", PEOPLE)] == kept
    assert ExitCode.DONE == up.code
    assert PEOPLE == len(relay.accepted)


def test_a_wrong_password_pauses_the_campaign(started, tmp_path, monkeypatch):
    """The relay's own words are shown; after the correction everybody is sent to."""
    certificate, key = a_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    relay = ScriptedRelay(manner=Manner(tls=tls, credentials=("office", PASSWORD)))
    monkeypatch.setenv("RELAY_PASSWORD", "wrong")
    with aside(relay):
        use_relay(started, port=relay.port, security="starttls")
        edit(
            started.office / "mailer.toml",
            "\nusername = .*",
            f'\nusername = "office"\npassword_env = "RELAY_PASSWORD"\n'
            f'ca_file = "{certificate}"',
        )
        refused = started("run", "--once")
        monkeypatch.setenv("RELAY_PASSWORD", PASSWORD)
        resumed = started("resume", "conference")
        done = started("run", "--once")

    assert ExitCode.TEMPORARY == refused.code
    assert "535" in refused.text
    assert "paused because" in refused.text
    assert [ExitCode.DONE, ExitCode.DONE] == [resumed.code, done.code]
    assert PEOPLE == len(relay.accepted)


def a_certificate(folder):
    """Return a new certificate of 127.0.0.1, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        " -days 2 -subj /CN=relay -addext subjectAltName=IP:127.0.0.1"
        f" -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_a_missing_password_is_said_at_once(started):
    """Before a connection is opened, and by the name of the variable."""
    use_relay(started)
    edit(
        started.office / "mailer.toml",
        "\nusername = .*",
        '\nusername = "office"\npassword_env = "NOT_EXPORTED"',
    )

    said = started("run", "--once")

    assert_is_clear(said, ExitCode.CONFIGURATION, "NOT_EXPORTED is empty", "export it")


# The database and the mailbox.


def test_a_locked_database_is_tried_again_later(listed, monkeypatch):
    """Another program is writing: exit code 75, for cron."""
    monkeypatch.setattr("mailer.store.sqlite.BUSY_TIMEOUT_MS", 20)
    with contextlib.closing(sqlite3.connect(listed.office / "mailer.db")) as other:
        other.execute("BEGIN EXCLUSIVE")

        said = listed("recipients", "show")

    assert_is_clear(said, ExitCode.TEMPORARY, "mailer.db", "another program is writing")


def test_a_read_only_database_says_what_to_do(listed):
    """Nothing is sent that could not be written down."""
    with (listed.office / "mailer.db").open("r+b") as file:
        # SQLite's "write version": from 3 on it may be read only, by root, too.
        file.seek(18)
        file.write(b"\x03")

    said = listed(
        "recipients", "import", listed.office / "recipients" / "list.csv", *LIST
    )

    assert_is_clear(said, ExitCode.TEMPORARY, "mailer.db", "cannot be written")


def test_a_database_of_another_program_is_left_alone(mailer):
    """It is no database of ours, and stays what it is."""
    file = mailer.office / "mailer.db"
    file.write_bytes(b"a letter to the mayor\n" * 300)

    said = mailer("campaign", "list")

    assert_is_clear(said, ExitCode.TEMPORARY, "mailer.db", "restore it from a backup")
    assert b"a letter to the mayor\n" * 300 == file.read_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe nothing of a message",
        b"From: " + b"(" * 5_000 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\nX",
        b"Content-Type: text/plain; charset=no-such\r\n\r\n\xc4\x8d\xe8",
    ],
    ids=["empty", "octets", "brackets", "torn", "charset"],
)
def test_mail_that_cannot_be_read_is_kept(listed, raw):
    """It waits for a person, who can see the very bytes."""
    (listed.office / "mail" / "office" / "new" / "1.a.test").write_bytes(raw)

    listed("inbox", "fetch").done()
    waiting = json.loads(listed("inbox", "review", "--json").done().out)["messages"]

    assert 1 == len(waiting)
    assert [(raw,)] == sql(listed, "SELECT raw FROM incoming")
    listed("inbox", "show", waiting[0]["id"]).done()
