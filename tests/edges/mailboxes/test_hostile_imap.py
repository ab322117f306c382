"""D14: IMAP servers that lie, flood, cut or keep silent; nothing is lost."""

from __future__ import annotations

import contextlib
import socket
import time

import pytest
from imap_servers import GREETING, ScriptedImap, a_server
from memories import Notes

from mailer.errors import ConfigurationError, MailboxError
from mailer.mailboxes import imap_wire
from mailer.mailboxes.imap import ImapAccount, ImapMailbox
from mailer.mailboxes.stored import MAX_MESSAGE_BYTES
from mailer.model.mailbox import ImapAddress
from mailer.model.smtp import Authentication

MAILS = {1: b"Subject: ena\r\n\r\n", 2: b"Subject: dve\r\n\r\n", 3: b"3\r\n"}


@pytest.fixture
def given(certificate):
    """Return a function: what the server does → a mailbox on it, and the server."""
    with contextlib.ExitStack() as stack:

        def start(script=None, auth=Authentication.PASSWORD, **asked):
            asked = {"messages": dict(MAILS)} | asked
            server = ScriptedImap(script=script or {}, **asked)
            stack.enter_context(a_server(certificate, server))
            address = ImapAddress("pisarna", "127.0.0.1", server.port)
            account = ImapAccount(address, lambda: "x", auth, str(certificate.chain))
            return server, stack.enter_context(contextlib.closing(ImapMailbox(account)))

        yield start


@pytest.fixture
def impatient(monkeypatch):
    """Let silence and slowness be noticed within a second."""
    monkeypatch.setattr(imap_wire, "IDLE_SECONDS", 0.4)
    monkeypatch.setattr(imap_wire, "COMMAND_SECONDS", 0.8)


def test_the_scripted_server_is_a_server(given):
    """Without a script it behaves: what follows is the script's doing."""
    _, mailbox = given()
    notes = Notes()

    assert list(MAILS.values()) == notes.take(mailbox)
    assert [] == notes.take(mailbox)
    assert () == mailbox.problems


# What a server may say instead of a message.

BYE = b"* BYE shutting down\r\n"


def hang_up(session):
    session.line.shutdown(socket.SHUT_RDWR)


def a_literal(size, rest=b""):
    return b"* 2 FETCH (UID 2 BODY[] {%d}\r\n" % size + rest


def ask_for(uid):
    """Return the pattern of a command that fetches a message, in a group or alone."""
    return rf"UID FETCH \S*\b(1:3|{uid})\b\S* \(UID BODY"


