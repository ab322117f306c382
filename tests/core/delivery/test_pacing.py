"""The office's rate is kept for any sequence of instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.delivery.pacing import Bucket, Rate

NOW = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)

rates = st.builds(
    Rate,
    st.integers(1, 50),
    st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)]),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60/min", Rate(60, timedelta(minutes=1))),
        ("60/minute", Rate(60, timedelta(minutes=1))),
        (" 5 / s ", Rate(5, timedelta(seconds=1))),
        ("5/sec", Rate(5, timedelta(seconds=1))),
        ("5/Second", Rate(5, timedelta(seconds=1))),
        ("900/h", Rate(900, timedelta(hours=1))),
        ("900/hour", Rate(900, timedelta(hours=1))),
        ("2000/day", Rate(2000, timedelta(days=1))),
        ("", Rate()),
        ("  ", Rate()),
    ],
)
def test_a_rate_is_read_as_people_write_it(text, expected):
    """A number, a slash and a unit; nothing is no limit."""
    assert expected == Rate.parse(text)


@pytest.mark.parametrize(
    "text", ["60", "min", "0/min", "-1/min", "1.5/s", "60/week", "60 per min", "٦/min"]
)
def test_what_is_no_rate_is_refused_with_an_example(text):
    """The message says what was written and what to write."""
    with pytest.raises(ValueError, match="for example 60/min") as caught:
        Rate.parse(text)

    assert repr(text) in str(caught.value)


@given(rates, st.lists(st.integers(0, 10**7), max_size=200))
def test_no_window_has_more_than_allowed(rate, gaps):
    """Wherever a window of the rate's length begins, at most `count` leave in it."""
    bucket, now, left = Bucket(rate), NOW, []
    for gap in gaps:
        now += timedelta(microseconds=gap)
        bucket, wait = bucket.take(now)
        if not wait:
            left.append(now)

    for begin in left:
        in_window = [each for each in left if begin <= each < begin + rate.per]
        assert len(in_window) <= rate.count


@given(rates, st.integers(0, 10**7))
def test_the_wait_is_enough_and_no_more(rate, gap):
    """Who waits as told may go, and nobody waits longer than one interval."""
    bucket, _ = Bucket(rate).take(NOW)
    now = NOW + timedelta(microseconds=gap)
    bucket, wait = bucket.take(now)
    if wait:
        assert timedelta(seconds=wait) <= rate.interval
        _, wait = bucket.take(now + timedelta(seconds=wait))

    assert 0.0 == wait


def test_without_a_limit_nobody_waits():
    """The empty rate never delays."""
    bucket = Bucket(Rate.parse(""))
    for _ in range(1000):
        bucket, wait = bucket.take(NOW)
        assert 0.0 == wait
