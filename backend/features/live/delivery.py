"""Lasting events reach every local socket in their order and without a hole, whatever is lost on the way.

Processes tell each other through Redis, which may forget. Each process therefore knows the number it has
told last per room: an event that is next is passed on, a lower one is dropped, and before a higher one the
missing ones are read from the table. Every two seconds the process also compares its numbers with the
table's, so that nothing is missed for longer when Redis, or the process that had to tell, is gone.
"""

import asyncio
import contextvars
import logging
from uuid import UUID

import msgspec

from backend.features.live import queries
from backend.kit import redis
from backend.kit.commit import LOSSES
from backend.kit.hub import hub
from backend.kit.ids import uuid7

log = logging.getLogger("wake.live")

WATCH_SECONDS = 2.0

_CHANNEL = "rooms"
_PREFIX = "room:"


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """What processes tell each other: an event as JSON and its number, 0 for a passing one."""

    origin: UUID
    room: UUID
    seq: int
    event: bytes


_pack = msgspec.msgpack.encode
_unpack = msgspec.msgpack.Decoder(Parcel).decode
_encode = msgspec.json.encode

_origin = uuid7()
_told: dict[UUID, int] = {}
_known: dict[UUID, int] = {}
_fills: dict[UUID, asyncio.Task[None]] = {}


def topic(room: UUID) -> str:
    """The hub's topic of a room."""
    return f"{_PREFIX}{room}"


async def publish(room: UUID, seq: int, event: bytes) -> None:
    """Tell the room, here and in every other process."""
    _arrive(room, seq, event)
    await redis.publish(_CHANNEL, _pack(Parcel(_origin, room, seq, event)))


async def relay() -> None:
    """For ever, pass on what other processes tell."""
    async for _, data in redis.subscribe(_CHANNEL):
        parcel = _unpack(data)
        if parcel.origin != _origin:
            _arrive(parcel.room, parcel.seq, parcel.event)


async def watch() -> None:
    """For ever, look whether a room has said something that did not arrive."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        for room in [room for room in _told if not hub.sockets(topic(room))]:
            del _told[room]
        try:
            heads = await queries.heads(list(_told)) if _told else {}
        except LOSSES as fault:
            log.warning("rooms are not watched: %r", fault)
            continue
        for room, seq in heads.items():
            if seq > _told.get(room, seq):
                _fill(room, seq)


async def catch_up(of: str, since: int) -> list[bytes]:
    """What a client that knows `since` has missed of a topic.

    A room's first listener sets where telling begins, before the table is read: an event that is
    committed meanwhile may come twice, which its number shows, but never not at all.
    """
    room = UUID(of.removeprefix(_PREFIX))
    if room not in _told:
        head = (await queries.heads([room])).get(room, 0)
        _told.setdefault(room, min(since, head))
    since = min(since, _told[room])
    return [_encode(event) for event in await queries.events(room, since)]


def _arrive(room: UUID, seq: int, event: bytes) -> None:
    told = _told.get(room)
    if not hub.sockets(topic(room)):
        _told.pop(room, None)
    elif seq == 0:
        hub.tell(topic(room), event)
    elif room not in _fills and (told is None or seq == told + 1):
        _told[room] = seq
        hub.tell(topic(room), event)
    elif told is not None and seq > told:
        _fill(room, seq)


def _fill(room: UUID, seq: int) -> None:
    """Tell everything up to a number from the table."""
    _known[room] = max(seq, _known.get(room, 0))
    if room not in _fills:
        # An empty context: the task belongs to no caller and inherits no transaction.
        _fills[room] = asyncio.create_task(_read(room), context=contextvars.Context())


async def _read(room: UUID) -> None:
    try:
        while room in _told and _told[room] < _known[room] and (missed := await queries.events(room, _told[room])):
            for event in missed:
                hub.tell(topic(room), _encode(event))
            _told[room] = missed[-1].seq
    except LOSSES as fault:
        log.warning("what room %s missed is not read yet: %r", room, fault)
    finally:
        del _fills[room], _known[room]


hub.on_subscribe(_PREFIX, catch_up)
