"""A rate is read as people write it, and becomes a gap that keeps it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.delivery.rate import Rate

units = st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)])


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


@given(st.integers(1, 10**6), units)
def test_the_interval_is_the_least_that_keeps_the_rate(count, per):
    """One microsecond less would let one message too many into the window."""
    interval = Rate(count, per).interval

    assert count * interval >= per
    assert count * (interval - timedelta(microseconds=1)) < per
