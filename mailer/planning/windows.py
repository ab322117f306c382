"""
Decide on which days and at which hours mail may leave.

A working day is Monday to Friday, no Slovenian holiday (Zakon o praznikih in
dela prostih dnevih v Republiki Sloveniji) and no day on which the office is
closed.
Rules are kept as wall-clock times and become instants in UTC here, late, so
that 9:00 stays 9:00 on both sides of a clock change.
Which step goes when is decided in `mailer.planning.schedule`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.campaign import Campaign, SendingWindow

ONE_DAY = timedelta(days=1)
WEEKEND = {5: "sobota", 6: "nedelja"}
OFFICE_CLOSED = "urad zaprt"


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days and hours of one office."""

    window: SendingWindow
    zone: ZoneInfo

    @classmethod
    def of(cls, campaign: Campaign) -> WorkCalendar:
        """Return the calendar of the office whose campaign this is."""
        return cls(campaign.window, ZoneInfo(campaign.timezone))

    def why_closed(self, day: date) -> str:
        """Return why no mail leaves on `day`, in Slovenian; "" on a working day."""
        holiday = _holidays(day.year).get(day, "")
        if holiday:
            return holiday
        if day in self.window.closed_days:
            return OFFICE_CLOSED
        return WEEKEND.get(day.weekday(), "")

    def is_working_day(self, day: date) -> bool:
        """Return whether mail may leave on `day`."""
        return not self.why_closed(day)

    def add_working_days(self, day: date, n: int) -> date:
        """
        Return the working day that is `n` working days after (before) `day`.

        `day` itself need not be one and is not counted: one working day before
        a Sunday is the Friday.  0 gives `day` back as it is.
        """
        step = ONE_DAY if n > 0 else -ONE_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def instant(self, local: datetime) -> datetime:
        """
        Return the instant in UTC at which the office's clocks show `local`.

        An hour that the spring change leaves out becomes the one after it
        (02:30 → 03:30); of an hour that the autumn change repeats, the first
        is meant.  Both follow from `fold=0` (PEP 495).
        """
        return local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def local(self, instant: datetime) -> datetime:
        """Return what the office's clocks show at `instant`; aware."""
        return instant.astimezone(self.zone)

    def opening(self, day: date) -> datetime:
        """Return the instant at which the window opens on `day`, a working day."""
        return self.instant(datetime.combine(day, self.window.opens))

    def end_of(self, day: date) -> datetime:
        """Return the instant at which `day` is over: the first that is not in it."""
        return self.instant(datetime.combine(day + ONE_DAY, time.min))

    def next_opening(self, instant: datetime) -> datetime:
        """Return `instant` if mail may leave then, else when it next may; in UTC."""
        day = self.local(instant).date()
        if self.is_working_day(day):
            # Instants are compared: wall-clock times run twice through one hour.
            opens = self.opening(day)
            if instant < opens:
                return opens
            if instant < self.instant(datetime.combine(day, self.window.closes)):
                return instant.astimezone(UTC)
        return self.opening(self.add_working_days(day, 1))

    def free_again(self, left: datetime, working_days: int) -> datetime:
        """Return when a message may follow one that left at `left`; UTC."""
        if not working_days:
            return left
        return self.opening(
            self.add_working_days(self.local(left).date(), working_days)
        )

    def clock_change(self, local: datetime) -> str:
        """Return what a clock change makes of the naive `local`; "" if nothing."""
        first = self.instant(local)
        shown = self.local(first)
        if shown.replace(tzinfo=None, fold=0) != local.replace(fold=0):
            return f"the clocks skip {local:%H:%M}: {shown:%H:%M} is meant"
        second = local.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        if second != first:
            return f"the clocks show {local:%H:%M} twice: the first is meant"
        return ""


@cache
def _holidays(year: int) -> Mapping[date, str]:
    """Return the work-free holidays of `year` by date; the law, not the clock."""
    # The package loads every country of the world, for half a second: only the
    # commands that plan shall wait for it.
    import holidays  # noqa: PLC0415

    return dict(holidays.country_holidays("SI", years=year, language="sl").items())
