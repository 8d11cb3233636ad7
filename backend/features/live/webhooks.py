"""What the relay tells becomes the record: one statement per message, whatever the order and however often."""

from datetime import date, datetime
from uuid import UUID

from backend.features.live import evidence, life, pulse, queries, recordings, removals, rooms, sessions, stage
from backend.features.live.media import HOST_SEAT, SCREEN_SEAT
from backend.features.live.messages import (
    AnyMessage,
    Beat,
    Fault,
    Joined,
    Left,
    Published,
    Recorded,
    Unpublished,
    instant,
    members,
)
from backend.features.live.sessions import Session
from backend.kit import db
from backend.kit.problems import NotFound
from backend.record import record
from backend.traces import verbs
from backend.traces.statement import Result, Statement

_VERBS: dict[type[AnyMessage], str] = {
    Joined: verbs.JOINED,
    Left: verbs.LEFT,
    Beat: verbs.BEAT,
    Published: verbs.PUBLISHED,
    Unpublished: verbs.UNPUBLISHED,
    Fault: verbs.FAULTED,
    Recorded: verbs.RECORDED,
}


async def accept(message: AnyMessage) -> None:
    """Record a message and let the room follow it. 404 for a room or a person that never was.

    Each step commits by itself and may be repeated: a message is acknowledged when all are done, and
    the relay sends it again when it was not. (One transaction over all of them would wait for the
    session's row while it holds the person's lock, and closing does it the other way round.)
    """
    session = await sessions.find(message.room)
    if session is None:
        raise NotFound
    await record(await _statement(session, message))
    if isinstance(message, Published | Unpublished) and message.seat == HOST_SEAT:
        await _follow(session.id, instant(message.at))
    if isinstance(message, Published | Unpublished) and message.seat == SCREEN_SEAT:
        await _show_screen(session.id)
    if isinstance(message, Recorded):
        await recordings.announce(message)
        return
    if isinstance(message, Fault):
        await removals.repeat(session.id)
        await stage.repeat(session.id)
    await life.recount(session.id)
    pulse.viewers_changed(session.id)


async def _statement(session: Session, message: AnyMessage) -> Statement:
    result = Result(extensions=members(message))
    actor = await _actor(message)
    return evidence.about(session, _VERBS[type(message)], message.id, instant(message.at), "relay", actor, result)


async def _follow(session: UUID, at: datetime) -> None:
    """Show the host or the slate, by what the record says now: messages may come late and in any order."""
    async with db.transaction():
        found = await sessions.locked(session)
        if found.state in {"scheduled", "live"}:
            await life.note_on_air(found, on_air=await queries.seat_on_air(session, HOST_SEAT), at=at)


async def _show_screen(session: UUID) -> None:
    """Let the room look for the screen, or no more: what the record says now, told again at every message."""
    async with db.transaction():
        await sessions.locked(session)
        on = await queries.seat_on_air(session, SCREEN_SEAT)
        await rooms.tell(session, "screen", {"on": on}, life.present())


async def _actor(message: AnyMessage) -> tuple[UUID, date] | None:
    """The person of a message and their local day; a beat, a fault and a recording are nobody's."""
    if isinstance(message, Beat | Fault | Recorded):
        return None
    days = await evidence.days([message.person], instant(message.at))
    if message.person not in days:
        raise NotFound
    return message.person, days[message.person]
