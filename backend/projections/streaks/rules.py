"""Streaks: days checked in, one after the other, with two freezes a month for missed working days. Pure.

Weekends and days off neither break a streak nor cost a freeze; checking in on one counts. A freeze is
used by itself on a missed working day while a streak lives; without one the streak ends.
"""

from collections.abc import Container, Iterator, Sequence, Set
from datetime import date, timedelta
from typing import Literal

import msgspec

FREEZES = 2
MILESTONES = (7, 30, 100, 365)
_SATURDAY = 5

State = Literal["done", "missed", "frozen", "off", "today", "ahead"]


class Standing(msgspec.Struct, frozen=True, gc=False):
    """A streak at the end of `day`, on which the employee checked in last; `used` freezes of that day's month."""

    day: date
    streak: int
    longest: int
    used: int


class Seen(msgspec.Struct, frozen=True):
    """A streak as it is read on a later day: it may have been frozen since, or have ended (0)."""

    streak: int
    longest: int
    freezes: int
    frozen: frozenset[date]


NEVER = Seen(streak=0, longest=0, freezes=FREEZES, frozen=frozenset())


def is_off(day: date, days_off: Container[date]) -> bool:
    """Whether nobody is expected to check in."""
    return day.weekday() >= _SATURDAY or day in days_off


def seen_on(standing: Standing | None, today: date, days_off: Container[date]) -> Seen:
    """The streak before anything happened on `today`, which is not over and cannot be missed yet."""
    if standing is None:
        return NEVER
    streak, used, frozen, month = standing.streak, standing.used, set[date](), _month(standing.day)
    for day in _between(standing.day, today):
        if not streak:
            break
        used, month = used if _month(day) == month else 0, _month(day)
        if is_off(day, days_off):
            continue
        if used < FREEZES:
            used += 1
            frozen.add(day)
        else:
            streak = 0
    used = used if _month(today) == month else 0
    return Seen(streak=streak, longest=standing.longest, freezes=FREEZES - used, frozen=frozenset(frozen))


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _between(first: date, last: date) -> Iterator[date]:
    """The days after `first` and before `last`."""
    return (first + timedelta(days=n) for n in range(1, (last - first).days))


def check_in(standing: Standing | None, day: date, days_off: Container[date]) -> Standing:
    """The streak after checking in on a day after the last one."""
    before = seen_on(standing, day, days_off)
    streak = before.streak + 1
    return Standing(day=day, streak=streak, longest=max(streak, before.longest), used=FREEZES - before.freezes)


def recount(days: dict[date, Standing], since: date, days_off: Container[date]) -> dict[date, Standing]:
    """Standings that change when `since` was added to the days checked in, or taken out (then it is not among them)."""
    standing = max((each for each in days.values() if each.day < since), key=lambda each: each.day, default=None)
    changed: dict[date, Standing] = {}
    for day in sorted(day for day in days if day >= since):
        standing = check_in(standing, day, days_off)
        changed[day] = standing
    return changed


def milestone(streak: int) -> int | None:
    """The milestone that is reached with exactly this streak."""
    return streak if streak in MILESTONES else None


def next_milestone(streak: int) -> int:
    """The next one to reach; after the last, every further year's worth of days."""
    last = MILESTONES[-1]
    return next((each for each in MILESTONES if each > streak), (streak // last + 1) * last)


def week(before: Standing | None, done: Set[date], today: date, days_off: Container[date]) -> list[tuple[date, State]]:
    """Monday to Sunday of `today`'s week. `before` is the last check-in before Monday, `done` the days checked in."""
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    frozen = _frozen(before, sorted(day for day in done if day in days), today, days_off)
    return [(day, _state(day, today, done, frozen, days_off)) for day in days]


def _frozen(before: Standing | None, done: Sequence[date], today: date, days_off: Container[date]) -> set[date]:
    frozen = set[date]()
    standing = before
    for day in done:
        frozen |= seen_on(standing, day, days_off).frozen
        standing = check_in(standing, day, days_off)
    return frozen | seen_on(standing, today, days_off).frozen


def _state(day: date, today: date, done: Set[date], frozen: Set[date], days_off: Container[date]) -> State:
    if day in done:
        return "done"
    if day == today:
        return "today"
    if is_off(day, days_off):
        return "off"
    if day > today:
        return "ahead"
    return "frozen" if day in frozen else "missed"
