"""The live session as a row, who may see it, and who may lead it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backend.features.live.problems import RemovedFromRoom
from backend.features.live.rules import State
from backend.kit import db
from backend.kit.problems import Forbidden, NotFound
from backend.people import access
from backend.people.principal import Principal


class Session(Struct, frozen=True):
    """A row of live_session; see there."""

    id: UUID
    org: UUID
    host: UUID
    unit: UUID
    title: str
    summary: str
    starts_at: datetime
    minutes: int
    state: State
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    on_air: bool
    off_air_at: datetime | None
    pause: UUID | None
    paused_at: datetime | None
    state_since: datetime
    chat_open: bool
    pinned: UUID | None
    seq: int
    recount: bool
    revision: int
    taught: UUID | None
    taught_minutes: int
    attendees: int | None
    recorded: bool


async def find(session: UUID) -> Session | None:
    row = await db.fetchrow("select * from live_session where id = $1", session)
    return Session(**row) if row else None


async def locked(session: UUID) -> Session:
    """The newest row; others who would change it wait for the end of this transaction."""
    row = await db.fetchrow("select * from live_session where id = $1 for no key update", session)
    if row is None:
        raise NotFound
    return Session(**row)


async def visible(principal: Principal, session: UUID) -> Session:
    """The session if it is addressed to this person, or theirs to lead; else it does not exist for them."""
    found = await find(session)
    if found is None or found.org != principal.org:
        raise NotFound
    if found.unit in principal.unit_path or await leads(principal, found):
        return found
    raise NotFound


async def led(principal: Principal, session: UUID) -> Session:
    """The session if this person may lead it: 404 when they may not see it, 403 when they only may watch."""
    found = await visible(principal, session)
    if not await leads(principal, found):
        raise Forbidden
    return found


async def owned(principal: Principal, session: UUID) -> Session:
    """The session if it is this person's to change; co-hosts only lead its room."""
    found = await visible(principal, session)
    if not await owns(principal, found):
        raise Forbidden
    return found


async def entered(principal: Principal, session: UUID) -> Session:
    """A visible session out of whose room this person has not been sent."""
    found = await visible(principal, session)
    if await removed(found.id, principal.employee):
        raise RemovedFromRoom
    return found


async def removed(session: UUID, person: UUID) -> bool:
    sql = "select exists (select from live_removal where session = $1 and person = $2)"
    return bool(await db.fetchval(sql, session, person))


async def leads(principal: Principal, session: Session) -> bool:
    """The host, an admin over the audience, or a co-host."""
    return await owns(principal, session) or await cohosts(principal.employee, session.id)


async def owns(principal: Principal, session: Session) -> bool:
    """The host, or an admin over the audience."""
    return session.host == principal.employee or await access.holds(principal, "admin", session.unit)


async def cohosts(person: UUID, session: UUID) -> bool:
    sql = "select exists (select from live_cohost where session = $1 and person = $2)"
    return bool(await db.fetchval(sql, session, person))
