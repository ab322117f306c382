"""
How staff stop writing to somebody: no more reminders, or no more mail at all.

C15: what they record by hand, from a file or from a mail is honoured; each list is
exported and imported again, and running a command twice is harmless.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from commands import Command, assert_is_clear
from offices import Desk

WORDS = "Spoštovani,\nne pošiljajte nam več opomnikov.\nLep pozdrav"


@pytest.fixture
def desk(office, clock):
    """Return a desk of a conference to which three were invited."""
    found = Desk.running(office, clock, ("obcina", "urad", "tajnistvo"))
    found.send()
    return found


@pytest.fixture
def mailer(desk, monkeypatch, capsys):
    """Return the desk's command, two days later."""
    with time_machine.travel(desk.clock.now() + timedelta(days=2)):
        yield Command(desk.office.folder, monkeypatch, capsys)


def objections(mailer):
    said = mailer("objections", "list", "conference", "--json").done()
    return json.loads(said.out)["objections"]


def suppressed(mailer):
    said = mailer("suppress", "list", "--json").done()
    return json.loads(said.out)["suppressed"]


# No more reminders.


def test_a_telephone_call_is_recorded_and_shown_everywhere(mailer):
    said = mailer(
        *("objections", "add", "conference", "Ajdovščina"),
        *("--by", "ana", "--note", "po telefonu"),
    ).done()
    plan = mailer("campaign", "plan", "conference", "--person", "001").done()
    report = mailer("report", "conference").done()
    timeline = mailer("timeline", "001").done()
    listed = mailer("objections", "list", "conference").done()

    assert "Občina Ajdovščina: no more reminders in conference." in said.text
    assert "campaign plan conference --person 001" in said.text
    assert "reminder: no more reminders because wants no more reminders" in plan.text
    assert "want no more reminders: 1" in report.text
    assert "001 Ajdovščina since 2019-04-10" in report.text
    assert "conference: no more reminders (ana) po telefonu" in timeline.text
    assert "po telefonu" in listed.text
    assert [("001", "staff", "ana", "po telefonu")] == [
        (one["code"], one["source"], one["by"], one["evidence"])
        for one in objections(mailer)
    ]


def test_a_second_call_changes_nothing(mailer):
    mailer("objections", "add", "conference", "001", "--by", "ana").done()
    said = mailer("objections", "add", "conference", "001", "--by", "bine").done()

    assert "wanted no more reminders already" in said.text
    assert ["ana"] == [one["by"] for one in objections(mailer)]


def test_a_mistake_is_withdrawn(mailer):
    mailer("objections", "add", "conference", "001").done()
    said = mailer("objections", "withdraw", "conference", "001").done()
    again = mailer("objections", "withdraw", "conference", "001")
    empty = mailer("objections", "list", "conference").done()

    assert "reminders go again, from the next step on" in said.text
    assert_is_clear(again, 2, "has not objected to the reminders of conference")
    assert "Nobody has objected to the reminders of conference." in empty.text


def test_scripts_decide_about_a_reply(desk, mailer):
    """The proposal says it, and `assign` records it."""
    desk.write("invitation", "obcina", WORDS)
    desk.collect()
    before = json.loads(mailer("inbox", "show", 1, "--json").done().out)["message"]
    words = mailer("inbox", "show", 1).done()
    mailer(
        *("inbox", "assign", 1, "conference", "001", "--no-reminders"),
        *("--by", "ana"),
    ).done()
    after = json.loads(mailer("inbox", "show", 1, "--json").done().out)["message"]

    assert (True, None) == (before["proposal"]["objects"], before["proposal"]["kind"])
    assert "proposed: no more reminders, Občina Ajdovščina, conference" in words.text
    assert [("001", "ana")] == [
        (one["organisation"], one["by"]) for one in after["objections"]
    ]
    assert ["001"] == [one["code"] for one in objections(mailer)]
    assert "recorded: no more reminders, 001, by ana" in mailer("inbox", "show", 1).text


# No more mail at all.


def test_several_are_suppressed_at_once_and_a_slip_is_named(mailer):
    """The key is that of recipients: case makes no difference."""
    said = mailer(
        *("suppress", "add", "URAD@beltinci.example", "nihce@drugje.example"),
        *("--reason", "objected", "--by", "ana", "--note", "pismo"),
    ).done()
    again = mailer("suppress", "add", "urad@beltinci.example").done()

    assert "URAD@beltinci.example: suppressed nihce@drugje.example" in said.text
    assert "nihce@drugje.example: suppressed; it is on no list" in said.text
    assert "was suppressed already (objected, 2019-04-10)" in again.text
    assert {("nihce@drugje.example", "objected", "ana: pismo")} < {
        (one["address"], one["reason"], one["evidence"]) for one in suppressed(mailer)
    }


def test_all_that_are_no_addresses_are_told_and_nothing_is_changed(mailer):
    said = mailer("suppress", "add", "a(at)b.example", "c@d.example", "e@")

    assert_is_clear(said, 2, "'a(at)b.example' has no @", "'e@' is not whole")
    assert [] == suppressed(mailer)


