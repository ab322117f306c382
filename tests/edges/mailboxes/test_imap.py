"""IMAP with a real server: what is read, what is marked, what is remembered."""

from __future__ import annotations

import contextlib
import subprocess
import threading

import pytest
from dovecot import PASSWORD, USER, a_token, dovecot
from memories import Notes
from waiting import until

from mailer.errors import ConfigurationError, MailboxError
from mailer.mailboxes import imap
from mailer.mailboxes.imap import KEYWORD, ImapAccount, ImapMailbox
from mailer.mailboxes.stored import HEAD_BYTES, MAX_MESSAGE_BYTES
from mailer.model.mailbox import ImapAddress
from mailer.model.smtp import Authentication

pytestmark = pytest.mark.server("dovecot")


def a_mail(number):
    """Return a message as it lies on a server: with CRLF."""
    return f"Subject: sporočilo {number}\r\n\r\nBesedilo.\r\n".encode()


def an_account(server, secret=PASSWORD, **asked):
    return ImapAccount(
        ImapAddress.parse(asked.pop("address", server.address)),
        secret if callable(secret) else lambda: secret,
        **{"ca_file": str(server.home / "cert.pem")} | asked,
    )


@contextlib.contextmanager
def opened(server, **asked):
    with contextlib.closing(ImapMailbox(an_account(server, **asked))) as mailbox:
        yield mailbox


def take(server, notes, **asked):
    """Look once, as the intake does; return what was new."""
    with opened(server, **asked) as mailbox:
        return notes.take(mailbox)


def test_messages_come_in_order_and_byte_for_byte(server):
    """With the time at which the server got them."""
    mails = [a_mail(number) for number in range(3)]
    server.append(mails)
    with opened(server) as mailbox:
        found = Notes().look(mailbox)

    assert mails == [one.raw for one in found]
    assert all(one.received_at.tzinfo for one in found)
    assert all(not one.truncated for one in found)


def test_an_empty_mailbox_has_no_messages(server):
    """And is an honest one all the same."""
    with opened(server) as mailbox:
        assert [] == Notes().look(mailbox)
        assert not mailbox.problems


def test_nothing_is_marked_as_read_and_nothing_is_deleted(server):
    """M09: a stored message gets a keyword of ours, one that was seen nothing."""
    server.append([a_mail(1), a_mail(2)])
    with opened(server) as mailbox:
        found = Notes().look(mailbox)
        before = server.flags()
        mailbox.mark([found[1].key])

    assert [KEYWORD in flags for flags in server.flags()] == [False, True]
    assert not any("Seen" in flags or KEYWORD in flags for flags in before)
    assert not any("Seen" in flags for flags in server.flags())


def test_the_second_look_fetches_what_is_new(server, monkeypatch):
    """It asks for higher numbers only, and there may be gaps between them."""
    notes = Notes()
    server.append([a_mail(number) for number in range(5)])
    first = take(server, notes)
    with server.log_in() as client:  # somebody tidies up
        client.select()
        client.store("2:3", "+FLAGS", r"\Deleted")
        client.expunge()
    server.append([a_mail(5)])
    described = []
    monkeypatch.setattr(
        imap.ImapMailbox,
        "_described",
        lambda _self, uids: described.append(uids) or iter(()),
    )
    take(server, notes)

    assert [a_mail(number) for number in range(5)] == first
    assert [[6]] == described


def test_a_gap_does_not_hide_what_lies_behind_it(server, monkeypatch):
    """Numbers are asked for by spans; an empty one is not the end."""
    monkeypatch.setattr(imap, "SPAN", 2)
    server.append([a_mail(number) for number in range(9)])
    with server.log_in() as client:
        client.select()
        client.store("2:7", "+FLAGS", r"\Deleted")
        client.expunge()

    assert [a_mail(0), a_mail(7), a_mail(8)] == take(server, Notes())


def test_a_pass_that_was_not_finished_settles_nothing(server):
    """What was noted is not fetched again, what was not is."""
    server.append([a_mail(number) for number in range(3)])
    notes = Notes()
    with opened(server) as mailbox:
        first = next(iter(mailbox.messages(notes)))
        notes.keys.add(first.key)
        assert mailbox.settled is None

    assert [a_mail(1), a_mail(2)] == take(server, notes)
    assert all(KEYWORD in flags for flags in server.flags())


