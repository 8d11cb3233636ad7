"""`/api/live-sessions` and the relay's webhooks."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from backend.features.live import engines, media, messages, queries, removals, room, service, stage_handlers, webhooks
from backend.features.live.problems import (
    BadSignature,
    ChatClosed,
    RemovedFromRoom,
    RoomNotOpen,
    SessionAlreadyStarted,
    SessionNotStarted,
    SessionOver,
)
from backend.features.live.schemas import (
    Answered,
    ChangeLiveSession,
    Join,
    LiveSession,
    LiveSessions,
    NewLiveSession,
    Remove,
    Room,
    RoomEvent,
    RoomEvents,
    Say,
    SetRoom,
    Viewers,
)
from backend.kit.documented import raises
from backend.kit.problems import Forbidden, Malformed, NotFound, TooMany
from backend.people.principal import WakeRequest
from backend.record import TraceConflict
from backend.traces.statement import Unkeepable

# A beat names everybody in its room, 200 bytes each.
_LARGEST_WEBHOOK = 4 * 1024 * 1024

Since = Annotated[int, Meta(ge=0, le=2**62)]


@get("/", operation_id="liveSessions")
async def live_sessions(request: WakeRequest) -> LiveSessions:
    """What is live for me, what comes, what was."""
    return await queries.mine(request.user)


@post("/", operation_id="createLiveSession", opt=raises(NotFound, Forbidden, TraceConflict))
async def create(request: WakeRequest, data: JSONBody[NewLiveSession]) -> LiveSession:
    """Plan a live share, or make ready to go live now."""
    return await service.create(request.user, data)


@get("/{session_id:uuid}", operation_id="liveSession")
async def live_session(request: WakeRequest, session_id: FromPath[UUID]) -> LiveSession:
    """One live share as I see it."""
    return await queries.shown(request.user, session_id)


@patch("/{session_id:uuid}", operation_id="changeLiveSession", opt=raises(Forbidden, SessionAlreadyStarted))
async def change(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[ChangeLiveSession]) -> LiveSession:
    """Change a plan."""
    return await service.change(request.user, session_id, data)


@post("/{session_id:uuid}/cancel", operation_id="cancelLiveSession", opt=raises(Forbidden, SessionAlreadyStarted))
async def cancel(request: WakeRequest, session_id: FromPath[UUID]) -> LiveSession:
    """Call a plan off."""
    return await service.cancel(request.user, session_id)


@post("/{session_id:uuid}/start", operation_id="startLiveSession", opt=raises(Forbidden, SessionOver))
async def start(request: WakeRequest, session_id: FromPath[UUID]) -> LiveSession:
    """Go live."""
    return await service.start(request.user, session_id)


@post("/{session_id:uuid}/end", operation_id="endLiveSession", opt=raises(Forbidden, SessionNotStarted))
async def end(request: WakeRequest, session_id: FromPath[UUID]) -> LiveSession:
    """End it; everybody is credited within seconds."""
    return await service.end(request.user, session_id)


@put("/{session_id:uuid}/booking", operation_id="bookLiveSession")
async def book(request: WakeRequest, session_id: FromPath[UUID]) -> LiveSession:
    """I mean to come."""
    return await service.book(request.user, session_id)


@delete("/{session_id:uuid}/booking", operation_id="unbookLiveSession", status_code=200)
async def unbook(request: WakeRequest, session_id: FromPath[UUID]) -> LiveSession:
    """I do not mean to come any more."""
    return await service.unbook(request.user, session_id)


@post("/{session_id:uuid}/join", operation_id="joinLiveSession", opt=raises(RemovedFromRoom, RoomNotOpen))
async def join(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[Join]) -> Room:
    """Enter the room."""
    address = request.client.host if request.client else ""
    asker = media.Asker(request.url.scheme, request.url.hostname or "localhost", address)
    return await room.join(request.user, session_id, data.device, asker)


@get("/{session_id:uuid}/events", operation_id="roomEvents", opt=raises(RemovedFromRoom))
async def events(request: WakeRequest, session_id: FromPath[UUID], since: FromQuery[Since]) -> RoomEvents:
    """What the room said after `since`."""
    return await room.events(request.user, session_id, since)


@post(
    "/{session_id:uuid}/messages",
    operation_id="say",
    opt=raises(RemovedFromRoom, ChatClosed, TraceConflict, Unkeepable, TooMany),
)
async def say(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[Say]) -> RoomEvent:
    """Say something in the room."""
    return await room.say(request.user, session_id, data)


@delete("/{session_id:uuid}/messages/{message_id:uuid}", operation_id="deleteMessage", opt=raises(Forbidden))
async def delete_message(request: WakeRequest, session_id: FromPath[UUID], message_id: FromPath[UUID]) -> None:
    """Take a message out of the room."""
    await room.delete_message(request.user, session_id, message_id)


@post("/{session_id:uuid}/reactions", operation_id="react", opt=raises(RemovedFromRoom, TooMany), status_code=204)
async def react(request: WakeRequest, session_id: FromPath[UUID]) -> None:
    """Send a heart."""
    await room.react(request.user, session_id)


@post(
    "/{session_id:uuid}/prompts/{prompt_id:uuid}/answers",
    operation_id="answerPrompt",
    opt=raises(RemovedFromRoom, TraceConflict),
    status_code=204,
)
async def answer(
    request: WakeRequest, session_id: FromPath[UUID], prompt_id: FromPath[UUID], data: JSONBody[Answered]
) -> None:
    """I am still watching."""
    await room.answer(request.user, session_id, prompt_id, data.id)


@patch("/{session_id:uuid}/room", operation_id="setRoom", opt=raises(Forbidden, RoomNotOpen), status_code=204)
async def set_room(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[SetRoom]) -> None:
    """Lead the room: chat, pinned message, planned break."""
    await room.set_room(request.user, session_id, data)


@post("/{session_id:uuid}/removals", operation_id="removeViewer", opt=raises(Forbidden), status_code=204)
async def remove(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[Remove]) -> None:
    """Send somebody out of the room."""
    await removals.remove(request.user, session_id, data)


@get("/{session_id:uuid}/viewers", operation_id="viewers", opt=raises(Forbidden))
async def viewers(request: WakeRequest, session_id: FromPath[UUID]) -> Viewers:
    """Who is there."""
    return await room.viewers(request.user, session_id)


@post(
    "/api/media/webhooks",
    status_code=204,
    include_in_schema=False,
    opt={"public": True, "foreign": True},
    request_max_body_size=_LARGEST_WEBHOOK,
)
async def webhook(request: Request[Any, Any, Any]) -> None:
    """What the relay tells (media/PROTOCOL.md §3)."""
    body = await request.body()
    if not media.genuine(request.headers.get("wake-signature", ""), body):
        raise BadSignature
    try:
        message = messages.decode_message(body)
    except msgspec.DecodeError as fault:
        raise Malformed(str(fault)) from fault
    await webhooks.accept(message)


@post(
    "/api/media/engine",
    status_code=200,
    include_in_schema=False,
    opt={"public": True, "foreign": True},
)
async def engine(request: Request[Any, Any, Any]) -> dict[str, object]:
    """What somebody else's engine asks and tells (media/ENGINES.md); the answer is a yes in each one's language."""
    query = request.query_params
    await engines.take(query.get("key", ""), engines.read(query, await request.body()))
    return {"code": 0, "allowed": True}


_sessions = Router(
    "/api/live-sessions",
    tags=["live"],
    route_handlers=[
        live_sessions,
        create,
        live_session,
        change,
        cancel,
        start,
        end,
        book,
        unbook,
        join,
        events,
        say,
        delete_message,
        react,
        answer,
        set_room,
        remove,
        viewers,
    ],
)

router = Router("/", route_handlers=[_sessions, stage_handlers.router, webhook, engine])