def test_an_empty_list_is_said(mailer):
    said = mailer("suppress", "list").done()

    assert "No address is suppressed" in said.text
    assert "campaign list" in said.text


def test_who_is_allowed_again_learns_why_none_went(desk, mailer):
    mailer("suppress", "add", "urad@beltinci.example").done()
    said = mailer("suppress", "remove", "Urad@Beltinci.example", "x@y.example").done()

    assert "allowed again (was suppressed: by_hand, 2019-04-10)" in said.text
    assert "x@y.example: was not suppressed" in said.text
    assert "What was held back meanwhile stays so" in said.text
    assert set() == desk.suppressed()


def test_what_is_exported_is_imported_again(mailer, tmp_path):
    """Twice: the second time nothing is new."""
    mailer(
        *("suppress", "add", "urad@beltinci.example", "info@žlahta.example"),
        *("--reason", "complaint", "--note", "=1+1; „navedek“"),
    ).done()
    before = suppressed(mailer)
    file = tmp_path / "suppressed.csv"
    mailer("suppress", "export", "--to", file).done()
    mailer("suppress", "remove", *(one["address"] for one in before)).done()

    first = mailer("suppress", "import", file).done()
    second = mailer("suppress", "import", file).done()
    out = mailer("suppress", "export").done().out.replace("\r\n", "\n")

    assert before == suppressed(mailer)
    assert "2 suppressed, 0 known already." in first.text
    assert "0 suppressed, 2 known already." in second.text
    assert out == file.read_text("utf-8-sig")


def test_a_file_with_bad_rows_is_taken_by_nobody(mailer, tmp_path):
    """Every one is told, with its place."""
    file = tmp_path / "seznam.csv"
    file.write_text(
        "e-pošta;razlog;od\na@b.example;ročno;8. 4. 2019\nc@;pač;jutri\n", "cp1250"
    )
    said = mailer("suppress", "import", file)

    assert_is_clear(
        said,
        1,
        "seznam.csv, row 3, column 'e-pošta'",
        "seznam.csv, row 3, column 'razlog'",
        "seznam.csv, row 3, column 'od'",
    )
    assert [] == suppressed(mailer)


def test_a_file_as_a_spreadsheet_saves_it(desk, mailer, tmp_path):
    """xlsx, and Slovenian words; the address gets no mail any more."""
    from mailer.files.write_workbook import write_workbook  # noqa: PLC0415

    file = tmp_path / "seznam.xlsx"
    rows = [("E-pošta", "Razlog"), ("Urad@Beltinci.example", "ugovor")]
    write_workbook(file, {"seznam": rows}, desk.clock.now())

    assert "1 suppressed" in mailer("suppress", "import", file).done().text
    assert {"urad"} == desk.suppressed()


# Whatever is listed has its dates by the office's clocks.


def test_a_day_is_listed_as_it_was_written(mailer, tmp_path):
    """Shortly after midnight here it is still yesterday by UTC."""
    file = tmp_path / "suppressed.csv"
    file.write_text("e-naslov;od\nurad@beltinci.example;1. 2. 2019\n", encoding="utf-8")
    mailer("suppress", "import", file).done()

    assert " 2019-02-01\n" in mailer("suppress", "list").done().out
    assert ["2019-01-31T23:00:00+00:00"] == [one["since"] for one in suppressed(mailer)]
    again = mailer("suppress", "add", "urad@beltinci.example").done()
    assert "(by_hand, 2019-02-01)" in again.text
    removed = mailer("suppress", "remove", "urad@beltinci.example").done()
    assert "by_hand, 2019-02-01" in removed.text


def test_what_happens_after_midnight_is_of_that_day(desk, monkeypatch, capsys):
    """Every listing; for programs it is ISO 8601 with its offset."""
    mailer = Command(desk.office.folder, monkeypatch, capsys)
    with time_machine.travel(datetime(2019, 4, 10, 22, 30, tzinfo=UTC)):
        mailer("responses", "set", "conference", "001", "question").done()
        mailer("objections", "add", "conference", "002").done()
        mailer("pause", "conference").done()
        mailer("recipients", "import", desk.office.register_file, "--list", "x").done()
        listed = ("responses", "list", "conference")
        texts = [
            mailer(*words).done().text
            for words in (
                listed,
                ("objections", "list", "conference"),
                ("campaign", "show", "conference"),
                ("recipients", "show"),
                ("objections", "withdraw", "conference", "002"),
            )
        ]
        [answer] = json.loads(mailer(*listed, "--json").done().out)["responses"]
        lists = json.loads(mailer("recipients", "show", "--json").done().out)["lists"]

    assert [] == [text for text in texts if "2019-04-11" not in text]
    assert [] == [text for text in texts if "2019-04-10" in text]
    assert "2019-04-10T22:30:00" == answer["at"][:19]
    for instant in (answer["at"], lists[-1]["imported_at"]):
        assert timedelta() == datetime.fromisoformat(instant).utcoffset()
        assert "T" in instant
