"""
An objection is honoured at once, and for good in its campaign.

C15: it comes by mail to the address in List-Unsubscribe, in words that a person
accepts, or on the telephone; no reminder goes, and what they send is confirmed.
E02, on mail: the same twice is once; a token that is not ours changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from incoming import a_mail
from offices import LIST, a_list_file, import_list, taken

from mailer.errors import MailerError
from mailer.model.delivery import DeliveryState as S
from mailer.model.incoming import ReviewState
from mailer.model.response import ObjectionSource
from mailer.operations import gather
from mailer.operations.campaign_status import approve, pause, resume
from mailer.operations.find_organisation import find_organisation
from mailer.operations.import_recipients import import_recipients
from mailer.operations.object_to_reminders import (
    object_to_reminders,
    withdraw_objection,
)
from mailer.operations.open_mail import an_opener
from mailer.operations.plan_due import decide_all
from mailer.operations.record_response import record_response
from mailer.operations.review_mail import Answer, assign, dismiss, undo
from mailer.operations.show_mail import campaigns_under_way, item, items
from mailer.planning.decision import PlanVerdict
from mailer.store import inbox, objections

PEOPLE = ["obcina", "urad", "tajnistvo"]
WORDS = "Spoštovani,\n\nprosimo, ne pošiljajte nam več opomnikov.\n\nLep pozdrav"


@pytest.fixture
def invited(running):
    """Return the desk of a conference to which three are invited, and its relay."""
    desk = running(*PEOPLE)
    desk.relay = desk.a_relay()
    desk.send(desk.relay)
    return desk


def unsubscribe_address(relay, name):
    """Return where the letter to `name` says that one may unsubscribe."""
    [letter] = [one for one in relay.accepted if one.forward_path.startswith(name)]
    header = letter.data.partition(b"\r\n\r\n")[0].decode()
    [uri] = re.findall(r"(?m)^List-Unsubscribe:\s+<(.+)>\r?$", header)
    assert "List-Unsubscribe-Post" not in header
    found = re.fullmatch(r"mailto:(u-\S+@\S+)\?subject=odjava%20od%20opomnikov", uri)
    assert found, uri
    return found[1]


def write_to(desk, address, text="", sender="obcina@obcina.example"):
    mail = a_mail(text, To=address, From=sender, Subject="odjava od opomnikov")
    desk.post.deliver(mail)
    return desk.collect()


def unsubscribe(desk, name="obcina", **written):
    return write_to(desk, unsubscribe_address(desk.relay, name), **written)


def objected(desk):
    with desk.office.database.read() as connection:
        return objections.of_campaign(connection, desk.name)


def remind(desk):
    """Let the reminder go; return who gets it, in order."""
    desk.until("reminder")
    relay = desk.a_relay()
    desk.send(relay)
    return sorted(taken(relay))


def shown(desk):
    """Return the only message that waits, as a person is shown it."""
    [row] = items(desk.office)
    known, _ = campaigns_under_way(desk.office)
    with an_opener(desk.office) as opener:
        return item(desk.office, row.id, known, opener)


def wrote(desk, text=WORDS):
    desk.write("invitation", "obcina", text)
    desk.collect()
    return shown(desk)


def an_organisation(desk, code="001"):
    return find_organisation(desk.office, code)


def call(desk, code="001"):
    campaign = desk.opened.campaign
    whose = an_organisation(desk, code)
    note = "po telefonu"
    return object_to_reminders(desk.office, campaign, whose, by="ana", note=note)


def test_a_mail_to_the_address_in_the_header_is_enough(invited):
    """No person is asked; the others are reminded."""
    found = unsubscribe(invited)

    [objection] = objected(invited)
    assert 0 == found.to_review
    assert ("001", ObjectionSource.TOKEN, "mailer") == (
        objection.organisation,
        objection.source,
        objection.recorded_by,
    )
    assert "our unsubscribe address's token: conference, invitation" in (
        objection.evidence
    )
    assert ["tajnistvo", "urad"] == remind(invited)
    assert S.OBJECTED is invited.states("reminder")["obcina"]


def test_twice_is_once(invited):
    """Also from another mailbox, and with other bytes."""
    unsubscribe(invited)
    before = objected(invited)
    unsubscribe(invited, text="odjavite nas", sender="zupan@drugje.example")

    assert before == objected(invited)
    assert [] == list(items(invited.office))


@pytest.mark.parametrize("way", ["changed", "reverse path", "unsigned"])
def test_a_wrong_token_waits_for_a_person_and_changes_nothing(invited, way):
    address = unsubscribe_address(invited.relay, "obcina")
    other = "x" if address[20] != "x" else "y"
    wrong = {
        "changed": f"{address[:20]}{other}{address[21:]}",
        "reverse path": address.replace("u-", "b-", 1),
        "unsigned": f"odjava@{address.partition('@')[2]}",
    }[way]

    found = write_to(invited, wrong, sender="neznan@drugje.example")

    assert 1 == found.to_review
    assert [] == objected(invited)
    assert PEOPLE == sorted(remind(invited), key=PEOPLE.index)


def test_it_outlives_imports_approvals_and_pauses(invited):
    """At once and for good: nothing but a person's word brings reminders back."""
    unsubscribe(invited)
    pause(invited.office, invited.name, "načelnica")
    import_list(invited.office, ["nova", *PEOPLE[1:]])  # they have another address
    text = invited.office.folder / "templates/conference/reminder.txt.j2"
    text.write_text(text.read_text("utf-8") + "\nVljudno vabljeni.\n", "utf-8")
    approve(invited.office, invited.opened, "načelnica")
    resume(invited.office, invited.name, "načelnica")
    reminded = remind(invited)
    invited.until("last-call")
    relay = invited.a_relay()
    invited.send(relay)

    assert "urad" in reminded
    for step in ("reminder", "last-call"):  # the new address got the invitation
        assert S.OBJECTED is invited.states(step)["nova"]
        assert S.ACCEPTED is invited.states(step)["urad"]
    assert ["tajnistvo", "urad"] == sorted(taken(relay))


