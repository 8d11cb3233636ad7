"""What was recorded: announced by the relay, kept by a job (`backend.features.replays`), then there to be watched."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from backend.features.live import rooms
from backend.features.live.media import HOST_SEAT
from backend.features.live.messages import Recorded, instant
from backend.features.live.schemas import ChatMessage
from backend.features.live.sessions import Session
from backend.kit import clock, db, jobs

KEEP = "keep-recording"

_READ = msgspec.json.Decoder(Recorded).decode


class Keeping(Struct, frozen=True):
    """The payload of the job that keeps a recording. `seat` as in the table: later parts of one are `SEAT-2` and on."""

    session: UUID
    seat: str


class Announced(Struct, frozen=True):
    """A recording that a relay has told of. `part` counts those of its seat from 1: a relay that dies in mid-share
    keeps what it has, and another records the rest."""

    told: Recorded
    part: int
    kept: bool


class Recording(Struct, frozen=True):
    """A recording that can be watched; position + `started_at` is the instant it shows."""

    started_at: datetime
    duration_ms: int
    video: UUID
    poster: UUID | None
    thumbnails: UUID | None
    told: Recorded


class Moment(Struct, frozen=True):
    """Something the host held up for everybody, and when."""

    at: datetime
    text: str


async def announce(message: Recorded) -> None:
    """A recording waits at the relay. Again: nothing happens."""
    async with db.transaction():
        await db.execute("select 1 from live_session where id = $1 for update", message.room)
        sql = "select started_at from live_recording where session = $1 and (seat = $2 or seat like $2 || '-%')"
        known = [row["started_at"] for row in await db.fetch(sql, message.room, message.seat)]
        if instant(message.started_at) in known:
            return
        part = f"{message.seat}-{len(known) + 1}" if known else message.seat
        await db.execute(
            """insert into live_recording (session, seat, told, started_at, duration_ms, announced_at)
               values ($1, $2, $3, $4, $5, $6)""",
            message.room, part, msgspec.json.encode(message).decode(), instant(message.started_at),
            message.duration_ms, clock.now(),
        )  # fmt: skip
        await _enqueue(message.room, part)


async def remind(older: timedelta) -> None:
    """Let recordings that have waited so long be kept after all: their jobs have given up."""
    async with db.transaction():
        sql = "select session, seat from live_recording where kept_at is null and announced_at < $1"
        for row in await db.fetch(sql, clock.now() - older):
            await _enqueue(row["session"], row["seat"])


async def announced(session: UUID, seat: str) -> Announced | None:
    """What a relay told of a recording, if any did."""
    row = await db.fetchrow("select told, kept_at from live_recording where session = $1 and seat = $2", session, seat)
    if row is None:
        return None
    told = _READ(row["told"])
    return Announced(told, int(seat.removeprefix(told.seat).removeprefix("-") or 1), row["kept_at"] is not None)


async def kept(session: Session, seat: str, files: dict[str, UUID], lesson: UUID | None) -> None:
    """From now on it can be watched; `files` by their names in the table."""
    async with db.transaction():
        await db.execute(
            """update live_recording set video = $3, poster = $4, thumbnails = $5, lesson = $6, kept_at = $7
               where session = $1 and seat = $2 and kept_at is null""",
            session.id, seat, files["video"], files.get("poster"), files.get("thumbnails"), lesson, clock.now(),
        )  # fmt: skip
        rooms.hint(session.unit, session.host)


async def of(session: UUID) -> Recording | None:
    """The host's recording, if it can be watched."""
    sql = "select * from live_recording where session = $1 and seat = $2 and kept_at is not null"
    row = await db.fetchrow(sql, session, HOST_SEAT)
    if row is None:
        return None
    return Recording(
        row["started_at"], row["duration_ms"], row["video"], row["poster"], row["thumbnails"], _READ(row["told"])
    )


async def moments(session: UUID) -> list[Moment]:
    """The messages that were pinned, oldest first; those deleted since are none."""
    sql = """select p.at, m.data from room_event p
             join room_event m on m.session = p.session and m.message = (p.data ->> 'id')::uuid
             where p.session = $1 and p.type = 'pinned' and m.data ->> 'text' <> '' order by p.seq"""
    rows = await db.fetch(sql, session)
    return [Moment(row["at"], msgspec.json.decode(row["data"], type=ChatMessage).text) for row in rows]


async def _enqueue(session: UUID, seat: str) -> None:
    await jobs.enqueue(KEEP, Keeping(session, seat), dedupe_key=f"{KEEP}:{session}:{seat}")
