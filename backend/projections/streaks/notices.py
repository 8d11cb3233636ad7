"""What the streaks projection tells."""

from datetime import date
from uuid import UUID

from backend.traces.projection import Notice


class StreakGrown(Notice, frozen=True):
    """A day was checked in: the streak with it, the longest ever, freezes left in its month, a milestone or None."""

    employee: UUID
    day: date
    streak: int
    longest: int
    freezes: int
    milestone: int | None
