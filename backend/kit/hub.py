"""Sockets that only speak: topics, their sockets, and the other processes' sockets through Redis.

A frame is a JSON array of events, always, so that a reader knows one shape. An event is encoded once,
whatever the number of readers. Big rooms are told at most ten times a second, all at once. A socket that
does not keep up is closed: its client reconnects and asks for what it missed.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from litestar.types import Receive, Scope, Send

from backend.kit import clock, redis, tokens
from backend.kit.commit import LOSSES
from backend.kit.frames import EXTENSION, Frame
from backend.kit.ids import uuid7
from backend.kit.origin import same_origin
from backend.kit.sockets import Socket

_log = logging.getLogger("wake.hub")

TICKET_LIFE = timedelta(seconds=30)
BIG_ROOM = 200
PERIOD_SECONDS = 0.1
CHUNK = 200

_PURPOSE = "socket"
_CHANNEL = "hub"
_TRY_AGAIN, _EXPELLED = 1013, 4403

CatchUp = Callable[[str, int], Awaitable[list[bytes]]]


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """Opens one socket once. `issued` in milliseconds since the epoch."""

    id: UUID
    person: UUID
    topics: tuple[str, ...]
    issued: int


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """What processes tell each other: an event of a topic, or who is expelled (with a farewell)."""

    origin: UUID
    topic: str
    data: bytes
    expelled: UUID | None = None


_pack = msgspec.msgpack.encode
_unpack = msgspec.msgpack.Decoder(Parcel).decode


class Room:
    """The sockets of a topic, and what is to be told to them at the end of the period."""

    __slots__ = ("_events", "_timer", "sockets")

    def __init__(self) -> None:
        self.sockets: dict[Socket, None] = {}
        self._events: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def tell(self, event: bytes) -> None:
        """Tell at once, or with the others of this period when the room is big."""
        self._events.append(event)
        if len(self.sockets) <= BIG_ROOM:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PERIOD_SECONDS, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        events, self._events = self._events, []
        if events:
            self._offer(Frame(events), list(self.sockets), 0)

    def _offer(self, frame: Frame, sockets: list[Socket], start: int) -> None:
        """In portions, so that other work of the process gets its turn in between."""
        for socket in sockets[start : start + CHUNK]:
            socket.offer(frame)
        if start + CHUNK < len(sockets):
            asyncio.get_running_loop().call_soon(self._offer, frame, sockets, start + CHUNK)


class Hub:
    """All topics of this process. Topics: `person:…`, `org:…`, `unit:…`, `room:…` and an id."""

    def __init__(self) -> None:
        self._origin = uuid7()
        self._rooms: dict[str, Room] = defaultdict(Room)
        self._catch_ups: dict[str, CatchUp] = {}
        self._expelled: dict[UUID, int] = {}

    def ticket(self, person: UUID, topics: Sequence[str]) -> str:
        """A text that opens one socket of this person on these topics within 30 s."""
        return tokens.sign(_PURPOSE, Ticket(uuid7(), person, tuple(topics), clock.milliseconds()), TICKET_LIFE)

    def on_subscribe(self, prefix: str, catch_up: CatchUp) -> None:
        """For topics with this prefix, `catch_up(topic, since)` answers what a client missed, encoded."""
        self._catch_ups[prefix] = catch_up

    def sockets(self, topic: str) -> int:
        """How many sockets of this process listen."""
        return len(self._rooms[topic].sockets) if topic in self._rooms else 0

    async def publish(self, topic: str, data: bytes) -> None:
        """Tell an event (JSON) to every listener; those of other processes may miss it without Redis."""
        self.tell(topic, data)
        await redis.publish(_CHANNEL, _pack(Parcel(self._origin, topic, data)))

    async def expel(self, person: UUID, farewell: bytes) -> None:
        """Close every socket of a person after this last event; their unused tickets are void."""
        self._expel(person, farewell)
        await redis.publish(_CHANNEL, _pack(Parcel(self._origin, "", farewell, person)))

    async def relay(self) -> None:
        """For ever, pass on what other processes publish."""
        async for _, data in redis.subscribe(_CHANNEL):
            parcel = _unpack(data)
            if parcel.origin == self._origin:
                continue
            if parcel.expelled is not None:
                self._expel(parcel.expelled, parcel.data)
            else:
                self.tell(parcel.topic, parcel.data)

    def tell(self, topic: str, data: bytes) -> None:
        """Tell an event (JSON) to this process's listeners only."""
        room = self._rooms.get(topic)
        if room is not None:
            room.tell(data)

    def _expel(self, person: UUID, farewell: bytes) -> None:
        present = clock.milliseconds()
        oldest = present - TICKET_LIFE // timedelta(milliseconds=1)
        self._expelled = {one: at for one, at in self._expelled.items() if at > oldest} | {person: present}
        for socket in {one for room in self._rooms.values() for one in room.sockets if one.person == person}:
            socket.offer(Frame([farewell]))
            socket.close(_EXPELLED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: `GET /api/ws?ticket=…[&since=n]`; refused with 403 before the handshake."""
        await receive()
        query = parse_qs(scope["query_string"].decode("latin-1"))
        ticket = await self._admit(dict(scope["headers"]), query.get("ticket", [""])[0])
        if ticket is None:
            await send({"type": "websocket.close", "code": _EXPELLED, "reason": ""})
            return
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        since = query.get("since", [""])[0]
        packed = EXTENSION in (scope.get("extensions") or {})
        with _Membership(self._rooms, Socket(ticket.person, ticket.topics, send, packed=packed)) as socket:
            listener = asyncio.create_task(_listen(receive))
            try:
                socket.release(await self._missed(ticket, since))
            except LOSSES as fault:
                _log.warning("a reader could not catch up: %r", fault)
                socket.close(_TRY_AGAIN)
            await asyncio.wait({listener, socket.gone}, return_when=asyncio.FIRST_COMPLETED)
            socket.end()
            listener.cancel()
            await asyncio.wait({listener})

    async def _admit(self, headers: dict[bytes, bytes], text: str) -> Ticket | None:
        origin = headers.get(b"origin")
        if origin is not None and not same_origin(origin, headers.get(b"host", b"")):
            return None
        ticket = tokens.verify(_PURPOSE, text, Ticket)
        if ticket is None or ticket.issued <= self._expelled.get(ticket.person, 0):
            return None
        return ticket if await redis.once(f"ticket:{ticket.id}", int(TICKET_LIFE.total_seconds()) * 2) else None

    async def _missed(self, ticket: Ticket, since: str) -> list[bytes]:
        if not (since.isascii() and since.isdigit()):
            return []
        missed = []
        for topic in ticket.topics:
            for prefix, catch_up in self._catch_ups.items():
                if topic.startswith(prefix):
                    missed += await catch_up(topic, int(since))
        return missed


class _Membership:
    """A socket in its rooms, for as long as the block lasts; empty rooms are forgotten."""

    def __init__(self, rooms: dict[str, Room], socket: Socket) -> None:
        self._rooms, self._socket = rooms, socket

    def __enter__(self) -> Socket:
        for topic in self._socket.topics:
            self._rooms[topic].sockets[self._socket] = None
        return self._socket

    def __exit__(self, *_: object) -> None:
        for topic in self._socket.topics:
            room = self._rooms[topic]
            room.sockets.pop(self._socket, None)
            if not room.sockets:
                del self._rooms[topic]


async def _listen(receive: Receive) -> None:
    """Wait for the end of the connection: sockets only speak, what a client says is not heard."""
    while (await receive())["type"] != "websocket.disconnect":
        continue


hub = Hub()
