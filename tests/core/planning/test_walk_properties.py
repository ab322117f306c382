"""What holds for every campaign that is played from its first day to its last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from factories import a_campaign, a_delivery, a_history, a_response
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.model.campaign import EVERYONE, SILENT, At, Category, Relative, Step
from mailer.model.delivery import DeliveryState
from mailer.planning.decision import PlanVerdict
from mailer.planning.plan import plan
from mailer.planning.schedule import is_reminder, waits_its_turn
from mailer.planning.windows import WorkCalendar

CALENDAR = WorkCalendar.of(a_campaign())
FIRST = CALENDAR.next_opening(datetime(2019, 4, 4, tzinfo=UTC))
#: every second hour at work until after the event of 8 May
HOURS = [
    now
    for now in (FIRST + timedelta(hours=2 * n) for n in range(12 * 36))
    if now == CALENDAR.next_opening(now)
]

opening = a_campaign().steps[0]
relatives = st.builds(
    Relative,
    st.integers(-8, 8),
    st.sampled_from(["answer_by", "event", "invitation"]),
    st.booleans(),
)
given_times = st.builds(
    At,
    st.integers(0, 30).map(lambda n: datetime(2019, 4, 6, 9) + timedelta(days=n)),  # noqa: DTZ001 - naive
)
steps = st.lists(
    st.tuples(
        st.sampled_from([SILENT, EVERYONE, "registered"]),
        relatives | given_times,
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def campaigns(draw):
    """Draw a campaign with an invitation and one to four other steps."""
    others = [Step(f"step-{n}", *one) for n, one in enumerate(draw(steps))]
    return a_campaign(
        steps=(opening, *others),
        working_days_apart=draw(st.integers(0, 4)),
        max_reminders=draw(st.none() | st.integers(1, 2)),
    )


@st.composite
def wakes(draw):
    """Draw when the scheduler wakes: every two hours, and is off for some days."""
    hours = HOURS
    for _ in range(draw(st.integers(0, 3))):
        off = draw(st.sampled_from(HOURS))
        on = off + timedelta(days=draw(st.integers(1, 16)))
        hours = [now for now in hours if not off <= now < on]
    return hours


answers = st.none() | st.sampled_from(HOURS)


def walk(campaign, hours, answered):
    """Return what left, (instant, step), when a scheduler wakes at `hours`."""
    left, history = [], a_history()
    for now in hours:
        if answered is not None and answered <= now:
            history = replace(history, responses=(a_response(at=answered),))
        # What is held over a message that leaves now is asked again soon after.
        for _ in campaign.steps:
            due = [
                one
                for one in plan(campaign, [history], now)
                if one.verdict is PlanVerdict.DUE
            ]
            if not due:
                break
            left += [(now, one.step) for one in due]
            rows = {
                one.step: a_delivery(
                    step=one.step, state=DeliveryState.ACCEPTED, first_begun_at=now
                )
                for one in due
            }
            history = replace(history, deliveries={**history.deliveries, **rows})
    return left


@settings(deadline=None, max_examples=60)  # a whole campaign is played
@given(campaigns(), wakes(), answers)
def test_each_step_leaves_at_most_once(campaign, hours, answered):
    """However often, and after whatever pause, planning is asked."""
    names = [name for _, name in walk(campaign, hours, answered)]

    assert len(set(names)) == len(names)


FOLLOW_UPS = a_campaign(
    categories=(
        Category("OPEN", "", {"joins": ("",)}),
        Category("JOINS", "", {"joins": ("yes",)}),
        Category("NOT", "", {}),
    ),
    steps=(
        opening,
        Step("request", "registered", Relative(2, "response"), categories=("OPEN",)),
        Step(
            "confirmation",
            "registered",
            Relative(0, "response", working=False),
            categories=("JOINS", "NOT"),
        ),
        Step("workshop", "registered", Relative(-5, "event"), categories=("JOINS",)),
    ),
)
given_answers = st.lists(
    st.tuples(st.sampled_from(HOURS), st.sampled_from(["", "yes", "no"])),
    max_size=5,
).map(sorted)


@settings(deadline=None, max_examples=60)  # a whole campaign is played
@given(wakes(), given_answers)
def test_follow_ups_leave_once_and_to_whom_they_are_for(hours, said):
    """Whatever somebody answers, however often, and whenever planning is asked."""
    left, rows = [], {}
    for now in hours:
        responses = tuple(
            a_response(at=at, details={"joins": joins} if joins else {})
            for at, joins in said
            if at <= now
        )
        history = a_history(responses=responses, deliveries=dict(rows))
        due = [
            one.step
            for one in plan(FOLLOW_UPS, [history], now)
            if one.verdict is PlanVerdict.DUE
        ]
        for name in due:
            left.append(name)
            rows[name] = a_delivery(step=name, first_begun_at=now)
            if categories := FOLLOW_UPS.step(name).categories:
                assert FOLLOW_UPS.category(responses[-1]) in categories
        assert not {"request", "confirmation"} <= set(due)
        assert not {"request", "workshop"} <= set(due)

    assert len(set(left)) == len(left)


@settings(deadline=None, max_examples=60)  # a whole campaign is played
@given(campaigns(), wakes(), answers)
def test_what_nobody_asked_for_keeps_apart(campaign, hours, answered):
    """Between it and any message before it lie the campaign's working days."""
    for (before, _), (after, name) in pairwise(walk(campaign, hours, answered)):
        if (
            waits_its_turn(campaign, campaign.step(name))
            and campaign.working_days_apart
        ):
            assert after >= CALENDAR.free_again(before, campaign.working_days_apart)


@settings(deadline=None, max_examples=60)  # a whole campaign is played
@given(campaigns(), wakes(), answers)
def test_nobody_is_reminded_too_often_or_too_late(campaign, hours, answered):
    """At most as often as allowed, none after an answer or after the deadline."""
    reminded = [
        now
        for now, name in walk(campaign, hours, answered)
        if is_reminder(campaign, campaign.step(name))
    ]

    assert len(reminded) <= (campaign.max_reminders or len(campaign.steps))
    for now in reminded:
        assert now < CALENDAR.end_of(campaign.answer_by)
        assert answered is None or now < answered
