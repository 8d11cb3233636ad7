"""Co-hosts: whom the host lets lead the room, too. They teach nothing and are credited as any viewer."""

from uuid import UUID

from backend.features.live import life, queries, rooms, sessions
from backend.kit import db
from backend.kit.problems import NotFound
from backend.people.principal import Principal


async def name(principal: Principal, session: UUID, person: UUID) -> None:
    """Let somebody lead the room. Again: nothing happens."""
    await sessions.owned(principal, session)
    async with db.transaction():
        found = await sessions.locked(session)
        if person == found.host or not await queries.addressed(person, found.unit):
            raise NotFound
        if await sessions.removed(session, person):
            raise NotFound
        now = life.present()
        fresh = await db.fetchval(
            """insert into live_cohost (session, person, named_by, at) values ($1, $2, $3, $4)
               on conflict do nothing returning true""",
            session, person, principal.employee, now,
        )  # fmt: skip
        if fresh:
            await rooms.tell(session, "cohost", {"person": person, "leads": True}, now)


async def dismiss(principal: Principal, session: UUID, person: UUID) -> None:
    """Let them lead it no more. Again: nothing happens."""
    found = await sessions.owned(principal, session)
    if not await queries.in_org(person, found.org):
        raise NotFound
    await withdraw(session, person)


async def withdraw(session: UUID, person: UUID) -> None:
    """They lead no more, whoever says so."""
    async with db.transaction():
        await sessions.locked(session)
        sql = "delete from live_cohost where session = $1 and person = $2 returning true"
        if await db.fetchval(sql, session, person):
            await rooms.tell(session, "cohost", {"person": person, "leads": False}, life.present())


async def all_of(session: UUID) -> list[UUID]:
    rows = await db.fetch("select person from live_cohost where session = $1 order by at, person", session)
    return [row["person"] for row in rows]