BAD = {
    "says goodbye": BYE,
    "says goodbye in the middle of it": a_literal(100, b"half") + BYE,
    "hangs up": hang_up,
    "hangs up in the middle of it": lambda s: (s.say(a_literal(99)), hang_up(s)),
    "announces 2 GB": a_literal(2 * 1024**3),
    "announces more than a number can say": b"* 2 FETCH (BODY[] {%s}\r\n"
    % (b"9" * 5000),
    "announces 2 GB and sends them": lambda s: (
        s.say(a_literal(2 * 1024**3)),
        s.flood(b"x" * 1000),
    ),
    "sends a line without an end": lambda s: s.flood(b"x" * 1000),
    "sends remarks without an end": lambda s: s.flood(b"* OK [ALERT] beware\r\n"),
    "is silent": lambda s: s.wait(),
    "is silent in the middle of it": lambda s: (s.say(a_literal(99, b"h")), s.wait()),
    "says what no server says": b"I am a teapot\r\n",
    "answers with octets that are no text": b"* \xff\xfe\x00 FETCH\r\n",
    "answers another question": b"XYZ1 OK done\r\n",
    "says no": "NO it could not be converted to RFC 822",
    "says that it was asked wrongly": "BAD what?",
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("what", BAD.values(), ids=BAD.keys())
def test_one_message_that_cannot_be_had_keeps_none_back(given, what):
    """The others are taken; this one is named, and asked for again the next time."""
    server, mailbox = given({ask_for(2): what})
    notes = Notes()
    began = time.monotonic()

    assert [MAILS[1], MAILS[3]] == notes.take(mailbox)
    assert ["message 2" in one.place for one in mailbox.problems] == [True]
    assert time.monotonic() - began < 20

    server.script.clear()
    assert [MAILS[2]] == notes.take(mailbox)


@pytest.mark.usefixtures("impatient")
def test_one_that_comes_too_slowly_is_left_out(given):
    """A byte now and then keeps no connection alive for ever."""

    def trickle(session):
        session.say(a_literal(1000))
        while not session.server.ended.wait(0.2):
            session.say(b"x")

    _, mailbox = given({ask_for(2): trickle})

    assert [MAILS[1], MAILS[3]] == Notes().take(mailbox)


def test_a_message_that_is_not_given_out_is_named(given):
    """The server lists it, and says nothing when it is asked for."""
    _, mailbox = given({ask_for(2): lambda s: s.say(s.server.fetched(1))})
    notes = Notes()
    notes.take(mailbox)

    assert "does not give it out" in mailbox.problems[0].cause
    assert [1] == list(notes.numbers.values())


def test_a_message_that_is_not_described_keeps_none_back(given):
    """Some servers refuse a whole list because of one."""
    _, mailbox = given({r"UID FETCH \S*\b(1:3|2|2:3)\b.* \(UID RFC822": "NO not that"})

    assert [MAILS[1], MAILS[3]] == Notes().take(mailbox)
    assert ["not that" in one.cause for one in mailbox.problems] == [True]


def test_a_mark_that_is_refused_is_told(given):
    """The messages are stored, and known the next time."""
    _, mailbox = given({"UID STORE": "NO quota exceeded"})
    notes = Notes()

    assert list(MAILS.values()) == notes.take(mailbox)
    assert "not marked" in mailbox.problems[0].cause
    assert [] == notes.take(mailbox)


def test_a_message_that_was_moved_meanwhile_is_no_problem(given):
    """Somebody else was faster."""
    server, mailbox = given()
    messages = mailbox.messages(Notes())
    server.script["UID FETCH 1:3 .UID BODY"] = lambda s: (
        s.server.messages.pop(2),
        s.say(s.server.fetched(1) + s.server.fetched(3)),
    )

    assert [MAILS[1], MAILS[3]] == [one.raw for one in messages]
    assert () == mailbox.problems


def test_a_size_that_is_a_lie_costs_no_memory(given):
    """A message announced as small is cut where a big one would be."""
    big = b"Subject: velika\r\n\r\n" + b"x" * (MAX_MESSAGE_BYTES + 1)
    tells_lies = b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n"
    _, mailbox = given({"UID FETCH 1 .UID RFC822": tells_lies}, messages={1: big})
    (found,) = Notes().look(mailbox)

    assert found.truncated
    assert len(found.raw) < len(big)


def test_bodies_in_quotes_and_flags_of_others_are_understood(given):
    """What the grammar allows, and few servers do."""
    quoted = (
        b'* 1 FETCH (BODY[] "a \\"b\\" \\\\" UID 1)\r\n* 2 FETCH (FLAGS (\\Seen))\r\n'
    )
    late = b"* 2 FETCH (BODY[] {3}\r\n2\r\n UID 2 FLAGS ())\r\n"
    empty = b'* 3 FETCH (UID 3 BODY[] "")\r\n'
    _, mailbox = given({"UID FETCH 1:3 .UID BODY": quoted + late + empty})

    assert [b'a "b" \\', b"2\r\n", b""] == [one.raw for one in Notes().look(mailbox)]


def test_a_server_that_always_hangs_up_is_given_up(given):
    """For this time; nothing is settled."""
    messages = dict.fromkeys(range(1, 400), b"x\r\n")
    server, mailbox = given({"UID FETCH .*BODY": hang_up}, messages=messages)
    notes = Notes()
    with pytest.raises(MailboxError, match="the server: it ended the connection"):
        notes.take(mailbox)

    assert {} == notes.numbers
    assert len(server.heard) < 100


def test_numbers_that_change_on_the_way_end_the_pass(given):
    """After a reconnect they would name other messages."""
    server, mailbox = given()

    def renumber(session):
        session.server.validity += 1
        hang_up(session)

    server.script["UID FETCH .*BODY"] = renumber
    with pytest.raises(MailboxError, match="numbered the messages anew"):
        Notes().take(mailbox)


# What a server may do before that.


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"* PREAUTH welcome, anybody\r\n", "without a password"),
        (b"* BYE busy\r\n", "the server"),
        (b"220 posta.example ESMTP\r\n", "the server"),
        (lambda s: s.wait(), "says nothing"),
        (lambda s: s.flood(b"* OK [ALERT] beware\r\n"), "the server"),
        (hang_up, "ended the connection"),
    ],
    ids=["PREAUTH", "BYE", "SMTP", "silence", "flood", "hangs up"],
)
def test_a_server_that_does_not_greet_is_not_spoken_to(given, greeting, words):
    """Each says why, in words."""
    with pytest.raises((MailboxError, ConfigurationError), match=words):
        given(greeting=greeting)


def test_no_password_is_shown_where_only_tokens_count(given):
    """The one method that the settings name, or none."""
    capabilities = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
    with pytest.raises(ConfigurationError, match="does not offer AUTH=XOAUTH2"):
        given({"CAPABILITY": capabilities}, auth=Authentication.XOAUTH2)


def test_a_server_without_sasl_gets_a_login(given):
    """An old one; over TLS all the same."""
    server, mailbox = given({"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n"})

    assert list(MAILS.values()) == Notes().take(mailbox)
    assert 'LOGIN "pisarna" "x"' in server.heard


def test_a_server_that_refuses_keywords_is_left_alone(given):
    """Nothing is marked, and nothing is read twice."""
    select = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] a\r\n* OK [UIDNEXT 4] b\r\n"
    flags = b"* OK [PERMANENTFLAGS (\\Seen)] none of yours\r\n"
    server, mailbox = given({"SELECT": select + flags})
    notes = Notes()

    assert list(MAILS.values()) == notes.take(mailbox)
    assert [] == notes.take(mailbox)
    assert not any("STORE" in command for command in server.heard)


def test_a_server_that_does_not_count_ahead_is_asked(given):
    """UIDNEXT is optional in practice."""
    select = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] a\r\n"
    _, mailbox = given({"SELECT": select})

    assert list(MAILS.values()) == Notes().take(mailbox)


def test_a_server_that_has_no_numbers_is_of_no_use(given):
    """Without UIDVALIDITY nobody knows what was taken."""
    with pytest.raises(ConfigurationError, match="does not number"):
        given({"SELECT": b"* 3 EXISTS\r\n"}, greeting=GREETING)
