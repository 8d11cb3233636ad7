"""The HTTP front: WHIP (RFC 9725), WHEP (draft-ietf-wish-whep), rooms and health, exactly as PROTOCOL.md says."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar, Request, Response, delete, get, patch, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ASGIApp

from media import answer, messages, sdp
from media.counters import Counters
from media.front import Buckets, Problem, problem, with_cors
from media.grant import SEATS, Grant, Refused, read
from media.grant import Seat as SeatName
from media.relay import Connection, Relay, Removed, RoomClosed

BODY = 64 * 1024
"""Bytes of the largest offer taken."""
SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
_SEAT = ["/whip/{room:uuid}/{seat:str}", "/whep/{room:uuid}/{seat:str}"]
_RESOURCE = [f"{path}/{{key:str}}" for path in _SEAT]

Asked = Request[Any, Any, State]


class Health(msgspec.Struct, frozen=True):
    """How the relay is: `status` is `ok` or `draining`, `spooled` counts messages the backend has not acknowledged."""

    status: str
    engine: str
    rooms: int
    viewers: int
    spooled: int
    counters: Counters


def create_app(relay: Relay, secret: str) -> ASGIApp:
    """The front of `relay`; grants are signed with `secret`."""
    app = Litestar(
        [open_connection, trickle, end, room_state, close_room, remove, health],
        state=State({"relay": relay, "secret": secret, "buckets": Buckets()}),
        exception_handlers={Exception: problem},
        request_max_body_size=BODY,
        openapi_config=None,
        logging_config=None,
    )
    return with_cors(app)


@post(_SEAT)
async def open_connection(request: Asked, room: FromPath[UUID], seat: FromPath[str]) -> Response[str]:
    """Publish on a seat, or watch it."""
    relay = _relay(request)
    if relay.draining:
        raise Problem(503, "draining", "the relay is about to restart", {"Retry-After": "1"})
    if not request.app.state.buckets.take(request.client.host if request.client else ""):
        raise Problem(429, "too-many-requests", headers={"Retry-After": "1"})
    grant, name = _admitted(request, room), _seat(seat)
    publishes = request.url.path.startswith("/whip/")
    if name not in grant.publish if publishes else not grant.watch:
        raise Problem(403, "not-granted", f"the grant does not let you {'publish' if publishes else 'watch'} {name}")
    text = await _text(request, SDP)
    try:
        opened = (relay.publish if publishes else relay.watch)(grant, name, text)
    except Refused as fault:
        raise _unauthenticated(fault) from fault
    except sdp.Unacceptable as fault:
        raise Problem(400, "unacceptable-offer", str(fault)) from fault
    except RoomClosed as fault:
        raise Problem(403, "room-closed", "the room was closed after this grant was given") from fault
    except Removed as fault:
        raise Problem(403, "removed", "the host has removed you from this room") from fault
    headers = {"Location": f"{request.url.path.rstrip('/')}/{opened.key}", "ETag": opened.tag}
    return Response(opened.answer, status_code=201, media_type=SDP, headers=headers)


@patch(_RESOURCE)
async def trickle(request: Asked, room: FromPath[UUID], seat: FromPath[str], key: FromPath[str]) -> Response[str]:
    """Candidates need not be known here; new credentials are an ICE restart."""
    connection = _connection(request, room, seat, key)
    text = await _text(request, FRAGMENT)
    if request.headers.get("if-match", "*") not in ("*", connection.tag):
        raise Problem(412, "precondition-failed", "the ETag is that of an earlier ICE session")
    if sdp.fragment(text) is None:
        return Response("", status_code=204, media_type=FRAGMENT)
    local = _relay(request).restart(connection)
    return Response(answer.fragment(local), status_code=200, media_type=FRAGMENT, headers={"ETag": connection.tag})


@delete(_RESOURCE, status_code=200)
async def end(request: Asked, room: FromPath[UUID], seat: FromPath[str], key: FromPath[str]) -> None:
    """Say goodbye, also when it is over. The key is a secret of its own: no grant is needed, it may have expired."""
    if _relay(request).place(key) != (room, seat):
        raise _gone()
    _relay(request).end(key)


@get("/rooms/{room:uuid}")
async def room_state(request: Asked, room: FromPath[UUID]) -> messages.Room:
    """Who is here."""
    _controlling(request, room)
    known = _relay(request).rooms.get(room)
    return known.state() if known else messages.Room(room=room, publications=(), stays=())


@delete("/rooms/{room:uuid}", status_code=204)
async def close_room(request: Asked, room: FromPath[UUID]) -> Response[None]:
    """End the session's media: 204 when the backend knows it all, 202 when some is still to be told."""
    _controlling(request, room)
    told = await _relay(request).close_room(room)
    return Response(None, status_code=204 if told else 202)


@delete("/rooms/{room:uuid}/people/{person:uuid}", status_code=204)
async def remove(request: Asked, room: FromPath[UUID], person: FromPath[UUID]) -> None:
    """End a person's media in this room and keep them out."""
    _controlling(request, room)
    _relay(request).remove(room, person)


@get("/health")
async def health(request: Asked) -> Health:
    """Open to everybody: it names nobody."""
    relay = _relay(request)
    return Health(
        status="draining" if relay.draining else "ok",
        engine=relay.engine.name,
        rooms=len(relay.rooms),
        viewers=sum(len(room.viewers) for room in relay.rooms.values()),
        spooled=relay.outbox.waiting,
        counters=relay.counters,
    )


def _relay(request: Asked) -> Relay:
    relay: Relay = request.app.state.relay
    return relay


def _admitted(request: Asked, room: UUID) -> Grant:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise Refused("no bearer token")
        grant = read(token.strip(), request.app.state.secret)
    except Refused as fault:
        raise _unauthenticated(fault) from fault
    if grant.room != room:
        raise Problem(403, "not-granted", "the grant is for another room", {"WWW-Authenticate": "Bearer"})
    return grant


def _unauthenticated(fault: Refused) -> Problem:
    return Problem(401, "unauthenticated", str(fault), {"WWW-Authenticate": "Bearer"})


def _controlling(request: Asked, room: UUID) -> None:
    if not _admitted(request, room).control:
        raise Problem(403, "not-granted", "the grant does not let you control the room")


def _seat(name: str) -> SeatName:
    for seat in SEATS:
        if seat == name:
            return seat
    raise Problem(404, "not-found", "there is no such seat")


def _connection(request: Asked, room: UUID, seat: str, key: str) -> Connection:
    connection = _relay(request).connections.get(key)
    if (
        connection is None
        or (connection.room.name, connection.seat.name) != (room, seat)
        or connection.party.peer.closed
    ):
        raise _gone()
    return connection


def _gone() -> Problem:
    return Problem(404, "not-found", "there is no such connection, or it has ended")


async def _text(request: Asked, wanted: str) -> str:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
        raise Problem(415, "unsupported-media-type", f"only {wanted}")
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as fault:
        raise Problem(400, "unacceptable-offer", "not UTF-8") from fault
