"""What people do in a room: enter, talk, react, confirm that they watch; and how it is led."""

from uuid import UUID

from msgspec import UNSET, json
from msgspec.structs import replace

from backend.features.live import (
    cohosts,
    delivery,
    evidence,
    life,
    media,
    pulse,
    queries,
    rooms,
    rules,
    sessions,
    standings,
)
from backend.features.live.problems import ChatClosed, RoomNotOpen
from backend.features.live.schemas import ChatMessage, Room, RoomEvent, RoomEvents, Say, SetRoom, Viewers
from backend.features.live.sessions import Session
from backend.kit import clock, db
from backend.kit.hub import hub
from backend.kit.problems import NotFound, TooMany
from backend.kit.redis import allow
from backend.people.principal import Principal
from backend.record import TraceConflict, record
from backend.traces import verbs
from backend.traces.service import found as traces_of
from backend.traces.statement import Result, Statement

CHAT_LIMIT, CHAT_SECONDS = 5, 10
REACTION_LIMIT, REACTION_SECONDS = 20, 10
EVENTS_AT_ONCE = 500


async def join(principal: Principal, session: UUID, device: str, asker: media.Asker) -> Room:
    """Enter: everything a phone needs to show the room, hear of changes and receive the picture."""
    found = await sessions.entered(principal, session)
    hosting = found.host == principal.employee
    leading = hosting or await sessions.leads(principal, found)
    if not rules.enterable(found.state, found.starts_at, clock.now(), hosting=leading):
        raise RoomNotOpen
    reach = await media.reach(asker, session)
    return Room(
        session=await queries.one(principal, session),
        state=life.room_state(found),
        ticket=hub.ticket(principal.employee, [delivery.topic(session)]),
        seq=found.seq,
        events=await queries.chat(session),
        pinned=await queries.message(session, found.pinned) if found.pinned else None,
        chat_open=found.chat_open,
        viewers=(await queries.audience(session)).there,
        attended_ms=await queries.attended_ms(session, principal.employee),
        leading=leading,
        cohosts=await cohosts.all_of(session),
        stage=await standings.members(session),
        screen=await queries.seat_on_air(session, media.SCREEN_SEAT),
        media=media.access(
            reach,
            session,
            principal.employee,
            device,
            hosting=hosting,
            recorded=found.recorded,
            guest=await standings.seat_of(session, principal.employee),
        ),
    )


async def events(principal: Principal, session: UUID, since: int) -> RoomEvents:
    """What the room said after `since`, oldest first, at most 500 at once; `seq` is where to go on from."""
    found = await sessions.entered(principal, session)
    later = await queries.events(session, since, EVENTS_AT_ONCE)
    return RoomEvents(events=later, seq=later[-1].seq if later else min(since, found.seq))


async def say(principal: Principal, session: UUID, said: Say) -> RoomEvent:
    """Say something to everybody in the room. The same again is answered the same and said once."""
    await sessions.entered(principal, session)
    await _limit("chat", principal, CHAT_LIMIT, CHAT_SECONDS)
    async with db.transaction():
        found = await sessions.locked(session)
        earlier = await queries.event_of(said.id)
        if earlier is not None:
            return await _said(earlier, session, principal, said)
        _require_chat(found, principal)
        now = life.present()
        await record(evidence.by(principal, found, verbs.COMMENTED, said.id, now, "app", Result(response=said.text)))
        person = await queries.person(principal.employee)
        message = ChatMessage(id=said.id, person=person, text=said.text, host=found.host == principal.employee)
        return await rooms.tell(session, "message", message, now, message=said.id)


async def delete_message(principal: Principal, session: UUID, message: UUID) -> None:
    """Take a message out of the room; its trace stays. Again: nothing happens."""
    await sessions.led(principal, session)
    async with db.transaction():
        found = await sessions.locked(session)
        text = await queries.wipe(session, message)
        if text is None:
            raise NotFound
        if not text:
            return
        now = life.present()
        if found.pinned == message:
            await _pin(found, None)
        await rooms.tell(session, "messageDeleted", {"id": message}, now)


async def react(principal: Principal, session: UUID) -> None:
    """A heart: only counted, told as a sum once a second."""
    await sessions.entered(principal, session)
    await _limit("reaction", principal, REACTION_LIMIT, REACTION_SECONDS)
    pulse.reacted(session)


async def answer(principal: Principal, session: UUID, prompt: UUID, id_: UUID) -> None:
    """Say "still watching". Again: nothing happens."""
    found = await sessions.entered(principal, session)
    if not await queries.prompted(session, prompt):
        raise NotFound
    answered = Result(extensions={"prompt": str(prompt)})
    statement = evidence.by(principal, found, verbs.CONFIRMED, id_, life.present(), "app", answered)
    try:
        await record(statement)
    except TraceConflict:
        await _require_same(statement)


async def _require_same(again: Statement) -> None:
    """An answer that is sent twice differs from itself in nothing but the instant of its arrival."""
    earlier = (await traces_of([again.id]))[again.id].statement
    if replace(again, timestamp=earlier.timestamp, day=earlier.day, object=earlier.object) != earlier:
        raise TraceConflict


async def set_room(principal: Principal, session: UUID, wish: SetRoom) -> None:
    """Open or close the chat, pin or unpin a message, show or end the planned break."""
    await sessions.led(principal, session)
    async with db.transaction():
        found = await sessions.locked(session)
        if found.state not in {"scheduled", "live"}:
            raise RoomNotOpen
        if wish.chat_open is not UNSET and wish.chat_open != found.chat_open:
            await _open_chat(found, is_open=wish.chat_open)
        if wish.pinned is not UNSET and wish.pinned != found.pinned:
            await _pin(found, wish.pinned)
        if wish.slate is not UNSET and found.state == "live":
            await _show(found, wish.slate)


async def viewers(principal: Principal, session: UUID) -> Viewers:
    """Who is there now, for whoever leads the room."""
    return await queries.viewers(await sessions.led(principal, session))


def _require_chat(session: Session, principal: Principal) -> None:
    """The chat of an open room; while it is closed only the host speaks."""
    hosting = session.host == principal.employee
    if session.state not in {"scheduled", "live"} or not (session.chat_open or hosting):
        raise ChatClosed


async def _said(earlier: queries.Kept, session: UUID, principal: Principal, said: Say) -> RoomEvent:
    """The answer to a repeated message; what was deleted in between comes back without its text."""
    message = json.decode(earlier.event.data, type=ChatMessage)
    if earlier.session != session or message.person.id != principal.employee or message.text not in {"", said.text}:
        raise TraceConflict
    return earlier.event


async def _open_chat(session: Session, *, is_open: bool) -> None:
    await db.execute("update live_session set chat_open = $2 where id = $1", session.id, is_open)
    await rooms.tell(session.id, "chat", {"open": is_open}, life.present())


async def _pin(session: Session, message: UUID | None) -> None:
    pinned = await queries.message(session.id, message) if message else None
    if message and not pinned:
        raise NotFound
    await db.execute("update live_session set pinned = $2 where id = $1", session.id, message)
    told: dict[str, object] = {"id": pinned.id, "text": pinned.text} if pinned else {"id": None}
    await rooms.tell(session.id, "pinned", told, life.present())


async def _show(session: Session, slate: str) -> None:
    if slate == "break" and session.pause is None:
        await life.pause(session)
    if slate == "none":
        await life.resume(session)


async def _limit(act: str, principal: Principal, limit: int, seconds: int) -> None:
    if not await allow(f"{act}:{principal.employee}", limit, seconds):
        raise TooMany(retryAfter=seconds)