def test_new_numbers_mean_everything_anew(server):
    """UIDVALIDITY changed, as after a restored backup: nothing is taken for known."""
    notes = Notes()
    server.append([a_mail(1), a_mail(2)])
    take(server, notes)
    with server.log_in() as client:
        client.create("Drugam")
        client.select()
        client.copy("1:2", "Drugam")
    for name in ("dovecot-uidlist", "dovecot.index.log", "dovecot.index.cache"):
        (server.maildir / name).unlink(missing_ok=True)
    subprocess.run(["touch", "-d", "2001-01-01", server.maildir / "cur"], check=True)
    again = take(server, notes)

    assert {a_mail(1), a_mail(2)} == set(again)
    assert 2 == len(notes.numbers)


def test_stored_messages_are_moved_if_the_office_wants_so(server):
    """Into another folder; what a crash left behind goes there with the next look."""
    with server.log_in() as client:
        client.create('"Prebrano &AQ0-"')  # "Prebrano č" in modified UTF-7
    server.append([a_mail(1), a_mail(2)])
    notes = Notes()
    with opened(server) as mailbox:  # it stores and does not mark
        found = notes.look(mailbox)
        notes.keys.update(one.key for one in found)
        series, up_to = mailbox.settled
        notes.numbers[series] = up_to
    nothing = take(server, notes, done_folder="Prebrano č")

    assert [] == nothing
    assert [] == server.flags()
    assert 2 == len(server.flags('"Prebrano &AQ0-"'))


def test_a_folder_that_is_not_there_is_said_before_anything_is_read(server):
    """With the way out."""
    with pytest.raises(ConfigurationError, match="no folder 'Kam'") as caught:
        ImapMailbox(an_account(server, done_folder="Kam"))

    assert "make it" in caught.value.problems[0].next_step


def test_a_folder_with_any_name_is_read(server):
    """Letters beyond ASCII, quotes, ampersands; as a person sees them."""
    name = 'Odgovori & "občine"'
    with server.log_in() as client:
        client.create('"Odgovori &- \\"ob&AQ0-ine\\""')
    server.append([a_mail(1)], '"Odgovori &- \\"ob&AQ0-ine\\""')
    address = f"imaps://{USER}@127.0.0.1:{server.port}/" + name.replace(" ", "%20")

    assert [a_mail(1)] == take(server, Notes(), address=address)


