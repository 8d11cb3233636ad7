"""For which local day a check-in counts, and whether an answer to the question was right. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PATIENCE = timedelta(hours=36)
"""How long after the tap an offline check-in may arrive and still count for its own day."""
SKEW = timedelta(minutes=5)
"""How far ahead a phone's clock may be before its time is not believed."""


def day_of(claimed: datetime, arrived: datetime, contact: datetime | None, zone: ZoneInfo) -> date:
    """The local day for which a check-in counts that was claimed at `claimed` and reached us at `arrived`.

    `contact` is the server's time when the app last heard from it; None proves nothing. A claim that
    cannot be believed counts for the day of its arrival, as does one from a clock that runs a little fast.
    """
    instant = min(claimed, arrived) if believable(claimed, arrived, contact) else arrived
    return local_day(instant, zone)


def believable(claimed: datetime, arrived: datetime, contact: datetime | None) -> bool:
    """A claim needs a proven last contact before it, and must be neither stale nor from the future."""
    return contact is not None and contact <= claimed <= arrived + SKEW and arrived - claimed <= PATIENCE


def is_late(claimed: datetime, arrived: datetime, day: date, zone: ZoneInfo) -> bool:
    """Whether the day that counts is not the one that was claimed; a little fast clock claims nothing."""
    return not arrived < claimed <= arrived + SKEW and local_day(claimed, zone) != day


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def answered_right(right: int | None, choice: int | None) -> bool | None:
    """Whether a quiz was answered right; None when there was no quiz or no answer."""
    return None if right is None or choice is None else choice == right


def is_clear(kind: str, choices: Sequence[str], right: int | None) -> bool:
    """Whether a quiz has choices and a right one among them, and another question neither."""
    if kind != "quiz":
        return not choices and right is None
    return len(choices) > 1 and right is not None and right < len(choices)
