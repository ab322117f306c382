"""A campaign with a fault of every kind: one check names them all."""

from __future__ import annotations

import csv
import json

import pytest
from commands import LIST, edit
from papers import a_docx, a_pdf, a_zip

from mailer.errors import ExitCode

#: what is wrong: where it is said, and in which words
FAULTS = {
    "a cell that is no address": ("list.csv, row 6, column 'test_email'", "has no @"),
    "somebody is missing": ("list 'municipalities'", "of the register's 212 are miss"),
    "somebody is there twice": (
        "list 'municipalities'",
        "Ajdovščina (office, 2 times)",
    ),
    "a sender that looks forged": ("mailer.toml, sender, name", "has an address in it"),
    "a variable nobody knows": ("eve.txt.j2, line 1", "'zupan' is undefined"),
    "a fault beside another": ("conference/eve.txt, for", "'XXX' is left over"),
    "a file that is not there": ("step 1 'invitation'", "attachments/nacrt.pdf"),
    "a link without https": ("campaign.toml, links, registration", "no https link"),
    "a link to this machine": ("campaign.toml, links, materials", "inside one network"),
    "a link with a space": ("campaign.toml, links, guidelines", "has a space"),
    "a link that leads nowhere": ("campaign.toml, links, program", "leads nowhere"),
    "a marker left over": ("invitation.txt, for", "'{{' is left over"),
    "a note to oneself": ("invitation.txt, for", "'TODO' is left over"),
    "filler text": ("invitation.html, for", "'Lorem ipsum' is left over"),
    "an empty field": ("invitation.txt, for", "before a comma"),
    "a weekday in words": ("invitation.txt, for", "that day is a Tuesday"),
    "a weekday with numbers": ("invitation.txt, for", "that day is a Saturday"),
    "a day that is none": ("invitation.txt, for", "'30. februarja 2027' is no date"),
    "a past year": ("invitation.txt, for", "'15. 1. 2020' is in a past year"),
    "another deadline": ("invitation.txt, for", "contradicts the deadline"),
    "another day of the event": ("invitation.txt, for", "contradicts the event, on"),
    "another hour of the event": ("invitation.txt, for", "which begins at 10:00"),
    "a long subject": ("invitation.subject, for", "mail programs cut it off"),
    "a letter without text": ("decline-thanks.txt, for", "is empty"),
    "no language": ("thanks.html, for", "no lang"),
    "a picture without words": ("thanks.html, for", "no alt"),
    "a heading too deep": ("thanks.html, for", "the first heading is <h3>"),
    "a table that is read out": ("thanks.html, for", "read out as data"),
    "grey on white": ("thanks.html, for", "contrast"),
    "a promise of an attachment": ("thanks.txt, for", "'v prilogi', but nothing"),
    "a file nobody speaks of": ("reminder.txt, for", "says nothing of what is"),
    "macros": ("attachments/prijava.docx", "has macros"),
    "an encrypted PDF": ("attachments/zaklenjen.pdf", "the PDF is encrypted"),
    "an encrypted archive": ("attachments/zapisnik.zip", "parts that are encrypted"),
    "an author in a PDF": ("attachments/program.pdf", "'Janez Izmišljeni'"),
    "an author in a document": ("attachments/vabilo.docx", "'Micka Izmišljena'"),
    "a PDF that is none": ("attachments/slika.pdf", "is no PDF"),
    "a file that is too large": ("attachments/veliko.bin", "MB as base64"),
    "a letter that is too large": ("conference/last-call, for", "MB with base64"),
    "a file that no step has": ("attachments/slika.pdf", "no step attaches it"),
    "a template of no step": ("conference/remider.txt.j2", "belongs to no step"),
    "a copied template": ("conference/Copy of reminder.txt.j2", "belongs to no step"),
    "an editor's copy": ("conference/reminder.txt.j2~", "belongs to no step"),
    "a template without j2": ("conference/last-call.txt", "belongs to no step"),
    "a subject of two lines": (
        "decline-thanks.subject, for",
        "the second is 'Bcc: x@evil.example'",
    ),
    "a field of another program": ("eve.html, for", "'{ime}' looks like a field"),
    "a link that shows another": ("thanks.html, for", "as forged letters do"),
    "a link without words": ("thanks.html, for", "has no words"),
    "a link that the text lacks": ("thanks.txt, for", "does not have the link"),
    "a past year in a subject": ("thanks.subject, for", "'2020' is a past year"),
    "comments in a document": ("attachments/vabilo-osnutek.docx", "tracked changes"),
    "a file that is a draft": ("attachments/vabilo-osnutek.docx", "not finished"),
    "a file under two names": ("attachments/vabilo2.docx", "same file as 'vabilo.d"),
    "a deadline on a Sunday": ("conference, answer_by", "no working day (nedelja)"),
    "a reminder too late": ("step 'reminder'", "it may not go then"),
}
WRITTEN = """\
Spoštovani ,

{{ "{{ ime }}" }} TODO

Vabimo vas v četrtek, 13. 4. 2027, in v petek, 17. aprila 2027.
Skrajni dan je 30. februarja 2027; osnutek je z dne 15. 1. 2020.
Prijavite se najpozneje do 2. aprila 2027.
Začnemo {{ event.day.genitive }} ob 9. uri, nadaljujemo pa 20. maja 2027 ob 11. uri.
"""
THANKS = """\
<html><body><table><tr><td><h3 style="color: #bbb">Hvala</h3>
<img src="https://slike.example/grb.png">
<p>Gradivo je v prilogi. <a href="https://drugje.example/a">https://tukaj.example</a>
<a href="https://drugje.example/b"></a></p></td></tr></table></body></html>
"""


