"""The shape of a projection: what the log means, kept in tables that can be thrown away and rebuilt."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from backend.traces.statement import Trace


class Notice(msgspec.Struct, frozen=True):
    """What a projection has to say about a trace, such as points that were credited."""


Told = list[tuple[UUID, Notice]]


class Projection(NamedTuple):
    """`tables` are its own and nobody else's; a rebuild empties them.

    `project` takes traces in the order of the log, with a few SQL statements for however many, and tells what
    followed, by statement id. `recall` tells the same again for traces that were projected before.
    """

    name: str
    tables: tuple[str, ...]
    project: Callable[[Sequence[Trace]], Awaitable[Told]]
    recall: Callable[[Sequence[Trace]], Awaitable[Told]]


async def nothing(_: Sequence[Trace]) -> Told:
    """For projections that have nothing to tell."""
    return []
