"""What every route asks of a request: its grant, its seat, its text; and how it is refused."""

from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State

from media.front import Problem
from media.grant import SEATS, Grant, Refused, Seat, read
from media.relay import Relay
from media.settings import Settings

Asked = Request[Any, Any, State]


def relay_of(request: Asked) -> Relay:
    """The relay this front belongs to."""
    relay: Relay = request.app.state.relay
    return relay


def settings_of(request: Asked) -> Settings:
    """What the environment decided."""
    settings: Settings = request.app.state.settings
    return settings


def admitted(request: Asked, room: UUID) -> Grant:
    """The grant for `room` the request carries; 401 without a good one, 403 with one for another room."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthenticated(Refused("no bearer token"))
    return granted(request, room, token.strip())


def granted(request: Asked, room: UUID, token: str) -> Grant:
    """The grant for `room` in `token`; refuses as `admitted` does."""
    try:
        grant = read(token, settings_of(request).secret)
    except Refused as fault:
        raise unauthenticated(fault) from fault
    if grant.room != room:
        raise Problem(403, "not-granted", "the grant is for another room", {"WWW-Authenticate": "Bearer"})
    return grant


def controlling(request: Asked, room: UUID) -> None:
    """403 unless the grant lets its bearer, the backend, control `room`."""
    if not admitted(request, room).control:
        raise Problem(403, "not-granted", "the grant does not let you control the room")


def unauthenticated(fault: Refused) -> Problem:
    """401, saying why."""
    return Problem(401, "unauthenticated", str(fault), {"WWW-Authenticate": "Bearer"})


def seat_named(name: str) -> Seat:
    """The seat of a path; 404 when there is none of this name."""
    for seat in SEATS:
        if seat == name:
            return seat
    raise Problem(404, "not-found", "there is no such seat")


async def text_of(request: Asked, wanted: str) -> str:
    """The body, of media type `wanted`; else 415, and 400 when it is not UTF-8."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
        names = "Accept-Patch" if request.method == "PATCH" else "Accept-Post"  # RFC 5789 §2.2, LDP §7.1
        raise Problem(415, "unsupported-media-type", f"only {wanted}", {names: wanted})
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as fault:
        raise Problem(400, "unacceptable-offer", "not UTF-8") from fault
