"""A form that came as a picture: a person looks at it and types what it says."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from commands import INSTALLED
from offices import Desk
from terminals import DOWN, ENTER, ESCAPE, UP, at_terminal

from mailer.sandbox.clock import VirtualClock

CTRL_U = "\x15"
SCAN = b"%PDF-1.4 a scan"
WITH_TWO = b"""\
From: Tajnistvo <obcina@ajdovscina.example>
To: pisarna@posiljatelj.example
Subject: Obrazec
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

V prilogi.
--b
Content-Type: application/pdf; name="obrazec.pdf"
Content-Disposition: attachment; filename="obrazec.pdf"
Content-Transfer-Encoding: base64

%s
--b
Content-Type: image/png; name="slika.png"
Content-Disposition: attachment; filename="slika.png"
Content-Transfer-Encoding: base64

%s
--b--
""" % (base64.b64encode(SCAN), base64.b64encode(b"\x89PNG"))

#: the form's fields up to the two choices, with a mistake that is asked again
CONTACT = ("Ana Novak", ENTER, ENTER, "ana", ENTER, "@obcina.example", ENTER, ENTER)


@pytest.fixture
def clock():
    """Return a clock that shows the days before the ministry's letter."""
    return VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))


@pytest.fixture
def desk(office, clock):
    """Return the desk of a ministry to which a scan has come."""
    found = Desk.running(office, clock, ("obcina", "urad"), "ministry-letter")
    found.send()
    found.post.deliver(WITH_TWO)
    found.collect()
    return found


@pytest.fixture
def clerk(desk):
    """Return a terminal at which the scan is shown."""
    words = ("--office", desk.office.folder, "inbox", "review", "--by", "ana")
    with at_terminal(INSTALLED, *words) as opened:
        yield opened.shows("1 of 1", "V prilogi.", "1 obrazec.pdf (15 B)")


def test_the_file_is_at_hand(desk, clerk):
    """It is saved into a folder of the office that the clerk may change."""
    clerk.press("e").shows("Save which?", "2 slika.png (4 B)").press("1")
    clerk.shows("Into which folder", "enclosures/1").press("a", ENTER)
    clerk.shows("saved as enclosures/1a/obrazec.pdf")

    assert SCAN == (desk.office.folder / "enclosures/1a/obrazec.pdf").read_bytes()


def test_its_values_are_typed(desk, clerk):
    """Field by field; what is no value is asked again, what does not apply is not."""
    clerk.press("a").shows("Whose is message 1?").press("001", ENTER)
    clerk.shows("What do they answer?").press(ENTER).shows("What does the form say?")
    clerk.press("1").shows("Kontaktna oseba").press(*CONTACT)
    clerk.shows("Uvajanje modela kakovosti", "1 Vključili se bomo").press("1")
    clerk.shows("Ugotavljanje zadovoljstva").press("3")
    clerk.shows("Udeležba na predstavitveni delavnici").press("2")
    clerk.shows("Opombe").press(ENTER).shows("Datum").press(ENTER)
    clerk.shows("Is that what the form says?", "(CAF): Vključili se bomo")
    clerk.press(ENTER).shows(
        "That was the last one", "message 1: returned, Občina Ajdovščina"
    )

    [answer] = [one for one in desk.answers() if one.recorded_by == "ana"]
    assert {
        "kontakt_ime": "Ana Novak",
        "kontakt_eposta": "ana@obcina.example",
        "kakovost": "pridruzi",
        "zadovoljstvo": "ne",
        "delavnica": "ne",
    } == dict(answer.details)


def test_a_mistake_is_corrected(desk, clerk):
    """Esc and ↑ go back one field, Ctrl-U empties it; at the end any is changed."""
    clerk.press("a").shows("Whose is message 1?").press("001", ENTER)
    clerk.shows("What do they answer?").press(ENTER).shows("What does the form say?")
    clerk.press("1").shows("Kontaktna oseba").press("Ama", ENTER).shows("Funkcija")
    clerk.press(UP).shows("Kontaktna oseba", "Ama").press(CTRL_U)
    clerk.press("Ana", ENTER, ENTER).shows("Elektronski naslov").press(ENTER)
    clerk.shows("Telefon").press(ENTER).shows("Uvajanje").press("2")
    clerk.shows("Kateri model").press(ESCAPE).shows("▸ 2 Model").press("3")
    clerk.shows("Ugotavljanje").press("3").shows("delavnici").press("4")
    clerk.shows("Opombe").press(ENTER).shows("Datum").press(ENTER)
    clerk.shows("Is that what the form says?").press(DOWN, ENTER)
    clerk.shows("Kontaktna oseba", "Ana").press(" Novak", ENTER)
    clerk.shows("1 record this", "Ana Novak").press("1").shows("That was the last one")

    [answer] = [one for one in desk.answers() if one.recorded_by == "ana"]
    assert {"kontakt_ime": "Ana Novak", "kakovost": "ne", "zadovoljstvo": "ne"} == (
        dict(answer.details)
    )


def test_a_change_of_mind_decides_nothing(desk, clerk):
    """Esc before the first field leaves the message as it was."""
    clerk.press("a").shows("Whose is message 1?").press("001", ENTER)
    clerk.shows("What do they answer?").press(ENTER).shows("What does the form say?")
    clerk.press("1").shows("Kontaktna oseba").press("Ana", ENTER).shows("Funkcija")
    clerk.press(ESCAPE).shows("Kontaktna oseba").press(ESCAPE)
    clerk.shows("1 of 1", "nothing was decided")

    assert [] == [one for one in desk.answers() if one.recorded_by == "ana"]
