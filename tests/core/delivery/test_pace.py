"""Four limits at once, for any sequence of messages, ends and instants."""

from __future__ import annotations

import math
import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailer.delivery.lane import MEMORY
from mailer.delivery.pace import Pace
from mailer.delivery.rate import Rate
from mailer.model.smtp import Exchange, SmtpReply, Stage

NOW = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
UNLIMITED = Rate()

ACCEPTED = Exchange(Stage.END_OF_DATA, SmtpReply(250))
CLOSING = Exchange(Stage.MAIL, SmtpReply(421))
DOMAIN_BUSY = Exchange(Stage.RCPT, SmtpReply(450, "too fast", "4.7.28"))
GONE = Exchange(Stage.RCPT, SmtpReply(550, "no such user", "5.1.1"))

domains = st.sampled_from(["a.example", "b.example", "c.example"])
rates = st.just(UNLIMITED) | st.builds(
    Rate, st.integers(1, 20), st.sampled_from([SECOND, timedelta(minutes=1)])
)


def may_begin(pace: Pace, domain: str, now: datetime) -> bool:
    """Ask both questions."""
    return not pace.relay_wait(now) and not pace.domain_wait(domain, now)


def send(pace: Pace, exchange: Exchange, times: int, now: datetime) -> datetime:
    """Let messages go one after the other, as soon as they may."""
    for _ in range(times):
        for wait in (pace.relay_wait(now), pace.domain_wait("a.example", now)):
            now += timedelta(seconds=wait)
        pace.end(pace.begin("a.example", now), exchange, now)
    return now


class Sending(RuleBasedStateMachine):
    """Messages begin when they may, and end somehow; a list is the model."""

    @initialize(
        connections=st.integers(1, 8),
        rate=rates,
        per_domain=st.integers(1, 3),
        domain_rate=rates,
    )
    def an_office(self, connections, rate, per_domain, domain_rate):
        self.pace = Pace(connections, rate, per_domain, domain_rate)
        self.connections, self.per_domain = connections, per_domain
        self.rate, self.domain_rate = rate, domain_rate
        self.now, self.under_way = NOW, []
        self.begun: list[tuple[datetime, str]] = []

    @rule(microseconds=st.integers(0, 5 * 10**6))
    def time_passes(self, microseconds):
        self.now += timedelta(microseconds=microseconds)

    @rule(domain=domains)
    def a_message_begins_if_it_may(self, domain):
        if may_begin(self.pace, domain, self.now):
            self.under_way.append(self.pace.begin(domain, self.now))
            self.begun.append((self.now, domain))

    @rule(domain=domains)
    def a_message_waits_as_it_is_told(self, domain):
        wait = self.pace.domain_wait(domain, self.now)
        if wait == math.inf:
            assert any(place.domain == domain for place in self.under_way)
            return
        self.now += timedelta(seconds=max(wait, self.pace.relay_wait(self.now)))
        assert may_begin(self.pace, domain, self.now)

    @rule(
        data=st.data(),
        exchange=st.sampled_from([ACCEPTED, CLOSING, DOMAIN_BUSY, GONE, None]),
    )
    def a_message_ends(self, data, exchange):
        if self.under_way:
            place = data.draw(st.sampled_from(self.under_way))
            self.under_way.remove(place)
            self.pace.end(place, exchange, self.now)

    @rule(domain=domains)
    def a_message_is_put_off(self, domain):
        assert self.now <= self.pace.turn(domain, self.now)

    @invariant()
    def no_domain_has_more_under_way_than_allowed(self):
        counts = Counter(place.domain for place in self.under_way)
        assert all(count <= self.per_domain for count in counts.values())

    @invariant()
    def there_is_always_a_connection(self):
        assert 1 <= self.pace.connections <= self.connections

    def teardown(self):
        """In no window of a rate's length more than the rate allows."""
        if not hasattr(self, "begun"):
            return
        every = [at for at, _domain in self.begun]
        assert keeps(self.rate, every)
        for name in {domain for _at, domain in self.begun}:
            own = [at for at, domain in self.begun if domain == name]
            assert keeps(self.domain_rate, own)


def keeps(rate: Rate, instants: list[datetime]) -> bool:
    """Return whether no window, wherever it begins, has more than `rate` allows."""
    return not rate.count or all(
        later - earlier >= rate.per
        for earlier, later in zip(instants, instants[rate.count :], strict=False)
    )


TestSending = Sending.TestCase
TestSending.settings = settings(max_examples=50, stateful_step_count=30)


@given(st.integers(1, 6), st.integers(2, 12))
def test_the_relay_slows_everybody_and_recovers_to_the_settings(connections, times):
    """A 421 is about us; what follows is slower, and in the end as fast as before."""
    pace = Pace(connections, UNLIMITED, 20, UNLIMITED)
    now = send(pace, CLOSING, times, NOW)

    slower = pace.connections < connections or pace.is_spaced
    assert slower
    send(pace, ACCEPTED, 16 * (6 + connections * connections), now)
    assert connections == pace.connections
    assert not pace.is_spaced


