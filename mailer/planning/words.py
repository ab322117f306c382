"""
Say days, moments and counts in the reasons of a plan.

English, whatever locale the machine has; `strftime` would ask the locale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from mailer.model.campaign import Step

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def short_day(day: date) -> str:
    """Return "1 May"."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def full_day(day: date) -> str:
    """Return "Fri 3 May 2019"."""
    return f"{WEEKDAYS[day.weekday()]} {short_day(day)} {day.year}"


def moment(local: datetime) -> str:
    """Return "Fri 3 May 2019, 09:00"."""
    return f"{full_day(local)}, {local:%H:%M}"


def counted(number: int, noun: str) -> str:
    """Return "1 day" or "2 days"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(parts: Sequence[str], word: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *first, last = parts
    return f"{', '.join(first)} {word} {last}" if first else last


def for_whom(step: Step) -> str:
    """Return "for those whose answer is OBA or KAKOVOST", of a step for answers."""
    answers = listed(step.categories, "or") if step.categories else f'"{step.to}"'
    return f"for those whose answer is {answers}"
