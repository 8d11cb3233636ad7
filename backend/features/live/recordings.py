"""What was recorded: announced by the relay, kept by a job (`backend.features.replays`), then there to be watched."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from backend.features.live import rooms, sessions
from backend.features.live.media import HOST_SEAT
from backend.features.live.messages import Recorded, instant
from backend.features.live.schemas import ChatMessage
from backend.features.live.sessions import Session
from backend.kit import clock, db, jobs

KEEP = "keep-recording"

_READ = msgspec.json.Decoder(Recorded).decode


class Keeping(Struct, frozen=True):
    """The payload of the job that keeps a recording. A seat has several parts, counted from 1, when a relay died in
    mid-share: it keeps what it has, and another recorded the rest."""

    session: UUID
    seat: str
    part: int = 1


class Announced(Struct, frozen=True):
    """What a relay told of a part, and whether we have it."""

    told: Recorded
    part: int
    kept: bool


class Recording(Struct, frozen=True):
    """A recording that can be watched; position + `started_at` is the instant it shows. It is not `whole` when a relay
    says so, or when there is another part."""

    started_at: datetime
    duration_ms: int
    video: UUID
    poster: UUID | None
    thumbnails: UUID | None
    told: Recorded
    whole: bool


class Moment(Struct, frozen=True):
    """Something the host held up for everybody, and when."""

    at: datetime
    text: str


async def announce(message: Recorded) -> None:
    """A recording waits at the relay. Again: nothing happens."""
    async with db.transaction():
        await sessions.locked(message.room)
        sql = "select started_at from live_recording where session = $1 and seat = $2"
        known = [row["started_at"] for row in await db.fetch(sql, message.room, message.seat)]
        if instant(message.started_at) in known:
            return
        part = len(known) + 1
        await db.execute(
            """insert into live_recording (session, seat, part, told, started_at, duration_ms, announced_at)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            message.room, message.seat, part, msgspec.json.encode(message).decode(), instant(message.started_at),
            message.duration_ms, clock.now(),
        )  # fmt: skip
        await _enqueue(Keeping(message.room, message.seat, part))


async def remind(older: timedelta) -> None:
    """Let recordings that have waited so long be kept after all: their jobs have given up."""
    async with db.transaction():
        sql = "select session, seat, part from live_recording where kept_at is null and announced_at < $1"
        for row in await db.fetch(sql, clock.now() - older):
            await _enqueue(Keeping(row["session"], row["seat"], row["part"]))


async def announced(one: Keeping) -> Announced | None:
    """What a relay told of it, if any did."""
    sql = "select told, kept_at from live_recording where session = $1 and seat = $2 and part = $3"
    row = await db.fetchrow(sql, one.session, one.seat, one.part)
    return Announced(_READ(row["told"]), one.part, row["kept_at"] is not None) if row else None


async def kept(session: Session, one: Keeping, files: dict[str, UUID], lesson: UUID | None) -> None:
    """From now on it can be watched; `files` by their names in the table."""
    async with db.transaction():
        await db.execute(
            """update live_recording set video = $4, poster = $5, thumbnails = $6, lesson = $7, kept_at = $8
               where session = $1 and seat = $2 and part = $3 and kept_at is null""",
            session.id, one.seat, one.part, files["video"], files.get("poster"), files.get("thumbnails"), lesson,
            clock.now(),
        )  # fmt: skip
        rooms.hint(session.unit, session.host)


async def of(session: UUID) -> Recording | None:
    """The first part of the host's recording, if it can be watched."""
    sql = """select *, (select count(*) from live_recording p where p.session = r.session and p.seat = r.seat) as parts
             from live_recording r where session = $1 and seat = $2 and part = 1 and kept_at is not null"""
    row = await db.fetchrow(sql, session, HOST_SEAT)
    if row is None:
        return None
    told = _READ(row["told"])
    return Recording(
        row["started_at"], row["duration_ms"], row["video"], row["poster"], row["thumbnails"], told,
        whole=told.complete and row["parts"] == 1,
    )  # fmt: skip


async def moments(session: UUID) -> list[Moment]:
    """The messages that were pinned, oldest first; those deleted since are none."""
    sql = """select p.at, m.data from room_event p
             join room_event m on m.session = p.session and m.message = (p.data ->> 'id')::uuid
             where p.session = $1 and p.type = 'pinned' and m.data ->> 'text' <> '' order by p.seq"""
    rows = await db.fetch(sql, session)
    return [Moment(row["at"], msgspec.json.decode(row["data"], type=ChatMessage).text) for row in rows]


async def _enqueue(one: Keeping) -> None:
    await jobs.enqueue(KEEP, one, dedupe_key=f"{KEEP}:{one.session}:{one.seat}:{one.part}")
