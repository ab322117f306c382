"""The form on its way out, and the table of what came back."""

from __future__ import annotations

import csv
import email
import io
import subprocess
import sys

import pytest
from commands import assert_is_clear, edit, environment

from mailer import tokens
from mailer.errors import ExitCode
from mailer.forms.read import read_returned
from mailer.model.incoming import Enclosure
from mailer.operations.office_key import KEY_FILE

LETTER = "ministry-letter"


@pytest.fixture
def form(listed):
    """Return the bundled form, and the office's key."""
    from letters import a_bundled_campaign  # noqa: PLC0415

    key = bytes.fromhex((listed.office / KEY_FILE).read_text())
    return a_bundled_campaign(LETTER).form, key


def files_of(path):
    message = email.message_from_bytes(path.read_bytes())
    return [part for part in message.walk() if part.get_filename()]


def test_each_municipality_gets_its_own(listed, form, tmp_path):
    """As PDF and DOCX beside the files that all get, with its identifier."""
    bundled, key = form
    listed("preview", LETTER, "--all", tmp_path / "a").done()
    listed("preview", LETTER, "--all", tmp_path / "b").done()

    written = sorted((tmp_path / "a").iterdir())
    marks = set()
    for path in written:
        files = files_of(path)
        pdf, docx = (part for part in files if "obrazec" in part.get_filename())
        for part in (pdf, docx):
            content = part.get_payload(decode=True)
            found = read_returned([Enclosure("", "", content)], "", [bundled])
            code = found.values["obcina_sifra"]
            owner = tokens.form_owner(
                key, bundled.tag, LETTER, found.identifier, ["001", "002", "003", "213"]
            )
            assert code == owner
            assert f"obrazec-kakovost-{code}." in part.get_filename()
            marks.add(found.identifier)
        assert 4 == len(files)
        assert "application/pdf" == pdf.get_content_type()
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert len(written) == len(marks)


def test_an_office_looks_at_one(listed, tmp_path, monkeypatch):
    """The file itself, to be opened and tried."""
    monkeypatch.chdir(tmp_path)

    listed("preview", LETTER, "--form", "pdf", "--person", "001").done()
    listed("preview", LETTER, "--form", "docx", "--person", "001").done()

    assert (tmp_path / "obrazec-kakovost-001.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "obrazec-kakovost-001.docx").read_bytes().startswith(b"PK")


def test_a_form_that_was_filled_in_is_not_overwritten(listed, tmp_path, monkeypatch):
    """The same one may be asked for twice; one that differs stays as it is."""
    monkeypatch.chdir(tmp_path)
    ask = ("preview", LETTER, "--form", "pdf", "--person", "001")
    listed(*ask).done()
    listed(*ask).done()
    path = tmp_path / "obrazec-kakovost-001.pdf"
    path.write_bytes(b"filled in")

    said = listed(*ask)

    assert_is_clear(said, ExitCode.USAGE, "is here already", "move or delete it")
    assert b"filled in" == path.read_bytes()


def test_a_campaign_without_a_form_says_so(listed):
    said = listed("preview", "conference", "--form", "pdf")

    assert_is_clear(said, ExitCode.USAGE, "has no form", "form.toml")


def test_a_form_that_is_wrong_stops_the_check(listed):
    """All of it at once, by file and field."""
    path = listed.office / "templates" / LETTER / "form.toml"
    edit(path, 'type = "email"', 'type = "mail"')
    edit(path, 'tag = "K17"', 'tag = "Kakovost"')

    said = listed("check", LETTER)

    assert_is_clear(
        said, ExitCode.PREFLIGHT, "form.toml, tag", "field 5 'kontakt_eposta'"
    )


def test_a_form_too_long_for_a_page_stops_the_check(listed):
    path = listed.office / "templates" / LETTER / "form.toml"
    more = '\n[[field]]\nid = "v{0}"\ntype = "text"\nlabel = "Vrstica {0}"\n'
    with path.open("a", encoding="utf-8") as file:
        file.writelines(more.format(number) for number in range(15))

    said = listed("check", LETTER)

    assert_is_clear(said, ExitCode.PREFLIGHT, "does not fit on one A4 page", "shorten")


def test_a_step_with_a_form_needs_one(listed):
    (listed.office / "templates" / LETTER / "form.toml").unlink()

    said = listed("check", LETTER)

    assert_is_clear(said, ExitCode.PREFLIGHT, "form without a form.toml")


def test_the_answers_are_a_table(listed, tmp_path):
    """In csv with a second file for the counts, in xlsx with a second sheet."""
    listed("approve", LETTER, "--by", "načelnica").done()
    listed(
        *("responses", "set", LETTER, "001", "returned"),
        *("--field", "kakovost=pridruzi", "--field", "zadovoljstvo=ze_izvaja"),
        *("--field", "opombe=-SUM(1)", "--by", "referentka"),
    ).done()

    said = listed("responses", "export", LETTER).done()
    rows = list(csv.DictReader(io.StringIO(said.out)))
    listed("responses", "export", LETTER, "--to", tmp_path / "a.csv").done()
    listed(
        "responses", "export", LETTER, "--format", "xlsx", "--to", tmp_path / "a"
    ).done()

    ours = next(row for row in rows if row["code"] == "001")
    assert 3 == len(rows)
    assert ("KAKOVOST", "staff", "referentka") == (
        ours["status"],
        ours["source"],
        ours["from"],
    )
    assert "'-SUM(1)" == ours["opombe"]  # no spreadsheet takes it for a formula
    assert "KAKOVOST: 1" in said.err
    assert "BREZ_ODGOVORA: 2" in said.err
    with (tmp_path / "a-counts.csv").open(encoding="utf-8-sig") as file:
        counts = {row["status"]: row["organisations"] for row in csv.DictReader(file)}
    assert ("1", "2", "0") == (
        counts["KAKOVOST"],
        counts["BREZ_ODGOVORA"],
        counts["OBA"],
    )
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")


def test_a_file_that_cannot_be_written_is_said(listed, tmp_path):
    said = listed(
        "responses", "export", "conference", "--to", tmp_path / "no" / "a.csv"
    )

    assert_is_clear(said, ExitCode.USAGE, "cannot be written", "name another")


def test_without_a_form_nothing_of_it_is_loaded():
    """The libraries take half a second, which other campaigns need not pay."""
    code = "import sys, mailer.cli.app; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()

    assert not {"pypdf", "docx", "xlsxwriter"} & set(loaded)
