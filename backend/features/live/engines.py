"""An existing WHIP/WHEP engine in the place of our relay: what it asks and tells by its callbacks, in its own words.

Where it is and how it is set up for MediaMTX, SRS and OvenMediaEngine: media/ENGINES.md.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast, get_args
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import jwt
import msgspec

from backend.features.live import media, sessions, webhooks
from backend.features.live.messages import AnyMessage, Joined, Left, Published, Unpublished
from backend.features.live.placement import Seat
from backend.features.live.problems import BadSignature, RemovedFromRoom
from backend.kit import clock, ids
from backend.kit.problems import Forbidden, Malformed
from backend.record import TraceConflict

Event = Literal["publish", "watch", "published", "unpublished", "joined", "left"]
_EVENTS: tuple[Event, ...] = ("publish", "watch", "published", "unpublished", "joined", "left")
# By what they call them: MediaMTX's actions; SRS's; OvenMediaEngine's directions, each with a status.
_MEDIAMTX: dict[str, Event] = {"publish": "publish", "read": "watch"}
_SRS: dict[str, tuple[Event, ...]] = {
    "on_publish": ("publish", "published"),
    "on_play": ("watch", "joined"),
    "on_unpublish": ("unpublished",),
    "on_stop": ("left",),
}
_OVEN: dict[tuple[str, str], tuple[Event, ...]] = {
    ("incoming", "opening"): ("publish", "published"),
    ("outgoing", "opening"): ("watch", "joined"),
    ("incoming", "closing"): ("unpublished",),
    ("outgoing", "closing"): ("left",),
}
_OVER = frozenset({"unpublished", "left"})


class Grant(msgspec.Struct, frozen=True):
    """What a grant says of its bearer."""

    room: UUID
    sub: str
    device: str
    publish: list[Seat]


class Call(NamedTuple):
    """What an engine asks (`publish`, `watch`) or tells of one of its connections, opened with a grant; `stream` is its
    name for what is published or watched."""

    events: tuple[Event, ...]
    stream: str
    connection: str
    token: str


def read(query: Mapping[str, str], body: bytes) -> Call:
    """A callback of an engine, told apart by its members. Raises Malformed."""
    if query.get("event") in _EVENTS:
        (event,) = (event for event in _EVENTS if event == query["event"])
        return Call((event,), query.get("path", ""), query.get("id", ""), _token(query.get("query", "")))
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
        if "request" in told:
            return _oven(told["request"], told["client"])
        if "client_id" in told:
            return Call(_SRS[told["action"]], told["stream"], told["client_id"], _token(told["param"].lstrip("?")))
        token = told.get("token") or _token(told["query"])
        return Call((_MEDIAMTX[told["action"]],), told["path"], told["id"] or "", token)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as fault:
        raise Malformed(repr(fault)) from fault


def _oven(request: dict[str, Any], client: dict[str, Any]) -> Call:
    events = _OVEN[request["direction"], request["status"]]
    url = urlsplit(request["url"])
    return Call(events, url.path, f"{client['address']}:{client['port']}", _token(url.query))


def _token(query: str) -> str:
    return parse_qs(query).get("token", [""])[0]


async def take(key: str, call: Call) -> None:
    """Refuse what the grant does not allow, record what happened. The same again changes nothing.

    Raises BadSignature for who is not the engine, Forbidden, RemovedFromRoom, NotFound.
    """
    if not hmac.compare_digest(key.encode(), _key().encode()):
        raise BadSignature
    for event in call.events:
        grant = _granted(call.token, over=event in _OVER)
        seat = _seat(grant.room, call.stream)
        if event == "publish" and seat not in grant.publish:
            raise Forbidden
        if event in {"publish", "watch"}:
            if await sessions.removed(grant.room, UUID(grant.sub)):
                raise RemovedFromRoom
        else:
            await _tell(event, seat, call.connection, grant)


def _seat(room: UUID, stream: str) -> Seat:
    """The seat a stream is, which has the room and the seat in its name. Raises Forbidden for another room's."""
    _, found, rest = stream.partition(str(room))
    seat = next((seat for seat in get_args(Seat) if rest.endswith(seat)), None)
    if not found or seat is None:
        raise Forbidden
    return cast(Seat, seat)


async def _tell(event: Event, seat: Seat, connection: str, grant: Grant) -> None:
    try:
        await webhooks.accept(_message(event, seat, connection, grant))
    except TraceConflict:
        return  # told already, a moment earlier


def _message(event: Event, seat: Seat, connection: str, grant: Grant) -> AnyMessage:
    room, person = grant.room, UUID(grant.sub)
    about: dict[str, Any] = {"id": ids.derived(room, event, connection), "room": room, "at": clock.milliseconds()}
    of = ids.derived(room, "connection", connection)
    if event == "joined":
        return Joined(**about, stay=of, person=person, device=grant.device)
    if event == "left":
        return Left(**about, stay=of, person=person, device=grant.device, reason="bye")
    if event == "published":
        return Published(**about, seat=seat, publication=of, person=person, device=grant.device)
    return Unpublished(**about, seat=seat, publication=of, person=person, reason="bye")


def _key() -> str:
    """What an engine that is not ours shows with its callbacks. Raises BadSignature when there is none."""
    engine = media.relay().engine
    if engine is None:
        raise BadSignature
    return engine.key


def _granted(token: str, *, over: bool) -> Grant:
    """A grant of ours that an engine was shown; `over`: by now it may have expired. Raises BadSignature."""
    secret = media.relay().media_secret
    try:
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], issuer="wake",
            options={"require": ["exp", "iat"], "verify_exp": not over},
        )  # fmt: skip
        return msgspec.convert(claims, Grant)
    except (jwt.InvalidTokenError, msgspec.ValidationError) as fault:
        raise BadSignature from fault