def test_what_they_send_later_is_confirmed(invited):
    """They wanted no reminders; they may still come."""
    unsubscribe(invited)
    whose = an_organisation(invited)
    campaign = invited.opened.campaign
    by = "ana"
    record_response(invited.office, campaign, whose, "registered", by=by, details={})
    relay = invited.a_relay()
    invited.send(relay)

    assert ["obcina"] == taken(relay)
    assert S.ACCEPTED is invited.states("confirmation")["obcina"]


def test_another_campaign_goes_on(invited):
    """The objection is to the reminders of one campaign."""
    unsubscribe(invited)
    with invited.office.database.read() as connection:
        assert [] == objections.of_campaign(connection, "ministry-letter")


def test_words_wait_for_a_person_and_hold_the_reminders(invited):
    """One key accepts what is proposed; until then nobody is reminded."""
    message = wrote(invited)
    answer = message.proposal.answer
    held = remind(invited)

    assign(invited.office, message.id, answer, by="ana", seen=message.state)

    [objection] = objected(invited)
    assert (None, True) == (answer.kind, answer.objects)
    assert "it seems to want no more reminders" in message.proposal.why
    assert ["tajnistvo", "urad"] == held
    assert ("001", ObjectionSource.REPLY, "ana", message.id) == (
        objection.organisation,
        objection.source,
        objection.recorded_by,
        objection.incoming_id,
    )
    assert [] == invited.answers()  # the question that paused is dealt with
    assert [] == list(items(invited.office))


def test_a_decision_can_be_taken_back(invited):
    """It was another municipality: the message waits again, and nobody has objected."""
    message = wrote(invited)
    decision = assign(invited.office, message.id, message.proposal.answer, by="ana")

    undo(invited.office, decision, by="ana")

    assert [] == objected(invited)
    assert ReviewState.OPEN is shown(invited).state
    assert ["question"] == [one.kind for one in invited.answers()]


def test_deciding_anew_mends_it(invited):
    """What was read out of the message before counts no longer; and back again."""
    message = wrote(invited)
    first = message.proposal.answer
    assign(invited.office, message.id, first, by="ana")
    right = replace(first, organisations=(an_organisation(invited, "002"),))

    second = assign(invited.office, message.id, right, by="bine")
    mended = [one.organisation for one in objected(invited)]
    undo(invited.office, second, by="bine")

    assert ["002"] == mended
    assert ["001"] == [one.organisation for one in objected(invited)]


def test_no_answer_after_all(invited):
    """`done` takes nothing back by the way; assigned anew without any, it does."""
    message = wrote(invited)
    read = message.proposal.answer
    assign(invited.office, message.id, read, by="ana")

    said = dismiss(invited.office, message.id, by="bine").words

    assert "nothing is changed; if it is no answer after all: mailer inbox" in said
    assert 1 == len(objected(invited))

    assign(invited.office, message.id, replace(read, objects=False), by="ana")

    assert [] == objected(invited)


