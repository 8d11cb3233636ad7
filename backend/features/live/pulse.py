"""The room's passing figures, how many are there and how many hearts, at most once a second per room."""

import asyncio
import contextvars
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from uuid import UUID

from backend.features.live import queries, rooms
from backend.kit.commit import LOSSES

log = logging.getLogger("wake.live")

PERIOD_SECONDS = 1.0

_hearts: Counter[UUID] = Counter()
_due: dict[tuple[str, UUID], asyncio.Task[None]] = {}


def reacted(session: UUID) -> None:
    """One more heart, told with the others of this second."""
    _hearts[session] += 1
    _soon("reactions", session, _tell_reactions)


def viewers_changed(session: UUID) -> None:
    """Count the viewers anew and tell, once a second however many come and go."""
    _soon("viewers", session, _tell_viewers)


async def stop() -> None:
    """Drop what is still to be told."""
    tasks = list(_due.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    _hearts.clear()
    _due.clear()


def _soon(kind: str, session: UUID, tell: Callable[[UUID], Awaitable[None]]) -> None:
    if (kind, session) not in _due:
        # An empty context: the task belongs to no caller and inherits no transaction.
        _due[kind, session] = asyncio.create_task(_later(kind, session, tell), context=contextvars.Context())


async def _later(kind: str, session: UUID, tell: Callable[[UUID], Awaitable[None]]) -> None:
    await asyncio.sleep(PERIOD_SECONDS)
    del _due[kind, session]
    try:
        await tell(session)
    except LOSSES as fault:
        log.warning("%s of %s not told: %r", kind, session, fault)


async def _tell_reactions(session: UUID) -> None:
    await rooms.mention(session, "reactions", {"count": _hearts.pop(session, 0)})


async def _tell_viewers(session: UUID) -> None:
    audience = await queries.audience(session)
    await rooms.mention(session, "viewers", {"count": audience.there, "notReceiving": audience.silent})
