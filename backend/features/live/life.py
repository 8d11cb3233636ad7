"""The steps of a live session's life. Each takes the locked row and runs in the caller's transaction."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from backend.features.live import evidence, rooms, rules
from backend.features.live.schemas import RoomState
from backend.features.live.sessions import Session
from backend.kit import clock, db, ids, jobs
from backend.people.principal import Principal
from backend.record import record
from backend.traces import verbs
from backend.traces.statement import Result

CLOSE = "close-live-session"
CLOSE_MEDIA = "close-media-of-session"
BREAK_SEAT = "slate"

# The relay tells a closed room's last messages within a second or two: one more look covers them.
RECOUNT_DELAY = timedelta(seconds=2)

_OVER = """
select exists (select from live_session where id = $1 and state in ('ended', 'closed') and not recount)
"""
_RECOUNT = """
update live_session set recount = true
where id = $1 and state in ('ended', 'closed') and not recount returning true
"""

_SILENT = "on_air = false, pause = null, paused_at = null"


class Closing(msgspec.Struct, frozen=True):
    """The closing job's payload."""

    session: UUID


def present() -> datetime:
    """Now, in the whole milliseconds in which attendance counts."""
    now = clock.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def room_state(session: Session) -> RoomState:
    """What the room shows."""
    was_on_air = session.on_air or session.off_air_at is not None
    paused = session.pause is not None
    slate = rules.slate(session.state, on_air=session.on_air, paused=paused, was_on_air=was_on_air)
    return RoomState(state=session.state, on_air=session.on_air, slate=slate, since=session.state_since)


async def call_off(session: Session) -> None:
    """A planned live share will not be."""
    await _move(session, "state = 'cancelled'", present())
    rooms.hint(session.unit, session.host)


async def begin(session: Session, principal: Principal) -> None:
    """Somebody who leads it goes live."""
    now = present()
    await _move(session, "state = 'live', started_at = $2", now)
    id_, host = ids.derived(session.id, "opened"), Result(extensions={"host": str(session.host)})
    await record(evidence.by(principal, session, verbs.OPENED, id_, now, "host", host))
    rooms.hint(session.unit, session.host)


async def finish(session: Session, actor: tuple[UUID, date] | None) -> None:
    """It ends, by whoever leads it or, with None, by the platform. The closing job follows."""
    now = present()
    if session.pause is not None:
        await _record_break(session, verbs.UNPUBLISHED, session.pause, now)
    await _move(session, f"state = 'ended', ended_at = $2, recount = true, {_SILENT}", now)
    id_ = ids.derived(session.id, "ended")
    await record(evidence.about(session, verbs.ENDED, id_, now, "host" if actor else "relay", actor))
    await jobs.enqueue(CLOSE, Closing(session.id))
    rooms.hint(session.unit, session.host)


async def closed(session: Session) -> None:
    """Everybody is credited."""
    await _move(session, "state = 'closed', closed_at = $2", present())
    rooms.hint(session.unit, session.host)


async def pause(session: Session) -> None:
    """A planned break: the slate counts as on air."""
    now, publication = present(), ids.uuid7()
    await _record_break(session, verbs.PUBLISHED, publication, now)
    await _move(session, "pause = $3, paused_at = $2", now, publication)


async def resume(session: Session) -> None:
    """The break is over."""
    if session.pause is not None:
        now = present()
        await _record_break(session, verbs.UNPUBLISHED, session.pause, now)
        await _move(session, "pause = null, paused_at = null", now)


async def note_on_air(session: Session, *, on_air: bool, at: datetime) -> None:
    """The host's picture has begun or ceased to arrive. The room's patience begins when we learn of it."""
    if on_air != session.on_air:
        off_air_at = session.off_air_at if on_air else present()
        await _move(session, "on_air = $3, off_air_at = $4", max(at, session.state_since), on_air, off_air_at)
        rooms.hint(session.unit, session.host)


async def _record_break(session: Session, verb: str, publication: UUID, at: datetime) -> None:
    id_ = ids.derived(publication, verb)
    members = {"seat": BREAK_SEAT, "publication": str(publication), "person": str(session.host)}
    await record(evidence.about(session, verb, id_, at, "host", None, Result(extensions=members)))


async def _move(session: Session, changes: str, at: datetime, *values: object) -> None:
    """Change the row ($2 is the instant, $3 onwards the values) and tell the room its new state."""
    sql = f"update live_session set {changes}, state_since = $2 where id = $1 returning *"  # noqa: S608 - our own words
    row = await db.fetchrow(sql, session.id, at, *values)
    if row is not None:
        await rooms.tell(session.id, "state", room_state(Session(**row)), at)


async def recount(session: UUID, delay: timedelta = RECOUNT_DELAY) -> None:
    """Something was told: if after the end, let the closing job look again, once for all that comes meanwhile."""
    if not await db.fetchval(_OVER, session):
        return
    async with db.transaction():
        if await db.fetchval(_RECOUNT, session):
            await jobs.enqueue(CLOSE, Closing(session), delay=delay)


async def settle(session: UUID) -> None:
    """Let the closing job look again within seconds, even if it would later."""
    async with db.transaction():
        await jobs.enqueue(CLOSE, Closing(session), delay=RECOUNT_DELAY)


async def close_media_later(session: UUID) -> None:
    """The relay was away at the end: it has to hear of it, for the recording begins with the room's closing."""
    async with db.transaction():
        await jobs.enqueue(CLOSE_MEDIA, Closing(session), delay=RECOUNT_DELAY, dedupe_key=f"{CLOSE_MEDIA}:{session}")
