"""
The golden files: what the demo and the plans look like, to the byte.

`python tests/goldens.py` plays the demo anew and rewrites tests/golden/ (this
is what `make golden` does); look at the difference before you keep it.
Messages are exact.  In the reports' csv the time of the last change is cut to
its day: which of four connections comes first, and so the second, is chance.
"""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
import tempfile
from contextlib import closing
from email.parser import BytesHeaderParser
from pathlib import Path

from commands import installed
from plans import plans_by_year
from typer.testing import CliRunner

from mailer.cli.app import app

GOLDEN = Path(__file__).parent / "golden"
CAMPAIGNS = ("conference", "ministry-letter")

#: each step of both campaigns once, as one municipality got it
MESSAGES = {
    ("conference", "invitation"): "010",
    ("conference", "reminder"): "010",
    ("conference", "last-call"): "010",
    ("conference", "confirmation"): "010",
    ("conference", "eve"): "010",
    ("conference", "thanks"): "010",
    ("conference", "decline-thanks"): "040",
    ("ministry-letter", "letter"): "090",  # Piran is bilingual: Italian
    ("ministry-letter", "reminder"): "090",
    ("ministry-letter", "last-call"): "090",
    ("ministry-letter", "confirmation"): "161",  # Hodoš too: Hungarian
    ("ministry-letter", "request"): "032",
    ("ministry-letter", "workshop"): "032",
}


def made_from(demo: Path) -> dict[str, bytes]:
    """Return what the golden files should hold: path below golden/ → bytes."""
    return {**_messages(demo), **_plans(demo), **_reports(demo)}


def kept() -> dict[str, bytes]:
    """Return what the golden files hold."""
    return {
        path.relative_to(GOLDEN).as_posix(): path.read_bytes()
        for folder in ("messages", "plans", "reports")
        for path in (GOLDEN / folder).iterdir()
    }


def messages_by_reference(demo: Path) -> dict[str, bytes]:
    """Return what the demo's relay took, by the first half of its Message-ID."""
    found = {}
    for path in (demo / "mail" / "relay").glob("*.eml"):
        raw = path.read_bytes()
        message_id = str(BytesHeaderParser().parsebytes(raw)["Message-ID"])
        reference = message_id.strip("<>").partition("@")[0]
        assert reference not in found, f"{path} was taken twice"
        found[reference] = raw
    return found


def rows(demo: Path, query: str, *values: str) -> list[tuple]:
    """Return what the demo's database says: SQL, past the program."""
    with closing(sqlite3.connect(demo / "mailer.db")) as connection:
        return connection.execute(query, values).fetchall()


def _messages(demo: Path) -> dict[str, bytes]:
    taken = messages_by_reference(demo)
    found = {}
    for campaign, step, code, reference in rows(
        demo,
        "SELECT d.campaign, d.step, r.organisation, d.reference"
        " FROM delivery d JOIN recipient r ON r.id = d.recipient",
    ):
        if MESSAGES.get((campaign, step)) == code:
            found[f"messages/{campaign}-{step}-{code}.eml"] = taken[reference]
    return found


def _plans(demo: Path) -> dict[str, bytes]:
    own = {
        f"plans/{name}.txt": _said(demo, "campaign", "plan", name) for name in CAMPAIGNS
    }
    return own | plans_by_year()


def _reports(demo: Path) -> dict[str, bytes]:
    found = {}
    for name in CAMPAIGNS:
        found[f"reports/{name}.txt"] = _said(demo, "report", name)
        found[f"reports/{name}.json"] = _said(demo, "report", name, "--format", "json")
        lines = _said(demo, "report", name, "--format", "csv")
        found[f"reports/{name}.csv"] = _days_only(lines)
    return found


def _said(demo: Path, *words: str) -> bytes:
    # In this process: eight starts of the command would take longer than the rest.
    runner = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"})
    done = runner.invoke(app, ["--office", str(demo), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout_bytes


def _days_only(lines: bytes) -> bytes:
    reader = csv.DictReader(io.StringIO(lines.decode("utf-8-sig"), newline=""))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, reader.fieldnames or (), lineterminator="\n")
    writer.writeheader()
    for row in reader:
        writer.writerow(row | {"last_change": row["last_change"][:10]})
    return text.getvalue().encode()


def _rewrite() -> None:
    """Play the demo and write what came out."""
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        installed("demo", demo).done()
        made = made_from(demo)
    for part in {Path(name).parent for name in made}:
        shutil.rmtree(GOLDEN / part, ignore_errors=True)
        (GOLDEN / part).mkdir(parents=True)
    for name, content in made.items():
        (GOLDEN / name).write_bytes(content)


if __name__ == "__main__":
    _rewrite()