@given(st.integers(1, 12))
def test_a_busy_domain_slows_only_itself(times):
    """The others go on as before."""
    pace = Pace(4, UNLIMITED, 2, UNLIMITED)
    now = send(pace, DOMAIN_BUSY, times, NOW)

    assert 4 == pace.connections
    assert 0.0 == pace.relay_wait(now)
    assert 0.0 == pace.domain_wait("b.example", now)
    pace.begin("b.example", now)
    assert 0.0 == pace.domain_wait("b.example", now)
    if times > 1:
        assert 0.0 < pace.domain_wait("a.example", now) <= 63.0


@given(st.integers(1, 4), st.integers(2, 12))
def test_a_busy_domain_recovers(per_domain, times):
    """Its own acceptances bring it back; those of others do not."""
    pace = Pace(4, UNLIMITED, per_domain, UNLIMITED)
    now = send(pace, DOMAIN_BUSY, times, NOW)
    pace.end(pace.begin("b.example", now), ACCEPTED, now)
    assert 0.0 < pace.domain_wait("a.example", now) or per_domain > 1

    now = send(pace, ACCEPTED, 16 * (6 + per_domain * per_domain), now)
    for _ in range(per_domain):
        assert 0.0 == pace.domain_wait("a.example", now)
        pace.begin("a.example", now)
    assert math.inf == pace.domain_wait("a.example", now)


@given(st.integers(1, 4), st.integers(1, 20))
def test_a_relay_that_ends_every_session_soon_is_used_at_full_speed(connections, count):
    """It says 421 after so many messages, and takes the next in a new session."""
    pace, now = Pace(connections, UNLIMITED, 4, UNLIMITED), NOW
    for _ in range(10):
        send(pace, ACCEPTED, count, now)
        send(pace, CLOSING, 1, now)

        assert not pace.is_spaced


def test_four_connections_that_are_closed_at_once_are_one_complaint():
    """Halved once, not to a sixteenth."""
    pace = Pace(8, UNLIMITED, 8, UNLIMITED)
    places = [pace.begin("a.example", NOW) for _ in range(4)]
    for place in places:
        pace.end(place, CLOSING, NOW)

    assert 4 == pace.connections


def test_what_was_put_back_teaches_nothing():
    """A place that was given back unused leaves the pace as it was."""
    pace = Pace(4, UNLIMITED, 1, UNLIMITED)
    pace.end(pace.begin("a.example", NOW), None, NOW)

    assert 4 == pace.connections
    assert may_begin(pace, "a.example", NOW)


@pytest.mark.parametrize("others", [1, 2, 3])
def test_the_relay_s_own_limit_is_kept_and_tried_again(others):
    """A session too many is refused: no more than there were, later one more."""
    pace = Pace(10, UNLIMITED, 10, UNLIMITED)
    pace.kept_out(others)

    assert others == pace.connections
    now = send(pace, ACCEPTED, 16 * others + 16, NOW)
    assert others + 1 == pace.connections
    assert 0.0 == pace.relay_wait(now)


@pytest.mark.parametrize(
    ("per_domain_rate", "exchange"),
    [
        pytest.param(UNLIMITED, ACCEPTED, id="usual"),
        pytest.param(Rate(1, SECOND), ACCEPTED, id="rate"),
        pytest.param(UNLIMITED, DOMAIN_BUSY, id="slowed down"),
    ],
)
def test_domains_are_forgotten(per_domain_rate, exchange):
    """Of many domains, only those are remembered that still have to wait."""
    pace, now = Pace(4, UNLIMITED, 2, per_domain_rate), NOW
    peaks = []
    for part in range(2):
        tracemalloc.start()
        for number in range(2500):
            now += timedelta(seconds=5)
            domain = f"d{part}.{number}.example"
            pace.end(pace.begin(domain, now), exchange, now)
        peaks.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()

    # What 2500 domains leave behind, of which an hour has 720; octets.
    assert max(peaks) < 1500 * 260


def test_a_domain_that_must_wait_is_never_forgotten():
    """However many there are: one a day is one a day."""
    pace = Pace(4, UNLIMITED, 2, Rate(1, timedelta(days=1)))
    names = [f"d{number}.example" for number in range(3000)]
    for name in names:
        pace.end(pace.begin(name, NOW), ACCEPTED, NOW)

    assert {86400.0} == {pace.domain_wait(name, NOW) for name in names}


@pytest.mark.parametrize("seconds", [0, MEMORY / SECOND - 1, MEMORY / SECOND])
def test_a_domain_that_was_slow_an_hour_ago_is_as_any_other(seconds):
    """Until then it has one message at a time, with a gap."""
    pace = Pace(4, UNLIMITED, 2, UNLIMITED)
    now = send(pace, DOMAIN_BUSY, 12, NOW) + timedelta(seconds=seconds)
    now += timedelta(seconds=pace.domain_wait("a.example", now))
    pace.begin("a.example", now)

    is_free = seconds == MEMORY / SECOND
    assert is_free is may_begin(pace, "a.example", now)