def test_to_decline_and_to_object_are_accepted_together(invited):
    message = wrote(invited, f"Konference se ne bomo udeležili.\n{WORDS}")
    decision = assign(invited.office, message.id, message.proposal.answer, by="ana")

    assert "declined, no more reminders, Občina Ajdovščina" == decision.words
    assert ["declined"] == [one.kind for one in invited.answers()]
    assert 1 == len(objected(invited))


def test_no_persons_decision_touches_what_a_token_said(invited):
    """Whoever reads what else the mail says, cannot unsay it by a key."""
    unsubscribe(invited, text="Vaš dopis je predolg, obrazložitev pošljemo drugič.")
    message = shown(invited)
    dismiss(invited.office, message.id, by="ana")
    answer = Answer(
        invited.opened.campaign, (an_organisation(invited, "002"),), None, {}
    )
    assign(invited.office, message.id, answer, by="ana")

    assert ["001"] == [one.organisation for one in objected(invited)]
    assert [objected(invited)[0]] == list(message.objections)


def test_a_telephone_call(invited):
    """By whom and how it is known stand with it; a second call changes nothing."""
    assert (True, False) == (call(invited), call(invited))
    [objection] = objected(invited)
    assert ("ana", "po telefonu", ObjectionSource.STAFF) == (
        objection.recorded_by,
        objection.evidence,
        objection.source,
    )
    assert ["tajnistvo", "urad"] == remind(invited)


def test_a_mistake_is_withdrawn_by_name_and_kept(invited):
    """Reminders go again; the timeline tells of both."""
    call(invited)
    campaign, whose = invited.opened.campaign, an_organisation(invited)
    withdraw_objection(invited.office, campaign, whose, by="bine")

    said = [event.what for event in gather.timeline_of(invited.office, "001")[1]]
    assert sorted(PEOPLE) == remind(invited)
    assert "conference: no more reminders" in said
    assert "conference: reminders again, it was recorded by mistake" in said
    with pytest.raises(MailerError, match="has not objected"):
        withdraw_objection(invited.office, campaign, whose, by="bine")


def test_nobody_objects_to_what_was_never_approved(office, clock):
    from offices import Desk  # noqa: PLC0415

    import_list(office, PEOPLE)
    desk = Desk(office, clock)
    with pytest.raises(MailerError, match="was never approved"):
        call(desk)


def test_report_timeline_and_plan_show_it(invited):
    """Who wants none, since when, by whom, and how that is known."""
    unsubscribe(invited)
    remind(invited)
    campaign = invited.opened.campaign

    [line] = gather.report(invited.office, campaign).objections
    events = gather.timeline_of(invited.office, "001")[1]
    now = invited.clock.now()
    mine = {
        one.step: one
        for one in decide_all(invited.office, invited.opened, now)
        if one.recipient.organisation.code == "001"
    }

    assert ("001", "mailer") == (line.organisation.code, line.by)
    assert "our unsubscribe address's token" in line.evidence
    assert "conference, reminder: objected" in [event.what for event in events]
    assert "conference: no more reminders" in [event.what for event in events]
    assert PlanVerdict.DONE is mine["reminder"].verdict
    assert "objected, wants no more reminders (" in mine["reminder"].reason
    assert PlanVerdict.OBJECTED is mine["last-call"].verdict
    assert "wants no more reminders" in mine["last-call"].reason


def test_the_mail_itself_is_kept_and_tied(invited):
    """What was acted on can be looked at."""
    unsubscribe(invited)
    with invited.office.database.read() as connection:
        [mail] = inbox.of_organisation(connection, "001")

    assert (ReviewState.NONE.value, "conference") == (mail.review, mail.campaign)
    assert mail.evidence.startswith("no more reminders; our unsubscribe address's")


def test_a_list_without_them_and_with_them_again(invited):
    """Gone from the list and back on it, they have still objected."""
    unsubscribe(invited)
    rows = a_list_file(invited.office, PEOPLE).read_text("utf-8").splitlines()
    short = invited.office.folder / "recipients" / "short.csv"
    short.write_text("\n".join([rows[0], *rows[2:]]), "utf-8")
    for file in (short, a_list_file(invited.office, PEOPLE)):
        import_recipients(
            invited.office,
            file,
            LIST,
            skip_invalid=False,
            may_shrink=lambda _before, _after: True,
        )
    approve(invited.office, invited.opened, "načelnica")

    assert "obcina" not in remind(invited)
