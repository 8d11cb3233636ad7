"""What is read of live sessions and their rooms. The shapes on the wire are made here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Raw, Struct, json

from backend.features.live import rules, sessions
from backend.features.live.schemas import ChatMessage, LiveSession, LiveSessions, RoomEvent, Viewer, Viewers
from backend.features.live.sessions import Session
from backend.kit import clock, db
from backend.kit.problems import NotFound
from backend.people.access import granted
from backend.people.principal import Principal
from backend.people.schemas import Person
from backend.projections.attendance.queries import case_of
from backend.projections.attendance.rules import attend

CHAT_ON_ENTRY = 100
LISTED = 20

# $1 who asks; $2 the instant before which a stay without a beat is over.
_SESSION = """
select s.id, s.title, s.summary, s.state, s.on_air, s.host = $1 as hosting, s.unit, u.name as unit_name, s.starts_at,
    s.minutes, s.started_at, s.ended_at, h.id as host_id, h.name as host_name, hu.name as host_unit,
    coalesce(s.attendees, (select count(distinct person) from stay where stay.session = s.id and person <> s.host
        and (s.state <> 'live' or ("left" is null and last_beat >= $2)))) as viewers,
    (select count(*) from live_booking b where b.session = s.id) as bookings,
    exists (select from live_booking b where b.session = s.id and b.person = $1) as booked,
    a.credited_ms as attended_ms, a.share,
    (select sum(amount)::int from point_entry p where p.employee = $1 and p.object = s.id) as points,
    s.recorded, r.duration_ms as replay_ms
from live_session s
    join unit u on u.id = s.unit
    join employee h on h.id = s.host
    join unit hu on hu.id = h.unit
    left join attended a on a.session = s.id and a.person = $1
    left join live_recording r on r.session = s.id and r.seat = 'host' and r.part = 1 and r.kept_at is not null
"""

# Addressed to one of the units on $3 (the path of who asks), led by them, or under one they administer ($4).
_MINE = f"""{_SESSION}
where (s.unit = any($3) or s.host = $1 or u.path && $4) and s.state <> 'cancelled' and
"""


_REACH = """
select audience, (select count(*) from employee e join unit u on u.id = e.unit
    where u.path @> array[audience] and e.status <> 'left') as reach from unnest($1::uuid[]) audience
"""


class Kept(Struct, frozen=True):
    """A lasting event and the room it belongs to."""

    session: UUID
    event: RoomEvent


async def one(principal: Principal, session: UUID) -> LiveSession:
    """A live session as this person sees it; whether they may is asked elsewhere."""
    row = await db.fetchrow(f"{_SESSION} where s.id = $3", principal.employee, _stale(), session)
    if row is None:
        raise NotFound
    return (await _shown([row]))[0]


async def shown(principal: Principal, session: UUID) -> LiveSession:
    """A live session, if it exists for this person."""
    return await one(principal, (await sessions.visible(principal, session)).id)


async def mine(principal: Principal) -> LiveSessions:
    """What is live, what comes (soonest first) and what was (latest first), for my units or led by me."""
    return LiveSessions(
        now=await _listed(principal, "s.state = 'live' order by s.started_at desc"),
        upcoming=await _listed(principal, "s.state = 'scheduled' order by s.starts_at"),
        past=await _listed(principal, "s.state in ('ended', 'closed') order by s.ended_at desc"),
    )


async def _listed(principal: Principal, which: str) -> list[LiveSession]:
    sql = f"{_MINE} {which}, s.id limit {LISTED}"
    rows = await db.fetch(sql, principal.employee, _stale(), principal.unit_path, granted(principal))
    return await _shown(rows)


async def unfinished() -> list[Session]:
    """Every session that the worker looks after."""
    sql = "select * from live_session where state in ('scheduled', 'live', 'ended') order by starts_at"
    return [Session(**row) for row in await db.fetch(sql)]


async def person(employee: UUID) -> Person:
    """An employee as colleagues see them."""
    sql = "select e.id, e.name, u.name as unit from employee e join unit u on u.id = e.unit where e.id = $1"
    row = await db.fetchrow(sql, employee)
    if row is None:
        raise NotFound
    return Person(**row)


async def in_org(employee: UUID, org: UUID) -> bool:
    return bool(await db.fetchval("select exists (select from employee where id = $1 and org = $2)", employee, org))


async def addressed(employee: UUID, unit: UUID) -> bool:
    """Whether somebody who has not left is in a unit or below it."""
    sql = """select exists (select from employee e join unit u on u.id = e.unit
             where e.id = $1 and u.path @> array[$2::uuid] and e.status <> 'left')"""
    return bool(await db.fetchval(sql, employee, unit))


# --- the room's events


async def events(session: UUID, since: int, limit: int | None = None) -> list[RoomEvent]:
    """Lasting events after `since`, oldest first."""
    sql = "select * from room_event where session = $1 and seq > $2 order by seq limit $3"
    return [_event(row) for row in await db.fetch(sql, session, since, limit)]


async def chat(session: UUID) -> list[RoomEvent]:
    """The last 100 messages that were not deleted, oldest first."""
    sql = """select * from room_event where session = $1 and type = 'message' and data ->> 'text' <> ''
             order by seq desc limit $2"""
    return [_event(row) for row in reversed(await db.fetch(sql, session, CHAT_ON_ENTRY))]


async def event_of(message: UUID) -> Kept | None:
    """The event in which a message was said."""
    row = await db.fetchrow("select * from room_event where message = $1", message)
    return Kept(row["session"], _event(row)) if row else None


async def message(session: UUID, message: UUID) -> ChatMessage | None:
    """A message of this room that was not deleted."""
    kept = await event_of(message)
    if kept is None or kept.session != session:
        return None
    said = json.decode(kept.event.data, type=ChatMessage)
    return said if said.text else None


async def wipe(session: UUID, message: UUID) -> str | None:
    """Take a message's text away; answers what it was: '' when it was gone already, None for no such message."""
    sql = """with old as (select seq, data ->> 'text' as text from room_event where session = $1 and message = $2)
             update room_event e set data = jsonb_set(e.data, '{text}', '""') from old
             where e.session = $1 and e.seq = old.seq returning old.text"""
    text: str | None = await db.fetchval(sql, session, message)
    return text


