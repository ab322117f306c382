"""What a person decides about a message: once, noted, and to be taken back."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta

import pytest
from incoming import a_mail
from offices import taken
from sqlalchemy import update

from mailer.errors import MailerError
from mailer.inbox.phrases import DEFAULT
from mailer.isolation.worker import Worker
from mailer.model.incoming import MatchedBy, ReviewState, Suggestion
from mailer.model.smtp import Stage
from mailer.operations.find_organisation import find_organisation
from mailer.operations.open_mail import Opener, an_opener, open_up
from mailer.operations.review_mail import Answer, assign, dismiss, set_aside, undo
from mailer.operations.show_mail import campaigns_under_way, item, items
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import campaigns, inbox
from mailer.store.reviews import tie_of
from mailer.store.tables import incoming

DECLINE = "Spoštovani,\nžal se konference ne bomo udeležili.\nLep pozdrav"
SUGGESTED = {
    "why": "its words decline",
    "campaign": "conference",
    "organisations": ("001",),
    "kind": "declined",
}
QUESTION = "Spoštovani,\nzanima nas, ali je na voljo parkirišče?"


@pytest.fixture
def invited(running):
    """Return the desk of a conference to which three are invited."""
    desk = running("obcina", "urad", "tajnistvo")
    desk.send()
    return desk


def waiting(desk):
    return [row.id for row in items(desk.office)]


def shown(desk, incoming_id):
    known, _ = campaigns_under_way(desk.office)
    with an_opener(desk.office) as opener:
        return item(desk.office, incoming_id, known, opener)


def wrote(desk, text, name="obcina", **suggested):
    """Let somebody reply to the invitation; return the message as it is shown."""
    desk.write("invitation", name, text)
    desk.collect()
    incoming_id = max(waiting(desk))
    suggestion = Suggestion(**SUGGESTED | suggested)
    with desk.office.database.write() as connection:
        row = update(incoming).where(incoming.c.id == incoming_id)
        connection.execute(row.values(suggestion=suggestion.as_json()))
    return shown(desk, incoming_id)


def an_answer(desk, kind, *codes, **details):
    whose = tuple(find_organisation(desk.office, code) for code in codes or ["001"])
    return Answer(desk.opened.campaign, whose, kind, details)


def accept(desk, message, by="ana"):
    """Do what the program proposes."""
    return assign(
        desk.office, message.id, message.proposal.answer, by=by, seen=message.state
    )


def tie(desk, incoming_id):
    with desk.office.database.read() as connection:
        return tie_of(inbox.get(connection, incoming_id))


def notes(desk, incoming_id):
    with desk.office.database.read() as connection:
        found = campaigns.notes(connection, f"message {incoming_id}")
    return [(one.by, one.action, one.detail) for one in found]


def test_what_a_person_is_shown(invited):
    """Who, when, what they wrote, what it seems to be, and whose it is."""
    seen = wrote(invited, f"{DECLINE}\n\nDne 8. 4. 2019 je pisarna napisala:\n> Vabimo")

    assert "obcina@obcina.example" == seen.opened.sender
    assert "Odg: Vabilo" == seen.subject
    assert DECLINE == seen.opened.text
    assert "> Vabimo" in seen.opened.whole_text
    assert ("conference", "001") == (
        seen.proposal.campaign.name,
        seen.proposal.organisations[0].code,
    )
    assert ("declined", "its words decline") == (seen.proposal.kind, seen.proposal.why)
    assert ReviewState.OPEN is seen.state


def test_an_accepted_proposal_is_recorded_and_noted(invited):
    """The answer counts, the message waits no more, and the journal says who."""
    seen = wrote(invited, DECLINE)

    accept(invited, seen)

    [answer] = invited.answers()
    after = shown(invited, seen.id)
    assert ("001", "declined", "ana") == (
        answer.organisation,
        answer.kind,
        answer.recorded_by,
    )
    assert seen.stored_at == answer.at
    assert [] == waiting(invited)
    assert (ReviewState.DONE, MatchedBy.STAFF) == (after.state, after.matched_by)
    assert ("ana", "assign") == notes(invited, seen.id)[0][:2]


def test_a_joint_administration_answers_for_several(invited):
    """One message, an answer of each municipality; with the fields it names."""
    seen = wrote(invited, "Prijavljamo vse tri občine.")
    answer = an_answer(invited, "registered", "001", "002", "003", people="4")

    assign(invited.office, seen.id, answer, by="ana", seen=seen.state)

    assert [("001", "4"), ("002", "4"), ("003", "4")] == [
        (one.organisation, one.details["people"]) for one in invited.answers()
    ]


def test_a_question_holds_the_reminders_until_it_is_dealt_with(invited):
    """It waits on, after those nobody has seen; then the reminders go."""
    asked = wrote(invited, QUESTION, kind="question")
    accept(invited, asked)
    later = wrote(invited, "Pokličite nas.", "urad")

    assert [later.id, asked.id] == waiting(invited)
    invited.until("reminder")
    held = invited.a_relay()
    invited.send(held)
    assert ["tajnistvo"] == taken(held)

    dismiss(invited.office, asked.id, by="ana", seen=ReviewState.ASKED)
    invited.clock.jump(invited.clock.now() + timedelta(minutes=5))
    released = invited.a_relay()
    invited.send(released)

    assert ["obcina"] == taken(released)
    assert [later.id] == waiting(invited)
    assert ("ana", "done", "question dealt with") == notes(invited, asked.id)[-1]


def test_a_question_that_is_answered_becomes_the_answer(invited):
    """Assigned anew, what it was before no longer counts."""
    asked = wrote(invited, QUESTION, kind="question")
    accept(invited, asked)

    assign(invited.office, asked.id, an_answer(invited, "registered"), by="bine")

    assert ["registered"] == [one.kind for one in invited.answers()]
    assert [] == waiting(invited)


def test_what_is_no_answer_is_done(invited):
    """And leaves nothing behind but a note."""
    seen = wrote(invited, "Sporočilo smo posredovali naprej.")

    dismiss(invited.office, seen.id, by="ana", seen=seen.state)

    assert ([], []) == (waiting(invited), invited.answers())
    assert [("ana", "done", "no answer")] == notes(invited, seen.id)


def test_what_is_set_aside_stays_open(invited):
    """A person has looked; another will find it again, and see that."""
    seen = wrote(invited, QUESTION)

    set_aside(invited.office, seen.id, by="ana")

    assert [seen.id] == waiting(invited)
    assert ("ana", "set aside") == (
        shown(invited, seen.id).last_note.by,
        shown(invited, seen.id).last_note.action,
    )


@pytest.mark.parametrize("kind", ["declined", "question", None])
def test_a_decision_can_be_taken_back(invited, kind):
    """The message waits as before, and what was recorded counts no more."""
    seen = wrote(invited, DECLINE)
    before = invited.answers()
    decision = assign(invited.office, seen.id, an_answer(invited, kind), by="ana")

    undo(invited.office, decision, by="ana")

    assert before == invited.answers()
    after = shown(invited, seen.id)
    assert (seen.state, seen.matched_by, seen.evidence) == (
        after.state,
        after.matched_by,
        after.evidence,
    )
    assert ["assign", "undo"] == [action for _, action, _ in notes(invited, seen.id)]


def test_undoing_brings_back_what_the_decision_withdrew(invited):
    """At its old place: what was said later still counts more."""
    seen = wrote(invited, QUESTION, kind="question")
    accept(invited, seen)
    second = assign(invited.office, seen.id, an_answer(invited, "declined"), by="bine")

    undo(invited.office, second, by="bine")

    assert ["question"] == [one.kind for one in invited.answers()]
    assert ReviewState.ASKED is shown(invited, seen.id).state


def test_deciding_again_after_undoing(invited):
    """The same answer of the same municipality is recorded again."""
    seen = wrote(invited, DECLINE)
    undo(invited.office, accept(invited, seen), by="ana")

    accept(invited, seen)

    assert ["declined"] == [one.kind for one in invited.answers()]


def test_the_second_of_two_clerks_learns_of_the_first(invited):
    """Nothing is decided twice: the second is told who was faster."""
    seen = wrote(invited, DECLINE)
    accept(invited, seen, by="ana")

    with pytest.raises(MailerError, match="meanwhile: ana, declined, Občina Ajdov"):
        dismiss(invited.office, seen.id, by="bine", seen=seen.state)

    assert ["declined"] == [one.kind for one in invited.answers()]


def test_many_clerks_at_once_decide_once(invited):
    """The database says who was first."""
    seen = wrote(invited, DECLINE)
    failed = []
    start = threading.Barrier(6)

    def decide(name):
        start.wait()
        try:
            accept(invited, seen, by=name)
        except MailerError as error:
            failed.append(error)

    clerks = [threading.Thread(target=decide, args=(f"clerk{n}",)) for n in range(6)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()

    assert (5, 1) == (len(failed), len(invited.answers()))
    assert 1 == len(notes(invited, seen.id))


def test_what_was_decided_anew_is_not_undone(invited):
    """Taking back the first decision would take back the second."""
    seen = wrote(invited, DECLINE)
    first = accept(invited, seen)
    assign(invited.office, seen.id, an_answer(invited, "registered"), by="bine")

    with pytest.raises(MailerError, match="decided upon again"):
        undo(invited.office, first, by="ana")

    assert ["registered"] == [one.kind for one in invited.answers()]


def test_a_stranger_is_nobodys_until_a_person_says_so(invited):
    """There is nothing to accept; assigned, it counts."""
    invited.post.deliver(a_mail("Prijavljamo se.", From="zupan@zasebno.example"))
    invited.collect()
    [seen] = [shown(invited, one) for one in waiting(invited)]
    assert seen.proposal.answer is None

    assign(invited.office, seen.id, an_answer(invited, "registered", "002"), by="ana")

    assert ["002"] == [one.organisation for one in invited.answers()]


def test_a_letter_that_was_forwarded_is_not_the_forwarders(invited):
    """It answers our letter to another: that delivery is no longer its own."""
    seen = wrote(invited, DECLINE)
    answer = an_answer(invited, "declined", "002")
    assert tie(invited, seen.id).delivery_id is not None

    decision = assign(invited.office, seen.id, answer, by="ana")

    assert (None, "002") == (
        tie(invited, seen.id).delivery_id,
        tie(invited, seen.id).organisation,
    )
    undo(invited.office, decision, by="ana")
    assert decision.before == tie(invited, seen.id)


def test_a_campaign_whose_folder_is_broken_is_said(invited):
    """The mail can be looked at, and nobody wonders why it has no campaign."""
    seen = wrote(invited, DECLINE)
    file = invited.office.templates / "conference" / "campaign.toml"
    file.write_text("titel = 'wrong'", "utf-8")

    known, problems = campaigns_under_way(invited.office)

    assert ({}, True) == (known, bool(problems))
    assert shown(invited, seen.id).proposal.campaign is None


def test_a_message_that_nobody_can_read_is_shown_as_it_came(invited):
    """Whatever kills its reader: a person can decide on it nevertheless."""
    seen = wrote(invited, DECLINE)
    with closing(Worker(open_up, DEFAULT, modules=())) as worker:
        found = item(invited.office, seen.id, {}, Opener(worker))

    assert "gave no answer" in found.opened.trouble
    assert ("obcina@obcina.example", seen.raw) == (found.who, found.raw)


def test_a_mistake_changes_nothing(invited):
    """No such kind, no such message, nobody to answer."""
    seen = wrote(invited, DECLINE)
    before = invited.answers()
    nobody = Answer(invited.opened.campaign, (), "declined", {})

    for answer, message in [
        (an_answer(invited, "maybe"), seen.id),
        (an_answer(invited, "declined"), 9999),
        (nobody, seen.id),
    ]:
        with pytest.raises(MailerError):
            assign(invited.office, message, answer, by="ana")

    assert (before, [seen.id]) == (invited.answers(), waiting(invited))


class Undoing(ScriptedRelay):
    """A relay in whose hands a decision is taken back, before the dot."""

    def __init__(self, desk, decision, **asked):
        super().__init__(**asked)
        self.desk, self.decision = desk, decision

    def steps(self, stage, address):
        """Take it back at the first body, then go on as usual."""
        if self.decision and stage is Stage.DATA:
            undo(self.desk.office, self.decision, by="ana")
            self.decision = None
        return super().steps(stage, address)


def test_an_answer_that_is_taken_back_withholds_the_dot(invited):
    """The confirmation of a registration by mistake is not sent."""
    seen = wrote(invited, DECLINE)
    answer = an_answer(invited, "registered")
    decision = assign(invited.office, seen.id, answer, by="ana")
    invited.clock.jump(invited.clock.now() + timedelta(minutes=5))
    invited.plan()
    assert {"obcina"} == set(invited.states("confirmation"))
    relay = Undoing(invited, decision, clock=invited.clock)

    invited.send(relay)

    assert [] == taken(relay)
