"""D13, M09: the same message twice, or a crash before its mark, changes nothing."""

from __future__ import annotations

import pytest

from mailer.mailboxes.maildir import Maildir
from mailer.model.delivery import DeliveryState as S
from mailer.operations.collect_mail import collect_mail
from mailer.store import inbox


def waiting(desk):
    with desk.office.database.read() as connection:
        return inbox.waiting(connection)


def test_a_bounce_is_taken_once(running):
    """Collecting again finds nothing; the delivery stays bounced."""
    desk = running("bounce.later", "obcina")
    desk.send()

    first, second = desk.collect(), desk.collect()

    assert 1 == first.kinds.total()
    assert (0, 0) == (second.kinds.total(), second.known_already)
    assert {"bounce.later": S.BOUNCED, "obcina": S.ACCEPTED} == desk.states()
    assert {"bounce.later"} == desk.suppressed()


def test_the_same_bytes_again_are_known(running):
    """A mailbox that was copied back, or a server that delivers twice."""
    desk = running("obcina")
    desk.send()
    mail = desk.write("invitation", "obcina", "Ali je parkirišče?")
    desk.collect()
    desk.post.deliver(mail)

    again = desk.collect()

    assert 1 == again.known_already
    assert 1 == len(waiting(desk))


class TornMaildir(Maildir):
    """A mailbox that is torn away when the message is to be marked."""

    def mark(self, keys):
        """Fail, as a network drive does."""
        raise OSError(f"the mailbox is gone; {keys} is not marked")


def test_a_message_that_could_not_be_marked_is_known_the_next_time(running):
    """Stored first, marked after the commit: nothing is lost, nothing doubled."""
    desk = running("bounce.later")
    desk.send()
    torn = TornMaildir(desk.post.maildir)

    with pytest.raises(OSError, match="is not marked"):
        collect_mail(desk.office, torn, {desk.name: desk.opened.campaign})
    in_between = desk.states()
    again = desk.collect()

    assert {"bounce.later": S.BOUNCED} == in_between == desk.states()
    assert 0 == again.kinds.total()
    assert [] == waiting(desk)


def test_mail_that_nobody_understands_is_kept_and_shown(running):
    """Any bytes are stored whole and wait for a person."""
    desk = running("obcina")
    desk.post.deliver(b"\xff\xfe\x00 no mail at all")

    found = desk.collect()
    [row] = waiting(desk)
    with desk.office.database.read() as connection:
        stored = inbox.get(connection, row.id)

    assert 1 == found.to_review
    assert b"\xff\xfe\x00 no mail at all" == stored.raw
