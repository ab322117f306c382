"""`mailer inbox review` at a terminal, as a person sees it and works with it."""

from __future__ import annotations

import re

import pytest
from commands import INSTALLED, installed
from incoming import a_mail
from offices import Desk
from sqlalchemy import update
from terminals import (
    BACKSPACE,
    CTRL_C,
    DOWN,
    ENTER,
    ESCAPE,
    LEFT,
    RIGHT,
    TAB,
    at_terminal,
)

from mailer.model.incoming import Suggestion
from mailer.store import campaigns, objections
from mailer.store.tables import incoming

DECLINE = "Spoštovani,\nžal se konference ne bomo udeležili.\nLep pozdrav"
QUOTED = "\n\nDne 8. 4. 2019 je pisarna napisala:\n> Vabimo vas\n> na konferenco"
SMALL, LARGE = (60, 24), (120, 40)


@pytest.fixture
def desk(office, clock):
    """Return a desk where three replies wait, each with a proposal to decline."""
    people = ("obcina", "urad", "tajnistvo")
    found = Desk.running(office, clock, people)
    found.send()
    for place, name in enumerate(people, start=1):
        found.write("invitation", name, f"{DECLINE}\n{name}{QUOTED}")
        found.collect()
        suggest(found, place, f"{place:03}")
    return found


def suggest(desk, incoming_id, code, kind="declined"):
    suggestion = Suggestion("its words decline", "conference", (code,), (), kind)
    with desk.office.database.write() as connection:
        row = update(incoming).where(incoming.c.id == incoming_id)
        connection.execute(row.values(suggestion=suggestion.as_json()))


def reviewing(desk, size=(80, 24), by="ana", **env):
    words = ("--office", desk.office.folder, "inbox", "review", "--by", by)
    return at_terminal(INSTALLED, *words, size=size, **env)


def decided(desk):
    """Return the municipality, kind and clerk of each answer a person recorded."""
    return [
        (one.organisation, one.kind, one.recorded_by)
        for one in desk.answers()
        if one.recorded_by != "mailer"
    ]


def notes(desk, incoming_id):
    with desk.office.database.read() as connection:
        found = campaigns.notes(connection, f"message {incoming_id}")
    return [(one.by, one.action) for one in found]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["60x24", "120x40"])
def test_a_page_shows_all_that_is_needed_to_decide(desk, size):
    """Who, the text, the proposal and the keys; nothing is wider than the window."""
    with reviewing(desk, size) as clerk:
        clerk.shows("1 of 3", "obcina@obcina.example", "Odg: Vabilo")
        clerk.shows("žal se konference ne bomo udeležili.", "quoted lines")
        clerk.shows("declined, Občina Ajdovščina, conference", "its words decline")
        clerk.shows("Enter accept", "a assign", "q quit")

        assert "Vabimo vas" not in clerk.text
        assert size[1] == len(clerk.page)
        assert size[0] >= max(len(line.rstrip()) for line in clerk.page)

        clerk.press("t").shows("> Vabimo vas")


def test_one_key_accepts(desk):
    """It is recorded at once, with the clerk's name; the next one comes."""
    with reviewing(desk) as clerk:
        clerk.shows("1 of 3").press(ENTER).shows("2 of 3", "message 1: declined")

        assert [("001", "declined", "ana")] == decided(desk)
        assert [("ana", "assign")] == notes(desk, 1)

        clerk.press("q")
        assert 0 == clerk.ended()
        clerk.shows("1 decided", "2 messages wait", "Next:")
        assert clerk.is_as_before


