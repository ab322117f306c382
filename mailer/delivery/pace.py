"""
Decide whether one more message may leave now, and to whom.

Four limits in one place: the office's rate, the sessions with the relay, and
messages under way and rate per receiving domain.  Each becomes tighter where
we are asked to slow down, and recovers after acceptances.

Who asks is decided in `mailer.delivery.throttle`, how much slower in
`mailer.delivery.lane`; a delivery that was put off comes back when
`mailer.delivery.retry` says so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from mailer.delivery.lane import Lane
from mailer.delivery.throttle import Throttler, throttler
from mailer.delivery.verdict import ACCEPTED, verdict

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.delivery.rate import Rate
    from mailer.model.smtp import Exchange

#: domains remembered before the first tidying
_TIDY_FROM = 1000


class Place(NamedTuple):
    """A message that is under way."""

    domain: str
    number: int  #: counts up as messages begin


class Pace:
    """
    How fast messages may go to one relay, and through it to each domain.

    Ask before a message, tell when it begins and when it has ended.  Keep it
    as long as the relay is the same: what it has learnt outlives a round.

    Args:
        connections: To the relay, at the most.
        rate: To the relay.
        per_domain_connections: How many messages may be under way to a domain.
        per_domain_rate: To each domain.

    Domains are in lower case; `now` is aware.  It remembers only domains that
    have a message under way, whose rate makes the next one wait, or which
    complained within `lane.MEMORY`.
    """

    def __init__(
        self,
        connections: int,
        rate: Rate,
        per_domain_connections: int,
        per_domain_rate: Rate,
    ) -> None:
        self.most_connections = connections  #: when nobody complains
        self.rate = rate
        self._relay = Lane(connections, rate.interval)
        self._per_domain = per_domain_connections
        self._domain_interval = per_domain_rate.interval
        self._begun = 0
        self._under_way: dict[str, int] = {}
        self._lanes: dict[str, Lane] = {}  #: of the domains that need one
        self._tidy_at = _TIDY_FROM

    @property
    def connections(self) -> int:
        """Return how many sessions may be used at present, at least 1."""
        return self._relay.at_once

    @property
    def is_spaced(self) -> bool:
        """Return whether there is a gap between any two messages at present."""
        return bool(self._relay.gap)

    def relay_wait(self, now: datetime) -> float:
        """Return the seconds until any message may begin, 0.0 if one may now."""
        return self._relay.wait(now)

    def domain_wait(self, domain: str, now: datetime) -> float:
        """
        Return the seconds until a message to `domain` may begin, 0.0 for now.

        Infinite if one that is under way to it must end before.
        """
        lane = self._lanes.get(domain)
        at_once = self._per_domain if lane is None else lane.at_once
        if self._under_way.get(domain, 0) >= at_once:
            return math.inf
        return 0.0 if lane is None else lane.wait(now)

    def begin(self, domain: str, now: datetime) -> Place:
        """Take a place for a message that may begin; give it back with `end`."""
        self._begun += 1
        self._under_way[domain] = self._under_way.get(domain, 0) + 1
        self._relay.begin(now)
        if self._domain_interval:
            self._lane(domain, now).begin(now)
        elif domain in self._lanes:
            self._lanes[domain].begin(now)
        return Place(domain, self._begun)

    def end(self, place: Place, exchange: Exchange | None, now: datetime) -> None:
        """
        Give the place back, and learn from how the message ended.

        Args:
            place: From `begin`.
            exchange: `None` if nothing was learnt: it was put back.
            now: Aware.
        """
        domain, number = place
        left = self._under_way[domain] - 1
        if left:
            self._under_way[domain] = left
        else:
            del self._under_way[domain]
        if exchange is None:
            return
        if verdict(exchange) is ACCEPTED:
            self._recover(domain)
            return
        match throttler(exchange):
            case Throttler.RELAY:
                self._relay.slow_down(number, self._begun, now)
            case Throttler.DOMAIN:
                self._lane(domain, now).slow_down(number, self._begun, now)
            case None:
                pass

    def kept_out(self, others: int) -> None:
        """Learn that the relay refused one more session beside `others`."""
        self._relay.narrow_to(others)

    def turn(self, domain: str, now: datetime) -> datetime:
        """
        Return when to come back with a message whose domain must wait.

        Each that asks gets a later turn, so that they do not all come at once.
        """
        return self._lane(domain, now).turn(now)

    def _recover(self, domain: str) -> None:
        if not self._relay.is_calm:
            self._relay.recover()
        lane = self._lanes.get(domain)
        if lane is not None and not lane.is_calm:
            lane.recover()

    def _lane(self, domain: str, now: datetime) -> Lane:
        """Return the domain's lane; make it, and tidy up, if there is none."""
        lane = self._lanes.get(domain)
        if lane is None:
            if len(self._lanes) >= self._tidy_at:
                self._tidy(now)
            lane = self._lanes[domain] = Lane(self._per_domain, self._domain_interval)
        return lane

    def _tidy(self, now: datetime) -> None:
        """Forget what may be forgotten: seldom enough to cost nothing on average."""
        self._lanes = {
            domain: lane
            for domain, lane in self._lanes.items()
            if not lane.is_forgettable(now)
        }
        self._tidy_at = max(_TIDY_FROM, 2 * len(self._lanes))
