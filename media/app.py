"""The HTTP front as a whole: signalling, the backend's control of rooms, and health, exactly as PROTOCOL.md says."""

import hmac
from uuid import UUID

import msgspec
from litestar import Litestar, Response, delete, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ASGIApp

from media import messages, signalling
from media.admission import Asked, controlling, relay_of, settings_of
from media.counters import Counters
from media.front import Buckets, Problem, problem, with_cors
from media.metrics import TYPE, exposition
from media.recording import door
from media.relay import Relay
from media.rendition import door as rendition
from media.settings import Settings

BODY = 64 * 1024
"""Bytes of the largest offer taken."""


class Health(msgspec.Struct, frozen=True):
    """How the relay is: `status` is `ok` or `draining`, `spooled` counts messages the backend has not acknowledged.

    `unrecorded` counts packets that running recordings had to leave out: the disk was slow or full.
    """

    status: str
    engine: str
    rooms: int
    viewers: int
    spooled: int
    unrecorded: int
    counters: Counters


def create_app(relay: Relay, settings: Settings) -> ASGIApp:
    """The front of `relay`."""
    app = Litestar(
        [*signalling.ROUTES, room_state, close_room, remove, unseat, *door.ROUTES, *rendition.ROUTES, health, figures],
        state=State({"relay": relay, "settings": settings, "buckets": Buckets()}),
        exception_handlers={Exception: problem},
        request_max_body_size=BODY,
        openapi_config=None,
        logging_config=None,
    )
    return with_cors(app)


@get("/rooms/{room:uuid}")
async def room_state(request: Asked, room: FromPath[UUID]) -> messages.Room:
    """Who is here."""
    controlling(request, room)
    known = relay_of(request).rooms.get(room)
    return known.state() if known else messages.Room(room=room, publications=(), stays=())


@delete("/rooms/{room:uuid}", status_code=204)
async def close_room(request: Asked, room: FromPath[UUID]) -> Response[None]:
    """End the session's media: 204 when the backend knows it all, 202 when some is still to be told."""
    controlling(request, room)
    told = await relay_of(request).close_room(room)
    return Response(None, status_code=204 if told else 202)


@delete("/rooms/{room:uuid}/people/{person:uuid}", status_code=204)
async def remove(request: Asked, room: FromPath[UUID], person: FromPath[UUID]) -> None:
    """End a person's media in this room and keep them out."""
    controlling(request, room)
    relay_of(request).remove(room, person)


@delete("/rooms/{room:uuid}/people/{person:uuid}/publications", status_code=204)
async def unseat(request: Asked, room: FromPath[UUID], person: FromPath[UUID]) -> None:
    """End what a person publishes in this room; they may watch on."""
    controlling(request, room)
    relay_of(request).unseat(room, person)


@get("/health")
async def health(request: Asked) -> Health:
    """Open to everybody: it names nobody."""
    relay = relay_of(request)
    return Health(
        status="draining" if relay.draining else "ok",
        engine=relay.engine.name,
        rooms=len(relay.rooms),
        viewers=sum(len(room.viewers) for room in relay.rooms.values()),
        spooled=relay.outbox.waiting,
        unrecorded=relay.recordings.deck.lost,
        counters=relay.counters,
    )


@get("/metrics")
async def figures(request: Asked) -> Response[str]:
    """For Prometheus, which shows `MEDIA_METRICS_SECRET` as a bearer token; without one set there is nothing here."""
    secret = settings_of(request).metrics
    if not secret:
        raise Problem(404, "not-found")
    if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {secret}".encode()):
        raise Problem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    return Response(exposition(relay_of(request)), media_type=TYPE)
