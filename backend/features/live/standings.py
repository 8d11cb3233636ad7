"""How each person stands to a session's stage, as rows: hand raised, invited, on a seat, or off again."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backend.features.live.rules import GuestSeat
from backend.features.live.schemas import StageMember, StageState
from backend.kit import db
from backend.kit.problems import NotFound
from backend.people.schemas import Person

_MEMBERS = """
select e.id, e.name, u.name as unit, m.state, m.seat, m.microphone, m.since
from live_stage m join employee e on e.id = m.person join unit u on u.id = e.unit where m.session = $1
"""

# Answers whether they came down from a seat: the old row is read as it was before this statement.
_PUT = """
with old as (select state from live_stage where session = $1 and person = $2)
insert into live_stage as m (session, person, state, seat, microphone, since) values ($1, $2, $3, $4, $5, $6)
on conflict (session, person) do update set state = $3, seat = $4, microphone = $5, since = $6,
    unseated_at = case when m.state = 'on' and $3 <> 'on' then $6 else m.unseated_at end
returning coalesce((select state = 'on' from old), false) and $3 <> 'on'
"""


class Standing(Struct, frozen=True):
    """What becomes of a person."""

    person: UUID
    state: StageState
    seat: GuestSeat | None = None
    microphone: bool = True


async def put(session: UUID, standing: Standing, at: datetime) -> bool:
    """Write it; whether the person came down from a seat by it."""
    values = (standing.person, standing.state, standing.seat, standing.microphone, at)
    return bool(await db.fetchval(_PUT, session, *values))


async def state(session: UUID, person: UUID) -> StageState:
    sql = "select state from live_stage where session = $1 and person = $2"
    found: StageState = await db.fetchval(sql, session, person) or "off"
    return found


async def seats(session: UUID) -> dict[GuestSeat, UUID]:
    """Who sits where."""
    rows = await db.fetch("select seat, person from live_stage where session = $1 and state = 'on'", session)
    return {row["seat"]: row["person"] for row in rows}


async def seat_of(session: UUID, person: UUID) -> GuestSeat | None:
    sql = "select seat from live_stage where session = $1 and person = $2"
    seat: GuestSeat | None = await db.fetchval(sql, session, person)
    return seat


async def set_microphone(session: UUID, person: UUID, *, on: bool) -> bool:
    """Whether that changed anything."""
    sql = """update live_stage set microphone = $3 where session = $1 and person = $2 and state = 'on'
             and microphone <> $3 returning true"""
    return bool(await db.fetchval(sql, session, person, on))


async def member(session: UUID, person: UUID) -> StageMember:
    row = await db.fetchrow(f"{_MEMBERS} and m.person = $2", session, person)
    if row is None:
        raise NotFound
    return _member(row)


async def members(session: UUID) -> list[StageMember]:
    """Everybody with a hand up, an invitation or a seat, in the order of time."""
    rows = await db.fetch(f"{_MEMBERS} and m.state <> 'off' order by m.since, e.id", session)
    return [_member(row) for row in rows]


async def absent(session: UUID, before: datetime) -> list[UUID]:
    """Guests who took their seat before then and have published nothing since."""
    sql = """select person from live_stage m where session = $1 and state = 'on' and since < $2 and not exists (
                 select from on_air a where a.session = $1 and a.seat = m.seat and a.since is not null
                     and (a.until is null or a.until > $2))"""
    return [row["person"] for row in await db.fetch(sql, session, before)]


async def unseated(session: UUID, after: datetime) -> list[UUID]:
    """Who has come down from a seat after then and has none now."""
    sql = "select person from live_stage where session = $1 and state <> 'on' and unseated_at > $2"
    return [row["person"] for row in await db.fetch(sql, session, after)]


def _member(row: db.Row) -> StageMember:
    values = dict(row)
    return StageMember(person=Person(*(values.pop(name) for name in ("id", "name", "unit"))), **values)
