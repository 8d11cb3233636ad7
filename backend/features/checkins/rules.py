"""For which local day a check-in counts, and whether an answer to the question was right. Pure."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

PATIENCE = timedelta(hours=36)
"""How long after the tap an offline check-in may arrive and still count for its own day."""
SKEW = timedelta(minutes=5)
"""How far ahead a phone's clock may be before its time is not believed."""


class Verdict(Struct, frozen=True):
    """`at` is the instant (UTC) that counts, `day` its local day; `late`: not the day that was claimed."""

    at: datetime
    day: date
    late: bool


def verdict(claimed: datetime, arrived: datetime, contact: datetime | None, zone: ZoneInfo) -> Verdict:
    """Decide the instant and local day of a check-in claimed at `claimed` that reached us at `arrived`.

    `contact` is the server's time when the app last heard from it; None proves nothing. A claim that
    cannot be believed counts for its arrival; that costs the employee something (`late`) only when it
    moves the day.
    """
    today = arrived.astimezone(zone).date()
    if believable(claimed, arrived, contact):
        at = min(claimed, arrived)
        return Verdict(at, at.astimezone(zone).date(), late=False)
    if arrived < claimed <= arrived + SKEW:
        return Verdict(arrived, today, late=False)
    return Verdict(arrived, today, late=claimed_day(claimed, zone) != today)


def believable(claimed: datetime, arrived: datetime, contact: datetime | None) -> bool:
    """A claim needs a proven last contact before it, and must not be stale or from the future."""
    return contact is not None and contact <= claimed <= arrived + SKEW and arrived - claimed <= PATIENCE


def claimed_day(claimed: datetime, zone: ZoneInfo) -> date | None:
    """The local day of a claim; None for instants at the ends of time that have none in `zone`."""
    try:
        return claimed.astimezone(zone).date()
    except OverflowError:
        return None


def answered_right(right: int | None, choice: int | None) -> bool | None:
    """Whether a quiz was answered right; None when there was no quiz or no answer."""
    return None if right is None or choice is None else choice == right