def test_the_whole_list_in_a_row(desk):
    """No answer, a question, set aside; at the end the sum, and a way back."""
    with reviewing(desk) as clerk:
        clerk.shows("1 of 3").press("n").shows("2 of 3", "message 1: no answer")
        clerk.press("p").shows("3 of 3", "message 2: question, Občina Beltinci")
        clerk.press("s").shows("That was the last one", "2 decided, 1 set aside")
        clerk.press("u").shows("2 of 3", "taken back: question")

        assert [] == decided(desk)

        clerk.press("p").shows("3 of 3").press(RIGHT).shows("That was the last one")
        clerk.press(LEFT, LEFT).shows("2 of 3", "a question that waits", "dealt with")
        clerk.press("n").shows("message 2: question dealt with")

    assert [] == decided(desk)
    assert [("ana", "set aside")] == notes(desk, 3)


def test_a_municipality_is_found_while_typing(desk):
    """Without šumniki, by code or name; several for a joint administration."""
    with reviewing(desk, SMALL) as clerk:
        clerk.shows("1 of 3").press("a").shows("Whose is message 1?", "Občina Bled")
        clerk.press(*"ajdovsx").shows("no municipality is called so")
        clerk.press(BACKSPACE).shows("▸ 001 Občina Ajdovščina").press(TAB)
        clerk.shows("taken: Občina Ajdovščina").press("3").shows("▸ 003 Občina Bled")
        clerk.press(TAB).shows("Občina Ajdovščina, Občina Bled", "that is all")
        clerk.press(ENTER).shows("What do they answer?", "2 declined")
        clerk.press(DOWN, ENTER).shows("2 of 3", "message 1: declined, Občina Ajdov")

    assert [("001", "declined", "ana"), ("003", "declined", "ana")] == decided(desk)


def test_another_kind_of_answer(desk):
    """The municipality is right; Esc changes nothing."""
    with reviewing(desk) as clerk:
        clerk.shows("1 of 3").press("k").shows("What do they answer?").press(ESCAPE)
        clerk.shows("1 of 3", "nothing was decided")
        clerk.press("k").shows("1 registered").press("1").shows("2 of 3")

    assert [("001", "registered", "ana")] == decided(desk)


def test_two_clerks_at_once(desk):
    """The second is told what the first decided, and passes by what is done."""
    with reviewing(desk) as first, reviewing(desk, by="bine") as second:
        first.shows("1 of 3")
        second.shows("1 of 3")
        first.press(ENTER).shows("2 of 3").press(ENTER).shows("3 of 3")
        second.press("n").shows("was dealt with meanwhile: ana, declined")
        second.press(RIGHT).shows("2 of 3", "dealt with").press(RIGHT).shows("3 of 3")
        second.press("n").shows("That was the last one")

    assert [("001", "declined", "ana"), ("002", "declined", "ana")] == decided(desk)
    assert [("bine", "done")] == notes(desk, 3)


def test_ctrl_c_keeps_what_was_decided(desk):
    """In the middle of typing, too; the terminal is left as it was."""
    with reviewing(desk) as clerk:
        clerk.shows("1 of 3").press(ENTER).shows("2 of 3").press("a").shows("Whose is")
        clerk.press("b", CTRL_C)

        assert 130 == clerk.ended()
        assert clerk.is_as_before

    assert [("001", "declined", "ana")] == decided(desk)


def test_the_window_may_have_another_size(desk):
    """The page is drawn anew for it, without a key."""
    with reviewing(desk, SMALL) as clerk:
        clerk.shows("1 of 3")
        clerk.resize(*LARGE)
        clerk.shows("reply").shows("1 of 3")

        assert "─" * LARGE[0] in clerk.shows("─" * LARGE[0]).page
        clerk.resize(20, 8)
        clerk.shows("Enter accept").press("q")
        assert 0 == clerk.ended()


def test_help_and_the_original_are_one_key_away(desk):
    """What the keys do; the message as it came, with its header."""
    with reviewing(desk) as clerk:
        clerk.shows("1 of 3").press("?").shows("What the keys do", "take back the last")
        clerk.press("q").shows("1 of 3").press("o").shows("message 1, as it came")
        clerk.shows("From: obcina@obcina.example", "> Vabimo vas").press(ESCAPE)
        clerk.shows("1 of 3")


