"""What holds for every plan, whatever has happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

from factories import (
    a_campaign,
    a_delivery,
    a_history,
    a_recipient,
    a_response,
    an_organisation,
)
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.campaign import EVERYONE, SILENT, At, Category, Relative, Step
from mailer.model.delivery import DeliveryState
from mailer.model.response import Suppression, SuppressionReason
from mailer.planning.decision import PlanVerdict
from mailer.planning.plan import decide, plan, still_due
from mailer.planning.schedule import schedule
from mailer.planning.windows import WorkCalendar

DUE = PlanVerdict.DUE

SPRING = st.datetimes(
    datetime(2019, 3, 25),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2019, 5, 31),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)
OFFICE_HOURS = SPRING.map(WorkCalendar.of(a_campaign()).next_opening)

relatives = st.builds(
    Relative,
    st.integers(-12, 12),
    st.sampled_from(["answer_by", "event", "response", "invitation"]),
    st.booleans(),
)
times = relatives | st.builds(
    At,
    st.datetimes(datetime(2019, 4, 1), datetime(2019, 5, 20)),  # noqa: DTZ001 - naive
)
audiences = st.sampled_from([EVERYONE, SILENT, "registered", "declined", "question"])


#: the first match wins; an answer that says nothing is in the last one
CATEGORIES = (
    Category("BOTH", "", {"a": ("yes",), "b": ("yes",)}),
    Category("ONE", "", {"a": ("yes",)}),
    Category("OPEN", "", {}),
)
answers = st.dictionaries(st.sampled_from("ab"), st.sampled_from(["yes", "no"]))
some_categories = st.lists(
    st.sampled_from([one.name for one in CATEGORIES]), unique=True
).map(tuple)


@st.composite
def steps(draw, n):
    """Draw a step; one for answers may be for those of some categories."""
    to = draw(audiences)
    categories = draw(some_categories) if to not in (EVERYONE, SILENT) else ()
    return Step(f"step-{n}", to, draw(times), categories=categories)


@st.composite
def campaigns(draw):
    """Draw a campaign with an invitation and one to three other steps."""
    opening = Step("invitation", EVERYONE, a_campaign().steps[0].when)
    others = [draw(steps(n)) for n in range(draw(st.integers(1, 3)))]
    return a_campaign(
        steps=(opening, *others),
        categories=CATEGORIES,
        working_days_apart=draw(st.integers(0, 4)),
        max_reminders=draw(st.none() | st.integers(1, 2)),
    )


@st.composite
def histories(draw, campaign):
    """Draw a list of recipients to whom anything may have happened."""
    return [_history(draw, campaign, n) for n in range(1, draw(st.integers(1, 3)) + 1)]


def _history(draw, campaign, n):
    recipient = a_recipient(
        id=n,
        address=f"obcina{n}@kraj.example",
        organisation=an_organisation(code=f"{n:03}"),
    )
    rows = {
        step.name: a_delivery(
            step=step.name,
            recipient_id=n,
            state=draw(st.sampled_from(DeliveryState)),
            first_begun_at=draw(st.none() | SPRING),
        )
        for step in campaign.steps
        if draw(st.booleans())
    }
    kinds = st.lists(st.sampled_from(["registered", "declined", "question", "?"]))
    return a_history(
        recipient=recipient,
        deliveries=rows,
        responses=tuple(
            a_response(kind=kind, at=draw(SPRING), details=draw(answers))
            for kind in draw(kinds)
        ),
        suppression=draw(
            st.none()
            | st.builds(
                Suppression,
                st.just(recipient.address_key),
                st.sampled_from(SuppressionReason),
                SPRING,
            )
        ),
    )


worlds = campaigns().flatmap(lambda one: st.tuples(st.just(one), histories(one)))


def due(decisions):
    return {(one.recipient.id, one.step) for one in decisions if one.verdict is DUE}


@given(worlds, OFFICE_HOURS)
def test_every_pair_is_decided_exactly_once(world, now):
    """At most one delivery per step and recipient, and nobody is skipped."""
    campaign, listed = world

    pairs = Counter((one.recipient.id, one.step) for one in plan(campaign, listed, now))

    assert {1} == set(pairs.values())
    assert len(listed) * len(campaign.steps) == len(pairs)


@given(worlds, OFFICE_HOURS, st.sampled_from(DeliveryState))
def test_planning_again_adds_nothing(world, now, state):
    """Once the plan is recorded, in whatever state, the same plan is empty."""
    campaign, listed = world
    planned = due(plan(campaign, listed, now))

    recorded = [
        replace(
            one,
            deliveries={
                **one.deliveries,
                **{
                    step.name: a_delivery(step=step.name, state=state)
                    for step in campaign.steps
                    if (one.recipient.id, step.name) in planned
                },
            },
        )
        for one in listed
    ]

    assert not planned & due(plan(campaign, recorded, now))


@given(worlds, OFFICE_HOURS, st.randoms(use_true_random=False))
def test_order_is_irrelevant(world, now, random):
    """Recipients do not depend on each other."""
    campaign, listed = world
    shuffled = random.sample(listed, len(listed))

    assert due(plan(campaign, listed, now)) == due(plan(campaign, shuffled, now))


@given(worlds, OFFICE_HOURS)
def test_the_silent_are_silent(world, now):
    """Nobody is reminded after a final answer, or over an open question."""
    campaign, listed = world
    silent = {step.name for step in campaign.steps if step.to == SILENT}
    reminded = {id_ for id_, step in due(plan(campaign, listed, now)) if step in silent}

    for one in listed:
        if one.recipient.id in reminded:
            kinds = [response.kind for response in one.responses]
            assert not {"registered", "declined"} & set(kinds)
            assert "question" not in kinds[-1:]


@given(worlds, SPRING)
def test_the_newest_answer_alone_decides_the_categories(world, now):
    """A step for some categories is for nobody whose answer is in another one."""
    campaign, listed = world
    people = {one.recipient.id: one for one in listed}
    not_now = {PlanVerdict.NOT_FOR_THEM, PlanVerdict.SUPPRESSED, PlanVerdict.DONE}

    for one in plan(campaign, listed, now):
        step = campaign.step(one.step)
        if not step.categories or one.verdict in not_now:
            continue
        responses = people[one.recipient.id].responses
        answer = responses[-1] if step.to == "question" else campaign.answer(responses)
        assert step.to == answer.kind
        assert campaign.category(answer) in step.categories


@given(worlds, OFFICE_HOURS)
def test_never_two_steps_for_different_categories(world, now):
    """Of steps that share no category at most one is anybody's, now or later."""
    campaign, listed = world
    coming = {DUE, PlanVerdict.LATER, PlanVerdict.HELD, PlanVerdict.MISSED}
    theirs = [
        (one.recipient.id, campaign.step(one.step))
        for one in plan(campaign, listed, now)
        if one.verdict in coming and campaign.step(one.step).categories
    ]

    for (id_, step), (other_id, other) in combinations(theirs, 2):
        if id_ == other_id and step.to == other.to:
            assert set(step.categories) & set(other.categories)


