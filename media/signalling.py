"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): endpoints, and the sessions they open. See PROTOCOL.md §2."""

from uuid import UUID

import msgspec
from litestar import HttpMethod, Response, delete, patch, post, route
from litestar.params import FromPath

from media import fragment, sdp
from media.admission import Asked, admitted, relay_of, seat_named, settings_of, text_of, unauthenticated
from media.front import Problem
from media.grant import Grant, Refused, Seat
from media.messages import instant
from media.quality import Wish
from media.relay import Connection, NotTheOrigin, Opened
from media.revoked import Removed, RoomClosed, Unseated
from media.viewer import Viewer

SDP, JSON = "application/sdp", "application/json"
_ENDPOINT = ["/whip/{room:uuid}/{seat:str}", "/whep/{room:uuid}/{seat:str}"]
_SESSION = [f"{path}/{{key:str}}" for path in _ENDPOINT]


@post(_ENDPOINT)
async def open_session(request: Asked, room: FromPath[UUID], seat: FromPath[str]) -> Response[str]:
    """Publish on a seat, or watch it."""
    if relay_of(request).draining:
        raise Problem(503, "draining", "the relay is about to restart", {"Retry-After": "1"})
    _limit(request)
    grant, name = admitted(request, room), seat_named(seat)
    publishes = request.url.path.startswith("/whip/")
    if name not in grant.publish if publishes else not grant.watch:
        raise Problem(403, "not-granted", f"the grant does not let you {'publish' if publishes else 'watch'} {name}")
    opened = _opened(request, grant, name, await text_of(request, SDP), publishes=publishes)
    headers = {"Location": f"{request.url.path.rstrip('/')}/{opened.key}", "ETag": opened.tag}
    turn = settings_of(request).turn
    if turn.urls:
        headers["Link"] = turn.links(grant.person, instant() // 1000)
    return Response(opened.answer, status_code=201, media_type=SDP, headers=headers)


@route(_ENDPOINT, http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=204)
async def show_endpoint(room: FromPath[UUID], seat: FromPath[str]) -> None:
    """An endpoint has no representation (RFC 9725 §4.1)."""
    seat_named(seat)


@route(_SESSION, http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=204)
async def show_session(request: Asked, room: FromPath[UUID], seat: FromPath[str], key: FromPath[str]) -> None:
    """Neither has a session."""
    _connection(request, room, seat, key)


@patch(_SESSION)
async def patch_session(
    request: Asked, room: FromPath[UUID], seat: FromPath[str], key: FromPath[str]
) -> Response[str | None]:
    """More candidates, which need not be known here (204); or new credentials, an ICE restart (200); or, in JSON, the
    picture a viewer wishes (204)."""
    _limit(request)
    connection = _connection(request, room, seat, key)
    if isinstance(connection.party, Viewer) and _type_of(request) == JSON:
        connection.party.wish(_wish(await text_of(request, JSON)))
        return Response(None, status_code=204)
    text = await text_of(request, fragment.TYPE)
    _require(request.headers.get("if-match"), connection.tag)
    try:
        asked = fragment.parse(text)
    except sdp.Unacceptable as fault:
        raise Problem(400, "unacceptable-fragment", str(fault)) from fault
    peer = connection.peer
    if asked.ufrag in ("", peer.remote):
        return Response(None, status_code=204)
    local = peer.restart(asked.ufrag)
    headers = {"ETag": connection.tag}
    return Response(fragment.answer(asked, local), status_code=200, media_type=fragment.TYPE, headers=headers)


@delete(_SESSION, status_code=200)
async def end_session(request: Asked, room: FromPath[UUID], seat: FromPath[str], key: FromPath[str]) -> None:
    """Say goodbye, also when it is over. The key is a secret of its own: no grant is needed, it may have expired."""
    if relay_of(request).place(key) != (room, seat):
        raise _gone()
    relay_of(request).end(key)


class _Wished(msgspec.Struct, forbid_unknown_fields=True):
    video: Wish


def _wish(text: str) -> Wish:
    try:
        return msgspec.json.decode(text, type=_Wished).video
    except msgspec.DecodeError as fault:
        raise Problem(400, "unacceptable-wish", str(fault)) from fault


def _type_of(request: Asked) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _limit(request: Asked) -> None:
    if not request.app.state.buckets.take(request.client.host if request.client else ""):
        raise Problem(429, "too-many-requests", headers={"Retry-After": "1"})


def _opened(request: Asked, grant: Grant, seat: Seat, text: str, *, publishes: bool) -> Opened:
    relay = relay_of(request)
    try:
        return (relay.publish if publishes else relay.watch)(grant, seat, text)
    except Refused as fault:
        raise unauthenticated(fault) from fault
    except sdp.Unacceptable as fault:
        raise Problem(400, "unacceptable-offer", str(fault)) from fault
    except RoomClosed as fault:
        raise Problem(403, "room-closed", "the room was closed after this grant was given") from fault
    except NotTheOrigin as fault:
        raise Problem(409, "not-the-origin", "this relay has the seat from another one itself") from fault
    except Removed as fault:
        raise Problem(403, "removed", "the host has removed you from this room") from fault
    except Unseated as fault:
        raise Problem(403, "unseated", "you have left the stage after this grant was given") from fault


def _require(condition: str | None, tag: str) -> None:
    """RFC 9725 §4.3.1: If-Match has to be there and to name the ICE session, or any (the RFC's example quotes the
    star). Tags are compared strongly (RFC 9110 §13.1.1)."""
    if condition is None:
        raise Problem(428, "precondition-required", "If-Match is missing")
    if not any(one.strip() in ("*", '"*"', tag) for one in condition.split(",")):
        raise Problem(412, "precondition-failed", "the ETag is that of an earlier ICE session")


def _connection(request: Asked, room: UUID, seat: str, key: str) -> Connection:
    connection = relay_of(request).connections.get(key)
    if (
        connection is None
        or (connection.room.name, connection.seat.name) != (room, seat)
        or connection.peer.closed
    ):
        raise _gone()
    return connection


def _gone() -> Problem:
    return Problem(404, "not-found", "there is no such connection, or it has ended")


ROUTES = [open_session, show_endpoint, show_session, patch_session, end_session]
