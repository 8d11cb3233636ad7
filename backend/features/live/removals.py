"""Sending somebody out of a room: the record and the room hear of it at once, the relay by a job."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.features.live import cohosts, evidence, life, pulse, queries, rooms, sessions, stage
from backend.features.live.schemas import Remove
from backend.features.live.sessions import Session
from backend.kit import db, ids, jobs
from backend.kit.problems import Forbidden, NotFound
from backend.people.principal import Principal
from backend.record import record
from backend.traces import verbs
from backend.traces.statement import Result

END_MEDIA = "end-media-of-removed"


class Removal(msgspec.Struct, frozen=True):
    """The payload of the job that ends a person's media in a room."""

    session: UUID
    person: UUID


async def remove(principal: Principal, session: UUID, removal: Remove) -> None:
    """Send somebody out of the room for good; a co-host only by whose session it is. Again: nothing happens."""
    led = await sessions.led(principal, session)
    if await sessions.cohosts(removal.person, session) and not await sessions.owns(principal, led):
        raise Forbidden
    async with db.transaction():
        found = await sessions.locked(session)
        if removal.person == found.host or not await queries.in_org(removal.person, found.org):
            raise NotFound
        now = life.present()
        fresh = await db.fetchval(
            """insert into live_removal (session, person, removed_by, at) values ($1, $2, $3, $4)
               on conflict do nothing returning true""",
            session, removal.person, principal.employee, now,
        )  # fmt: skip
        if fresh:
            await stage.clear(found, removal.person)
            await cohosts.withdraw(session, removal.person)
            await _show_out(found, removal.person, now)
            await rooms.tell(session, "removed", {"person": removal.person}, now)


async def repeat(session: UUID) -> None:
    """The relay was down and has forgotten whom it keeps out: tell it again."""
    async with db.transaction():
        for row in await db.fetch("select person from live_removal where session = $1", session):
            await jobs.enqueue(END_MEDIA, Removal(session, row["person"]))


async def _show_out(session: Session, person: UUID, now: datetime) -> None:
    """From now on they are not there, whatever the relay sends them until it hears of it."""
    day = (await evidence.days([person], now))[person]
    left = [
        evidence.about(session, verbs.LEFT, ids.derived(stay, "removed"), now, "host", (person, day),
                       Result(extensions={"stay": str(stay), "device": device, "reason": "removed"}))
        for stay, device in await queries.stays(session.id, person)
    ]  # fmt: skip
    await record(*left)
    await jobs.enqueue(END_MEDIA, Removal(session.id, person))
    pulse.viewers_changed(session.id)