@pytest.fixture
def seeded(mailer):
    """Make an office in which everything is wrong that can be."""
    office = mailer.office
    edit(
        office / "mailer.toml",
        r'(\[sender\]\nname = )".*"',
        r'\1"pisarna@drugje.example"',
    )
    write_list(office / "recipients" / "list.csv")
    write_files(office / "templates" / "conference" / "attachments")
    write_templates(office / "templates" / "conference")
    write_definition(office / "templates" / "conference" / "campaign.toml")
    listed = office / "recipients" / "list.csv"
    mailer("recipients", "import", listed, *LIST, "--skip-invalid").done()
    return mailer


def write_list(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    again = [cell.replace("obcina@", "info@") for cell in rows[1]]
    wrong = [cell.replace("@", "(at)") for cell in rows[2]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*rows, again, wrong])


def write_files(folder):
    folder.mkdir()
    (folder / "prijava.docx").write_bytes(a_zip("word/vbaProject.bin"))
    (folder / "zaklenjen.pdf").write_bytes(a_pdf(password="geslo"))
    (folder / "zapisnik.zip").write_bytes(a_zip("zapisnik.txt", is_encrypted=True))
    (folder / "program.pdf").write_bytes(a_pdf(author="Janez Izmišljeni"))
    (folder / "vabilo.docx").write_bytes(a_docx(author="Micka Izmišljena"))
    (folder / "vabilo2.docx").write_bytes((folder / "vabilo.docx").read_bytes())
    (folder / "vabilo-osnutek.docx").write_bytes(a_docx(comment="Preveri!"))
    (folder / "slika.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (folder / "veliko.bin").write_bytes(bytes(6 * 1024 * 1024))


def write_templates(folder):
    (folder / "invitation.subject.j2").write_text("Vabilo " * 20, "utf-8")
    (folder / "invitation.txt.j2").write_text(WRITTEN, "utf-8")
    html = folder / "invitation.html.j2"
    edit(html, "Veselimo se srečanja z vami!", "Lorem ipsum dolor sit amet.")
    edit(folder / "eve.html.j2", "<p", "<p>Spoštovani {ime}!</p><p")
    (folder / "eve.txt.j2").write_text("{{ zupan }} XXX\n", "utf-8")
    edit(folder / "thanks.subject.j2", r"\s*\Z", " 2020")
    edit(folder / "decline-thanks.subject.j2", r"\s*\Z", "\nBcc: x@evil.example\n")
    for name in ("Copy of reminder.txt.j2", "reminder.txt.j2~", "last-call.txt"):
        (folder / name).write_text("Spoštovani!\n", "utf-8")
    (folder / "decline-thanks.txt.j2").write_text("\n", "utf-8")
    (folder / "decline-thanks.html.j2").unlink()
    (folder / "thanks.txt.j2").write_text("Gradivo je v prilogi.\n", "utf-8")
    (folder / "thanks.html.j2").write_text(THANKS, "utf-8")
    (folder / "reminder.txt.j2").write_text("Prosimo, prijavite se.\n", "utf-8")
    (folder / "reminder.html.j2").unlink()
    (folder / "remider.txt.j2").write_text("Prosimo, prijavite se.\n", "utf-8")


def write_definition(path):
    attached = {
        "invitation": ["prijava.docx", "zaklenjen.pdf", "nacrt.pdf"],
        "reminder": ["program.pdf", "vabilo.docx", "zapisnik.zip"],
        "last-call": ["veliko.bin"],
    }
    for step, names in attached.items():
        edit(path, f'name = "{step}"', f'name = "{step}"\nattachments = {names}')
    edit(path, r"answer_by = \S+", "answer_by = 2027-04-11")
    edit(path, r"start = \S+", "start = 2027-04-14T10:00:00")
    edit(path, r"\nat = \S+", "\nat = 2027-03-08T09:00:00")
    edit(path, r"not_after = \S+", "not_after = 2027-04-14T10:00:00")
    edit(path, r"before = \{ working_days = 5.*", "at = 2027-04-12T09:00:00")
    edit(path, r'registration = "https:', 'registration = "http:')
    edit(path, r'materials = "https://[^/]+', 'materials = "https://localhost')
    edit(path, r'guidelines = "[^"]+"', 'guidelines = "https://cnvos.example/a b"')
    edit(path, r"\[links\]", '[links]\nprogram = ""')


def test_one_check_names_every_fault(seeded):
    """Each with its place and what to do, those that block before the others."""
    said = seeded("check", "conference", "--json")

    assert ExitCode.PREFLIGHT == said.code
    findings = json.loads(said.out)["findings"]
    unnamed = {
        fault: words
        for fault, (place, words) in FAULTS.items()
        if not any(place in f["place"] and words in f["cause"] for f in findings)
    }
    listed = "\n".join(f"{f['place']}: {f['cause']}" for f in findings)
    assert {} == unnamed, listed
    assert [] == [f for f in findings if not f["place"] or not f["next_step"]]
    severities = [f["severity"] for f in findings]
    assert sorted(severities) == severities  # "blocks" before "warns"


@pytest.mark.parametrize("campaign", ["conference", "ministry-letter"])
def test_nothing_blocks_the_campaigns_that_come_along(mailer, campaign):
    """All 212 are written to, and what is said of the letters is for a look."""
    register = mailer.office / "recipients" / "municipalities.csv"
    mailer("recipients", "import", register, *LIST).done()

    said = mailer("check", campaign).done()

    assert "for 212 recipients rendered" in said.text
    assert "0 blocking" in said.text