def test_a_big_message_is_shown_by_its_beginning(server):
    """Only that much is fetched."""
    big = b"Subject: velika\r\n\r\n" + b"x" * 998 + b"\r\n" * 500
    big += (b"x" * 998 + b"\r\n") * (MAX_MESSAGE_BYTES // 1000)
    server.append([a_mail(1), big, a_mail(2)])
    with opened(server) as mailbox:
        found = Notes().look(mailbox)

    assert [False, True, False] == [one.truncated for one in found]
    assert big[:HEAD_BYTES] == found[1].raw


def test_a_mailbox_that_may_only_be_read_is_read(certificate):
    """What cannot be marked is left as it is."""
    acl = "protocol imap {\n  mail_plugins = acl\n}\nplugin {\n  acl = vfile:/%s\n}\n"
    with dovecot(certificate) as started:
        rules = started.home / "acl"
        rules.write_text("INBOX owner lr\n")
        started.append([a_mail(1)])
        path = started.home / "conf"
        path.write_text(path.read_text() + acl % str(rules).lstrip("/"))
        subprocess.run(["doveadm", "-c", path, "reload"], check=True)
        until(lambda: _is_read_only(started), "the rules hold")

        assert [a_mail(1)] == take(started, Notes())
        assert not any(KEYWORD in flags for flags in started.flags())


def _is_read_only(started):
    with started.log_in() as client:
        client.select(readonly=True)
        return b"$" not in (client.response("PERMANENTFLAGS")[1][-1] or b"$")


# Who is let in.


def test_an_access_token_lets_in(server):
    """XOAUTH2, checked by the server itself."""
    server.append([a_mail(1)])
    found = take(server, Notes(), secret=a_token, auth=Authentication.XOAUTH2)

    assert [a_mail(1)] == found


@pytest.mark.parametrize(
    ("secret", "auth"),
    [
        pytest.param("narobe", Authentication.PASSWORD, id="wrong password"),
        pytest.param("", Authentication.PASSWORD, id="no password"),
        pytest.param(a_token(secret=b"?"), Authentication.XOAUTH2, id="forged token"),
        pytest.param(a_token(until=1), Authentication.XOAUTH2, id="expired token"),
    ],
)
def test_who_is_not_let_in_is_told_so(server, secret, auth):
    """Tried once, and without the secret in the words."""
    with pytest.raises(ConfigurationError, match="was not let in") as caught:
        ImapMailbox(an_account(server, secret, auth=auth))

    assert not secret or secret not in str(caught.value)
    until(lambda: "attempts in" in server.log, "it is logged")
    assert 1 == server.log.count("auth failed, 1 attempts")


def test_a_secret_of_two_lines_is_not_shown_to_anybody(server):
    """A file with more than the password in it."""
    with pytest.raises(ConfigurationError, match="line break"):
        ImapMailbox(an_account(server, "geslo\nše nekaj"))


def test_a_server_that_nobody_vouches_for_is_not_trusted(server):
    """No password goes out."""
    with pytest.raises(ConfigurationError, match="not to be trusted: self-signed"):
        ImapMailbox(an_account(server, ca_file=""))

    assert "Login" not in server.log


def test_a_name_that_is_not_in_the_certificate_is_not_trusted(server):
    """Another host of the same owner is another host."""
    address = f"imaps://{USER}@localhost:{server.port}/INBOX"
    with pytest.raises(ConfigurationError, match="not to be trusted: Hostname mis"):
        ImapMailbox(an_account(server, address=address))


def test_a_folder_that_does_not_exist_is_named(server):
    """By what the server says of it."""
    with pytest.raises(ConfigurationError, match="folder cannot be opened"):
        take(server, Notes(), address=f"{server.address}/ni%20je")


def test_a_server_that_is_away_is_no_fault_of_the_settings(server):
    """It passes: the next look tries again."""
    account = an_account(server, address=f"imaps://{USER}@127.0.0.1:1/INBOX")
    with pytest.raises(MailboxError, match="cannot be reached"):
        ImapMailbox(account)


# Cuts.


def cut(server):
    """End every session that the server has, as a restart would."""
    subprocess.run(
        ["doveadm", "-c", server.home / "conf", "kick", USER],
        check=True,
        capture_output=True,
    )


def test_a_connection_that_is_lost_is_made_again(server):
    """Between FETCH and mark: what was stored is marked all the same."""
    server.append([a_mail(number) for number in range(3)])
    with opened(server) as mailbox:
        found = Notes().look(mailbox)
        cut(server)
        mailbox.mark([one.key for one in found])

        assert not mailbox.problems
    assert all(KEYWORD in flags for flags in server.flags())


def test_a_new_connection_asks_for_the_secret_anew(server):
    """An access token that was good for the first may have expired by now."""
    tokens = []

    def a_fresh_token():
        tokens.append(a_token())
        return tokens[-1]

    server.append([a_mail(1)])
    with opened(server, secret=a_fresh_token, auth=Authentication.XOAUTH2) as mailbox:
        cut(server)

        assert [a_mail(1)] == Notes().take(mailbox)
    assert 2 == len(tokens)


def test_a_pass_goes_on_where_the_connection_was_lost(server, monkeypatch):
    """In the middle of a group; no message is left out, none comes twice."""
    monkeypatch.setattr(imap, "MAX_GROUP", 2)
    mails = [a_mail(number) for number in range(8)]
    server.append(mails)
    with opened(server) as mailbox:
        found = []
        for message in mailbox.messages(Notes()):
            found.append(message.raw)
            if len(found) == 3:
                cut(server)

        assert mails == found
        assert not mailbox.problems


def test_two_programs_read_the_same_mailbox(server):
    """Each gets what the other has not moved away; at worst it is there twice."""
    with server.log_in() as client:
        client.create("Prebrano")
    mails = [a_mail(number) for number in range(200)]
    server.append(mails)
    notes, taken = Notes(), []

    def read():
        taken.extend(take(server, notes, done_folder="Prebrano"))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for one in readers:
        one.start()
    for one in readers:
        one.join(60)

    assert set(mails) == set(taken)
    assert [] == server.flags()
    assert 200 <= len(server.flags("Prebrano"))
