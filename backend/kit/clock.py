"""The only clock of the backend. Every instant is an aware UTC datetime."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_travelled: datetime | None = None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAR = datetime(2200, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present instant, or the one travelled to."""
    return _travelled or datetime.now(UTC)


def milliseconds() -> int:
    """`now()` as whole milliseconds since the Unix epoch."""
    if _travelled is None:
        return time.time_ns() // 1_000_000
    return (_travelled - _EPOCH) // timedelta(milliseconds=1)


def claimed(instant: datetime) -> datetime:
    """An instant (aware) that a client claims, in UTC, from 1970 to 2200: no zone can push it off the calendar."""
    return min(max(instant, _EPOCH), _FAR).astimezone(UTC)


@contextmanager
def travel(instant: datetime) -> Iterator[None]:
    """Stop the process's clock at `instant` (aware) for as long as the block lasts.

    For tests and for the demo company's history. It holds for the whole process, not for one
    task, because background tasks such as the group commit have to agree with their callers.
    """
    global _travelled
    before, _travelled = _travelled, instant.astimezone(UTC)
    try:
        yield
    finally:
        _travelled = before