async def heads(rooms: list[UUID]) -> dict[UUID, int]:
    """The number of each room's last event."""
    rows = await db.fetch("select id, seq from live_session where id = any($1)", rooms)
    return {row["id"]: row["seq"] for row in rows}


# --- who is there


class Audience(NamedTuple):
    """People with an open stay that is heard of, and how many of them receive nothing; the host is not one."""

    there: int
    silent: int


async def audience(session: UUID) -> Audience:
    """Who is there, in numbers; who receives as in `viewers`."""
    sql = """select count(*), count(*) filter (where not receiving) as silent
             from (select bool_or(media_ms > 0 or last_beat < joined + interval '15 seconds') as receiving
                   from stay join live_session s on s.id = stay.session
                   where s.id = $1 and person <> s.host and "left" is null and last_beat >= $2 group by person) there"""
    (row,) = await db.fetch(sql, session, _stale())
    return Audience(*row)


async def stays(session: UUID, person: UUID) -> list[tuple[UUID, str]]:
    """A person's open stays and their devices."""
    sql = 'select id, device from stay where session = $1 and person = $2 and "left" is null'
    return [(row["id"], row["device"]) for row in await db.fetch(sql, session, person)]


async def viewers(session: Session) -> Viewers:
    """Who is there, in the order in which they came. People who have just come count as receiving."""
    sql = """select e.id, e.name, u.name as unit, min(stay.joined) as since, count(distinct stay.device) as devices,
                 bool_or(stay.media_ms > 0 or stay.last_beat < stay.joined + interval '15 seconds') as receiving
             from stay join employee e on e.id = stay.person join unit u on u.id = e.unit
             where stay.session = $1 and e.id <> $3 and "left" is null and last_beat >= $2
             group by e.id, u.id order by since, e.id"""
    rows = await db.fetch(sql, session.id, _stale(), session.host)
    there = [
        Viewer(Person(row["id"], row["name"], row["unit"]), row["since"], row["devices"], row["receiving"])
        for row in rows
    ]
    return Viewers(viewers=there, count=len(there), not_receiving=sum(not viewer.receiving for viewer in there))


def _stale() -> datetime:
    return clock.now() - rules.FRESH


# --- prompts and the host


async def prompted(session: UUID, prompt: UUID) -> bool:
    return bool(await db.fetchval("select exists (select from prompt where id = $2 and session = $1)", session, prompt))


async def prompts_shown(session: UUID) -> int:
    return int(await db.fetchval("select count(*) from prompt where session = $1", session))


async def seat_on_air(session: UUID, seat: str) -> bool:
    """Whether a publication on this seat has begun and not ended, as far as the relay has told."""
    sql = "select exists (select from on_air where session = $1 and seat = $2 and since is not null and until is null)"
    return bool(await db.fetchval(sql, session, seat))


async def on_air_ms(session: Session, now: datetime) -> int:
    """How long a live session has been on air, its breaks included."""
    sql = """select coalesce(sum(extract(epoch from upper(span) - lower(span)) * 1000), 0)::bigint
             from (select unnest(range_agg(tstzrange(greatest(since, $2), greatest(coalesce(until, $3), since, $2))))
                 as span from on_air where session = $1 and since is not null) spans"""
    return int(await db.fetchval(sql, session.id, session.started_at, now))


async def attended_ms(session: UUID, person: UUID) -> int:
    """What this person would be credited with if the session ended now."""
    case = await case_of(session, person)
    credit = attend(case).get(str(person))
    return credit.credited_ms if credit else 0


def _event(row: Any) -> RoomEvent:  # noqa: ANN401 - an asyncpg record
    return RoomEvent(seq=row["seq"], type=row["type"], at=row["at"], data=Raw(row["data"]))


async def _shown(rows: Sequence[Any]) -> list[LiveSession]:
    reach = {row["audience"]: row["reach"] for row in await db.fetch(_REACH, {row["unit"] for row in rows})}
    return [_session(row, reach[row["unit"]]) for row in rows]


def _session(row: Any, reach: int) -> LiveSession:  # noqa: ANN401 - an asyncpg record
    values = dict(row)
    host = Person(*(values.pop(f"host_{part}") for part in ("id", "name", "unit")))
    return LiveSession(host=host, reach=reach, **values)