@pytest.mark.parametrize(("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_only_where_they_are_wanted(desk, env, coloured):
    """NO_COLOR leaves bold and dim, which are no colours."""
    given = {"NO_COLOR": ""} | env
    with reviewing(desk, **given) as clerk:
        clerk.shows("1 of 3", "Proposed")

        assert coloured == bool(re.search(r"\x1b\[(?:\d+;)*[34]\d", clerk.output))


def test_a_stranger_does_not_command_the_terminal(desk):
    """Escape sequences, in whichever part of a message, are shown as marks."""
    evil = "\x1b[2J\x1b]0;evil\x07\x9b31mčrno\u202etxt"
    desk.post.deliver(a_mail(f"besedilo {evil}", Subject=f"predmet {evil}"))
    desk.collect()
    with reviewing(desk) as clerk:
        clerk.shows("1 of 4").press(RIGHT, RIGHT, RIGHT).shows("4 of 4", "besedilo")
        clerk.press("o").shows("as it came", "predmet").press("q").shows("4 of 4")

        assert not re.search(r"\x1b\[2J|\x1b\]|\x07|\x9b|\u202e", clerk.output)


def test_the_original_at_a_terminal_is_spelled_out(desk):
    """`--raw` gives the bytes to a file, and to a terminal what they are."""
    desk.post.deliver(a_mail("besedilo \x1b[2J konec"))
    desk.collect()
    words = ("--office", desk.office.folder, "inbox", "show", 4, "--raw")
    with at_terminal(INSTALLED, *words) as clerk:
        assert 0 == clerk.ended()
        clerk.shows("besedilo \\x1b[2J konec")
        assert "\x1b[2J" not in clerk.output


def test_nothing_waits(office):
    """There is no page for an empty list, only what to do next."""
    words = ("--office", office.folder, "inbox", "review")
    with at_terminal(INSTALLED, *words) as clerk:
        assert 0 == clerk.ended()
        clerk.shows("0 messages wait for a person.", "Next:")
        assert "\x1b[?1049h" not in clerk.output


@pytest.mark.parametrize(
    "words", [("--no-input", "inbox", "review"), ("inbox", "list")]
)
def test_without_asking_it_is_a_list(desk, words):
    """Also at a terminal."""
    with at_terminal(INSTALLED, "--office", desk.office.folder, *words) as clerk:
        assert 0 == clerk.ended()
        clerk.shows("1 reply from obcina@obcina.example", "Odg: Vabilo")
        assert "\x1b[?1049h" not in clerk.output


def test_without_a_terminal_it_is_a_list(desk):
    """For scripts, as ever."""
    said = installed("inbox", "review", office=desk.office.folder).done()

    assert 3 == said.out.count("Odg: Vabilo")
    assert "3 messages wait" in said.text


def test_one_key_ends_the_reminders(desk):
    """As proposed, with Enter; or whatever is proposed, with r; and it is undone."""
    with desk.office.database.write() as connection:
        wants_none = Suggestion("they say so", "conference", ("001",), objects=True)
        row = update(incoming).where(incoming.c.id == 1)
        connection.execute(row.values(suggestion=wants_none.as_json()))
    with reviewing(desk, SMALL) as clerk:
        clerk.shows("no more reminders, Občina Ajdovščina, conference")
        clerk.shows("r no more reminders").press(ENTER)
        clerk.shows("2 of 3", "message 1: no more reminders, Občina Ajdovščina")

        assert ["001"] == objecting(desk)

        clerk.press("r").shows("3 of 3", "no more reminders, Občina Beltinci")

        assert ["001", "002"] == objecting(desk)

        clerk.press("u").shows("2 of 3", "taken back: no more reminders")

    assert ["001"] == objecting(desk)


def objecting(desk):
    with desk.office.database.read() as connection:
        found = objections.of_campaign(connection, desk.name)
    return [one.organisation for one in found]
