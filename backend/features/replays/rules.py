"""What may be credited for watching a recording, and where its chapters are. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

LONGEST_MS = 300_000
"""What one report may tell of."""
FIRST_MS = 30_000
MOST_MS = 600_000
"""Real time that may be reported late: a phone in a tunnel, a server that was away."""
ROUNDING_MS = 1_000
EDGE_MS = 5_000
"""Before its first packet and after its last one nothing can be watched; only what was on air counts anyway."""
_TITLE = 80


class Allowance(Struct, frozen=True):
    """How much watching a person may report at an instant: it grows as time does, up to a bound."""

    at: datetime
    ms: int


def spent(allowance: Allowance | None, now: datetime, ms: int) -> Allowance | None:
    """The allowance after `ms` of watching were reported; None when so much time has not passed.

    Whoever watches in two tabs or at double speed has one life: over any time no more is credited than has passed
    (and `FIRST_MS`, for what was watched before the first report).
    """
    have = FIRST_MS
    if allowance is not None:
        have = min(allowance.ms + max((now - allowance.at) // timedelta(milliseconds=1), 0), MOST_MS)
    return Allowance(now, have - ms) if ms <= have else None


def inside(from_ms: int, to_ms: int, duration_ms: int) -> bool:
    """Whether these are positions of the recording, in order, and not more of it than one report may tell of."""
    return 0 <= from_ms < to_ms <= duration_ms + ROUNDING_MS and to_ms - from_ms <= LONGEST_MS


def extent(from_ms: int, to_ms: int, duration_ms: int) -> tuple[int, int]:
    """What watching a part proves, in ms from the beginning: at its ends a recording lacks moments that were on air.

    Players tell of their first and last moment a little late and a little early.
    """
    start = -EDGE_MS if from_ms <= ROUNDING_MS else from_ms
    return start, duration_ms + EDGE_MS if to_ms >= duration_ms - ROUNDING_MS else to_ms


class Mark(Struct, frozen=True):
    """A place in a recording."""

    at_ms: int
    title: str


def chapters(moments: Iterable[tuple[datetime, str]], started_at: datetime, duration_ms: int) -> list[Mark]:
    """The moments that lie in the recording, oldest first; what was held up twice is where it was first."""
    marks: dict[str, Mark] = {}
    for at, text in moments:
        position = (at - started_at) // timedelta(milliseconds=1)
        title = " ".join(text.split())[:_TITLE]
        if 0 <= position < duration_ms:
            marks.setdefault(title, Mark(position, title))
    return sorted(marks.values(), key=lambda mark: mark.at_ms)
