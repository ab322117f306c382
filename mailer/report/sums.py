"""
Show that a report's numbers add up, or say which do not.

The sums are data: the report prints them (`sums`), and `reconcile` checks them
and everything else that must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.report.tally import StepTally, Tally


@dataclass(frozen=True, slots=True)
class Sum:
    """A total and what it should consist of."""

    name: str
    total: int
    parts: tuple[tuple[str, int], ...]

    @property
    def holds(self) -> bool:
        """Return whether the parts make the total."""
        return self.total == sum(count for _, count in self.parts)

    def __str__(self) -> str:
        """Return "212 listed = 205 accepted + 7 bounced"."""
        parts = " + ".join(f"{count} {name}" for name, count in self.parts if count)
        sign = "=" if self.holds else "≠"
        return f"{self.total} {self.name} {sign} {parts or 0}"


def sums(tally: Tally) -> tuple[Sum, ...]:
    """Return every sum that must hold in a report."""
    found = [
        Sum("listed", tally.listed, _counts(tally.opening)),
        Sum("organisations", tally.answers.organisations, tally.answers.parts),
        Sum("answered", tally.answers.answered, tuple(tally.kinds.items())),
        Sum(
            "answered, by way",
            tally.answers.answered,
            tuple((source.value, count) for source, count in tally.sources.items()),
        ),
    ]
    if tally.categories:
        parts = tuple(
            (one.name or one.label, one.organisations) for one in tally.categories
        )
        found.append(Sum("answered, by category", tally.answers.answered, parts))
    return tuple(found)


def reconcile(tally: Tally) -> tuple[str, ...]:
    """
    Return what does not add up, for a person; nothing is good.

    Something here is our own bug or a damaged database, and a reason not to
    hand the report on.
    """
    regions = tally.regions
    inner = [
        Sum(f"organisations in {name or 'no region'}", one.organisations, one.parts)
        for name, one in regions.items()
    ]
    for what in ("organisations", "answered", "asking", "silent"):
        total = getattr(tally.answers, what)
        parts = tuple((name, getattr(one, what)) for name, one in regions.items())
        inner.append(Sum(f"{what} by region", total, parts))
    inner.append(
        Sum("silent", tally.answers.silent, (("in the list", len(tally.silent)),))
    )
    wrong = [str(one) for one in (*sums(tally), *inner) if not one.holds]
    wrong += [
        f'step "{step.name}": {step.total} deliveries for {tally.listed} listed'
        for step in tally.steps
        if step.total > tally.listed
    ]
    return tuple(wrong)


def _counts(step: StepTally) -> tuple[tuple[str, int], ...]:
    return tuple((place.value, count) for place, count in step.counts.items())