@given(worlds, OFFICE_HOURS)
def test_nothing_to_suppressed_addresses(world, now):
    """An address that objected or is dead gets nothing more."""
    campaign, listed = world
    written_to = {id_ for id_, _ in due(plan(campaign, listed, now))}

    for one in listed:
        if one.recipient.id in written_to:
            assert None is one.suppression


@given(worlds, SPRING)
def test_nothing_outside_the_window(world, now):
    """What is due is due when mail may leave; what is later, is later then."""
    campaign, listed = world
    calendar = WorkCalendar.of(campaign)

    for one in plan(campaign, listed, now):
        if one.verdict is DUE:
            assert now == calendar.next_opening(now)
            assert one.at <= now
        if one.verdict is PlanVerdict.LATER:
            assert one.at == calendar.next_opening(one.at)
            assert one.at > now


@given(worlds, OFFICE_HOURS, st.timedeltas(timedelta(0), timedelta(hours=8)))
def test_later_in_the_same_window_nobody_drops_out_but_by_expiry(world, now, wait):
    """Who is due at nine is due at ten, or the step's time has passed."""
    campaign, listed = world
    later = now + wait
    if later != WorkCalendar.of(campaign).next_opening(later):
        return  # no longer the same window

    now_due = due(plan(campaign, listed, now))
    afterwards = {
        (one.recipient.id, one.step): one.verdict
        for one in plan(campaign, listed, later)
    }

    assert {afterwards[pair] for pair in now_due} <= {DUE, PlanVerdict.MISSED}


@given(worlds, SPRING)
def test_later_is_kept(world, now):
    """What the plan promises for later is due then, if nothing happens before."""
    campaign, listed = world

    for one in plan(campaign, listed, now):
        if one.verdict is PlanVerdict.LATER:
            then = {
                (other.recipient.id, other.step): other.verdict
                for other in plan(campaign, listed, one.at)
            }
            kept = then[one.recipient.id, one.step]
            assert kept in {DUE, PlanVerdict.HELD}


@given(worlds, SPRING)
def test_still_due_says_what_planning_would_without_the_row(world, now):
    """Whatever the row itself says, even that it bounced."""
    campaign, people = world
    when = schedule(campaign)

    for history in people:
        for step in campaign.steps:
            others = dict(history.deliveries)
            others.pop(step.name, None)
            without = replace(history, deliveries=others)
            assert decide(campaign, when, step, without, now) == still_due(
                campaign, when, step, history, now
            )
