"""Streaks against a model that walks through every single day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.projections.streaks.rules import (
    FREEZES,
    Standing,
    check_in,
    milestone,
    next_milestone,
    recount,
    seen_on,
    week,
)

MONDAY = date(2026, 11, 2)
HORIZON = 75


def at(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


def walked(done: set[date], off: set[date], today: date) -> tuple[int, int, int, set[date]]:
    """Streak, longest, freezes left and frozen days on the morning of `today`, one day after the other."""
    streak = longest = 0
    left = FREEZES
    frozen: set[date] = set()
    for offset in range((today - MONDAY).days + 1):
        day = at(offset)
        if day.day == 1:
            left = FREEZES
        if day == today:
            break
        if day in done:
            streak += 1
            longest = max(longest, streak)
        elif day.weekday() < 5 and day not in off and streak:
            if left:
                left -= 1
                frozen.add(day)
            else:
                streak = 0
    return streak, longest, left, frozen


_days = st.sets(st.integers(0, HORIZON).map(at))


@given(done=_days, off=_days, today=st.integers(0, HORIZON).map(at))
def test_a_streak_is_what_walking_through_the_days_gives(done: set[date], off: set[date], today: date) -> None:
    done = {day for day in done if day < today}
    standing = None
    for day in sorted(done):
        standing = check_in(standing, day, off)
    seen = seen_on(standing, today, off)
    streak, longest, left, frozen = walked(done, off, today)
    assert (seen.streak, seen.longest, seen.freezes) == (streak, longest, left)
    after = max(done, default=MONDAY)
    assert seen.frozen == {day for day in frozen if day > after}


@given(done=_days, off=_days, last=st.integers(0, HORIZON).map(at))
def test_a_late_day_counts_as_if_it_had_come_in_time(done: set[date], off: set[date], last: date) -> None:
    days: dict[date, Standing] = {}
    for day in [*sorted(done - {last}), last]:
        days[day] = Standing(day, 0, 0, 0)
        days |= recount(days, day, off)
    standing = None
    for day in sorted(done | {last}):
        standing = check_in(standing, day, off)
        assert days[day] == standing


@given(done=_days, off=_days, today=st.integers(7, HORIZON).map(at))
def test_the_week_shows_what_happened(done: set[date], off: set[date], today: date) -> None:
    done = {day for day in done if day <= today}
    monday = today - timedelta(days=today.weekday())
    before = None
    for day in sorted(day for day in done if day < monday):
        before = check_in(before, day, off)
    frozen = walked(done, off, today)[3]
    for day, state in week(before, done, today, off):
        if day in done:
            assert state == "done"
        elif day == today:
            assert state == "today"
        elif day.weekday() >= 5 or day in off:
            assert state == "off"
        elif day > today:
            assert state == "ahead"
        else:
            assert state == ("frozen" if day in frozen else "missed")


def test_a_weekend_does_not_break_and_a_third_missed_day_does() -> None:
    friday = check_in(None, date(2026, 11, 6), ())
    assert check_in(friday, date(2026, 11, 9), ()).streak == 2
    assert check_in(friday, date(2026, 11, 11), ()).streak == 2  # Monday and Tuesday are frozen
    assert check_in(friday, date(2026, 11, 12), ()).streak == 1
    assert check_in(friday, date(2026, 11, 12), {date(2026, 11, 11)}).streak == 2


@pytest.mark.parametrize(("streak", "reached", "following"), [(6, None, 7), (7, 7, 30), (365, 365, 730), (0, None, 7)])
def test_milestones(streak: int, reached: int | None, following: int) -> None:
    assert milestone(streak) == reached
    assert next_milestone(streak) == following
