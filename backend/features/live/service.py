"""The life of a live session: planned, changed, started, ended; and who means to come."""

from uuid import UUID

from msgspec import UNSET
from msgspec.structs import replace

from backend.features.live import evidence, life, queries, rooms, rules, sessions
from backend.features.live.problems import SessionAlreadyStarted, SessionNotStarted, SessionOver
from backend.features.live.schemas import ChangeLiveSession, LiveSession, NewLiveSession
from backend.features.live.sessions import Session
from backend.kit import clock, db, ids
from backend.kit.problems import Forbidden, NotFound
from backend.people import access
from backend.people.principal import Principal
from backend.record import TraceConflict, record
from backend.traces import verbs


async def create(principal: Principal, new: NewLiveSession) -> LiveSession:
    """Plan a live share, or open its green room at once (`starts_at` null). The same again changes nothing."""
    await _require_hosting(principal, new.unit)
    async with db.transaction():
        now = life.present()
        fresh = await db.fetchval(
            """insert into live_session (id, org, host, unit, title, summary, starts_at, minutes, state, created_at,
                   on_air, state_since, chat_open, seq, recount, revision, taught_minutes, recorded)
               values ($1, $2, $3, $4, $5, $6, $7, $8, 'scheduled', $9, false, $9, true, 0, false, 0, 0, $10)
               on conflict (id) do nothing returning true""",
            new.id, principal.org, principal.employee, new.unit, new.title, new.summary,
            new.starts_at or now, new.minutes, now, new.recorded,
        )  # fmt: skip
        if fresh:
            rooms.hint(new.unit, principal.employee)
        elif not _same(await sessions.find(new.id), principal, new):
            raise TraceConflict
    return await queries.one(principal, new.id)


async def change(principal: Principal, session: UUID, data: ChangeLiveSession) -> LiveSession:
    """Change a plan; once started nothing of it can be changed."""
    found = await sessions.owned(principal, session)
    if data.unit is not UNSET:
        await _require_hosting(principal, data.unit)
    async with db.transaction():
        changes = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
        new = replace(_planned(await sessions.locked(session)), **changes)
        await db.execute(
            """update live_session set title = $2, summary = $3, unit = $4, starts_at = $5, minutes = $6, recorded = $7
               where id = $1""",
            session, new.title, new.summary, new.unit, new.starts_at, new.minutes, new.recorded,
        )  # fmt: skip
        for unit in {found.unit, new.unit}:
            rooms.hint(unit, found.host)
    return await queries.one(principal, session)


async def cancel(principal: Principal, session: UUID) -> LiveSession:
    """Call a planned live share off; again: nothing happens."""
    await sessions.owned(principal, session)
    async with db.transaction():
        found = await sessions.locked(session)
        if found.state != "cancelled":
            await life.call_off(_planned(found))
    return await queries.one(principal, session)


async def start(principal: Principal, session: UUID) -> LiveSession:
    """Go live; again: nothing happens."""
    await sessions.led(principal, session)
    async with db.transaction():
        found = await sessions.locked(session)
        if found.state not in {"scheduled", "live"}:
            raise SessionOver
        if found.state == "scheduled":
            await life.begin(found, principal)
    return await queries.one(principal, session)


async def end(principal: Principal, session: UUID) -> LiveSession:
    """End the live share; its closing job credits everybody within seconds. Again: nothing happens."""
    await sessions.led(principal, session)
    async with db.transaction():
        found = await sessions.locked(session)
        if found.state == "scheduled":
            raise SessionNotStarted
        if found.state == "live":
            day = evidence.local_day(clock.now(), principal.zone)
            await life.finish(found, (principal.employee, day))
    return await queries.one(principal, session)


async def book(principal: Principal, session: UUID) -> LiveSession:
    """Mean to come; again: nothing happens."""
    found = await sessions.visible(principal, session)
    async with db.transaction():
        now = life.present()
        fresh = await db.fetchval(
            """insert into live_booking (session, person, at) values ($1, $2, $3)
               on conflict do nothing returning true""",
            session, principal.employee, now,
        )  # fmt: skip
        if fresh:
            await record(evidence.by(principal, found, verbs.BOOKED, ids.uuid7(), now, "app"))
    return await queries.one(principal, session)


async def unbook(principal: Principal, session: UUID) -> LiveSession:
    """Not mean to come any more; again: nothing happens."""
    await sessions.visible(principal, session)
    await db.execute("delete from live_booking where session = $1 and person = $2", session, principal.employee)
    return await queries.one(principal, session)


def _planned(session: Session) -> Session:
    if session.state != "scheduled":
        raise SessionAlreadyStarted
    return session


def _same(session: Session | None, principal: Principal, new: NewLiveSession) -> bool:
    """Whether what stands under this id is what is asked for now (a start "now" is any instant)."""
    return session is not None and (
        session.host, session.unit, session.title, session.summary, session.minutes, session.recorded,
    ) == (
        principal.employee, new.unit, new.title, new.summary, new.minutes, new.recorded,
    ) and new.starts_at in {None, session.starts_at}  # fmt: skip


async def _require_hosting(principal: Principal, unit: UUID) -> None:
    """Any hosting role over the unit; 404 for a unit of another company."""
    path = await access.path_of(principal, unit)
    if path is None:
        raise NotFound
    if not set(access.granted(principal, *rules.HOSTING)) & set(path):
        raise Forbidden
