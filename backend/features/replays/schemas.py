"""What the replay routes accept and answer. Positions are milliseconds from the beginning of the recording."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from backend.kit.wire import Instant, Wire
from backend.people.schemas import Person

Position = Annotated[int, Meta(ge=0, le=86_400_000)]


class Chapter(Wire):
    at_ms: int
    title: str


class Missed(Wire):
    """A part that I was not there for, live or later."""

    from_ms: int
    to_ms: int


class ThumbnailSheet(Wire):
    """One picture of `count` small ones in rows of `columns`; the n-th is of `n · everyMs`."""

    url: str
    count: int
    columns: int
    every_ms: int


class Replay(Wire):
    """A live session's recording. `started_at` plus a position is the instant it shows."""

    session: UUID
    title: str
    host: Person
    hosting: bool
    started_at: datetime
    duration_ms: int
    complete: bool
    video: str
    poster: str | None
    thumbnails: ThumbnailSheet | None
    chapters: list[Chapter]
    missed: list[Missed]
    on_air_ms: int
    credited_ms: int


class Watched(Wire):
    """I watched `[fromMs, toMs)` in at least as much real time, until `occurredAt`. `id` minted by the phone.

    `stopped`: nothing follows for now, so what it fills is credited at once.
    """

    id: UUID
    from_ms: Position
    to_ms: Position
    occurred_at: Instant
    stopped: bool = False
