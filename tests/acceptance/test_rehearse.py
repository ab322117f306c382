"""
`mailer rehearse`: the office's own campaign, offline, in a copy of the office.

The office is looked at before and after, file by file; what the rehearsal did is
read from the copy's own database and from its relay's mailbox.
"""

from __future__ import annotations

import hashlib
import json
import mailbox
import re
import sqlite3
import tomllib
from itertools import islice

import pytest
from commands import edit
from goldens import rows

LISTED = 60

CAMPAIGN = """\
title = "Popis igrišč"
list = "municipalities"
answer_by = 2027-04-15

[responses]
imamo = true
nimamo = true
morda = false
vprasanje = "pause"

[[step]]
name = "prosnja"
to = "everyone"
at = 2027-03-15T09:00:00

[[step]]
name = "opomnik"
to = "silent"
before = { working_days = 5, of = "answer_by" }

[[step]]
name = "hvala"
to = "imamo"
after = { days = 0, of = "response" }
"""


@pytest.fixture
def own(mailer):
    """Give the office a campaign of its own, and a list."""
    folder = mailer.office / "templates" / "popis"
    folder.mkdir()
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    for step in ("prosnja", "opomnik", "hvala"):
        (folder / f"{step}.subject.j2").write_text(f"Popis: {step}", "utf-8")
        (folder / f"{step}.txt.j2").write_text("Spoštovani!\n\nPišemo vam.\n", "utf-8")
    register = mailer.office / "recipients" / "municipalities.csv"
    few = mailer.office / "recipients" / "few.csv"
    with register.open("rb") as file:
        few.write_bytes(b"".join(islice(file, LISTED + 1)))
    listed(mailer, few)
    return mailer


def listed(mailer, path):
    mailer("recipients", "import", path, "--list", "municipalities").done()


def files_of(office):
    """Return every file outside rehearsals/ with its digest; the log is merged."""
    with sqlite3.connect(office / "mailer.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    return {
        path.relative_to(office).as_posix(): hashlib.sha256(path.read_bytes()).digest()
        for path in office.rglob("*")
        if path.is_file()
        and "rehearsals" not in path.relative_to(office).parts
        and not path.name.startswith("mailer.db")
    } | {"dump": dump}


def test_a_campaign_of_ones_own(own):
    """Other steps, other kinds of response: all of them occur, in a copy."""
    before = files_of(own.office)

    said = own("rehearse", "popis").done()

    assert before == files_of(own.office)
    copy = own.office / "rehearsals" / "popis"
    kinds = {kind for (kind,) in rows(copy, "SELECT DISTINCT kind FROM response")}
    assert {"imamo", "nimamo", "morda", "vprasanje"} == kinds
    taken = list((copy / "mail" / "relay").glob("*.eml"))
    accepted = "SELECT count(*) FROM attempt WHERE outcome = 'accepted'"
    assert rows(copy, accepted) <= [(len(taken),)]
    assert re.search(r"prosnja → everyone: 60 due; \d+ accepted", said.text)
    assert re.search(r"opomnik → silent: \d+ due; \d+ accepted", said.text)
    assert re.search(r"skipped: \d+ has answered: imamo, \d+ has answered", said.text)
    assert said.text.endswith("approve popis --by NAME")


def test_its_letters_can_be_opened_as_a_mailbox(own):
    """By a program that reads Maildirs; the same files, not twice on the disk."""
    said = own("rehearse", "popis").done()
    mail = own.office / "rehearsals" / "popis" / "mail"

    box = mailbox.Maildir(mail / "letters", create=False)
    files = sorted((mail / "relay").iterdir())

    assert len(files) == len(box) > LISTED
    assert {file.stat().st_ino for file in files} == {
        file.stat().st_ino for file in (mail / "letters" / "cur").iterdir()
    }
    assert all(str(letter["Subject"]).startswith("Popis: ") for letter in box)
    assert f"mutt -R -f {mail / 'letters'}" in said.text


def test_nobody_who_answered_is_reminded_and_the_sums_hold(own):
    said = own("rehearse", "popis").done()
    copy = own.office / "rehearsals" / "popis"

    reminded = rows(
        copy,
        "SELECT count(*) FROM attempt a JOIN delivery d ON d.id = a.delivery"
        " JOIN recipient p ON p.id = d.recipient"
        " JOIN response r ON r.organisation = p.organisation"
        " WHERE d.step = 'opomnik' AND r.kind IN ('imamo', 'nimamo')"
        " AND r.at < a.begun_at",
    )

    assert [(0,)] == reminded
    ((first,),) = rows(copy, "SELECT min(at) FROM response")
    assert first > "2027-03-15"
    assert f"{LISTED} organisations = " in said.text
    assert "≠" not in said.text


def test_the_same_seed_plays_the_same(own):
    """And another seed plays something else."""
    first = own("rehearse", "popis").done().out
    again = own("rehearse", "popis").done().out
    other = own("rehearse", "popis", "--seed", 7).done().out

    assert first == again
    assert first != other


def test_the_copy_is_fenced_in(own):
    """Whatever the office's settings are, the copy's own lead nowhere."""
    edit(own.office / "mailer.toml", "production = false", "production = true")
    edit(own.office / "mailer.toml", 'host = "sandbox"', 'host = "localhost"')
    edit(own.office / "mailer.toml", "maildir:mail/office", "maildir:/nowhere")

    own("rehearse", "popis").done()

    copy = own.office / "rehearsals" / "popis"
    written = tomllib.loads((copy / "mailer.toml").read_text("utf-8"))
    assert {"office", "sender", "sending"} == written.keys()
    assert not {"production", "database"} & written["office"].keys()
    assert (own.office / "office.key").read_text() != (copy / "office.key").read_text()
    status = json.loads(
        own("--office", copy, "campaign", "show", "popis", "--json").done().out
    )
    assert "cancelled" == status["status"]


def test_real_addresses_are_rehearsed_before_the_office_goes_live(own):
    """The fence keeps mail in; in a rehearsal nothing could go out."""
    path = own.office / "recipients" / "own.csv"
    domain = "obcina.internal"
    # The behaviours of the sandbox's relay go by local parts; these are people's.
    people = ("gone", "full", *(f"urad{number}" for number in range(30)))
    lines = ["e-mail", *(f"{name}@{domain}" for name in people)]
    path.write_text("\n".join(lines), "utf-8")
    own("recipients", "import", path, "--list", "municipalities", "--accept-shrunk")

    said = own("rehearse", "popis").done()

    assert f"prosnja → everyone: {len(people)} due" in said.text


def test_who_is_suppressed_is_skipped(own):
    with (own.office / "recipients" / "municipalities.csv").open() as file:
        address = re.search(r"[\w.-]+@[\w.-]+", file.read())[0]
    own("suppress", "add", address).done()

    said = own("rehearse", "popis").done()

    assert f"{LISTED - 1} due" in said.text
    assert "skipped: 1 suppressed" in said.text


def test_a_campaign_that_a_check_blocks_is_not_played(own):
    edit(own.office / "templates/popis/opomnik.txt.j2", "Pišemo", "{{ nobody.knows }}")

    said = own("rehearse", "popis")

    assert 3 == said.code
    assert "opomnik" in said.text


def test_a_folder_that_is_no_rehearsal_is_left_alone(own, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")

    said = own("rehearse", "popis", "--folder", tmp_path / "mine")

    assert 2 == said.code
    assert "mine" == (tmp_path / "mine" / "letter.txt").read_text()
