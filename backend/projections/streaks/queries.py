"""A person's streak and week, as they are on the day on which they are read."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.kit import clock, db
from backend.projections.streaks.rules import Seen, Standing, State, next_milestone, seen_on, week
from backend.projections.streaks.service import days_off

_LAST = "select day, streak, longest, used from streak where employee = $1 and day < $2 order by day desc limit 1"
_DONE = "select day, streak, longest, used from streak where employee = $1 and day between $2 and $3 order by day"


class Streak(msgspec.Struct, frozen=True):
    """A streak as seen on a day; `done`: checked in on it. `week` is Monday to Sunday, `freezes` left this month."""

    day: date
    done: bool
    streak: int
    longest: int
    freezes: int
    next_milestone: int
    week: list[tuple[date, State]]


async def streak_on(employee: UUID, org: UUID, today: date) -> Streak:
    """The streak of an employee on a local day."""
    monday = today - timedelta(days=today.weekday())
    off = {each.day for each in await days_off([org]) if each.known(org, clock.now())}
    row = await db.fetchrow(_LAST, employee, monday)
    before = Standing(**row) if row else None
    done = {row["day"]: Standing(**row) for row in await db.fetch(_DONE, employee, monday, today)}
    last = done[max(done)] if done else before
    seen = _as_it_stands(last) if last and last.day == today else seen_on(last, today, off)
    return Streak(
        day=today,
        done=today in done,
        streak=seen.streak,
        longest=seen.longest,
        freezes=seen.freezes,
        next_milestone=next_milestone(seen.streak),
        week=week(before, done.keys(), today, off),
    )


def _as_it_stands(standing: Standing) -> Seen:
    return seen_on(standing, standing.day, ())
