"""Seats that are watched here and published at another relay are pulled from there, once for all who watch (WHEP)."""

import asyncio
import contextlib
from functools import partial
from uuid import UUID

import jwt
import msgspec

from media.fleet.pull import NOBODY, Pull
from media.fleet.register import AWAY, NODES, PERIOD
from media.fleet.resp import Line
from media.fleet.terms import Terms
from media.grant import Seat as SeatName
from media.messages import instant
from media.relay import Relay
from media.room import Room

GRANT = 60
"""Seconds an edge's own grant is good for: it is used at once."""
LINGER = 10.0
"""Seconds a seat is still pulled after its last viewer has gone."""


class _Known(msgspec.Struct, frozen=True):
    """What an edge reads of another relay's standing."""

    control: str


class Edge:
    """`run` until cancelled. A relay that is alone pulls nothing."""

    def __init__(self, terms: Terms, secret: str, relay: Relay) -> None:
        self._terms = terms
        self._secret = secret
        self._relay = relay
        self._line = Line(terms.redis)
        self._pulls: dict[tuple[UUID, SeatName], Pull] = {}

    async def run(self) -> None:
        """Begin and end pulls, as viewers come and go and origins move."""
        if not self._terms.name:
            return
        async with asyncio.TaskGroup() as group:
            while True:
                self._relay.asked.clear()
                with contextlib.suppress(*AWAY):  # without Redis what is pulled goes on, and nothing new begins
                    for name, room in list(self._relay.rooms.items()):
                        await self._look_after(room, await self._origin(name), group)
                for key, pull in list(self._pulls.items()):
                    if key[0] not in self._relay.rooms:
                        self._stop(key, pull)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._relay.asked.wait(), PERIOD)

    async def _origin(self, room: UUID) -> tuple[str, str]:
        """Name and control address of the relay where a room's hosts publish; both empty when nobody knows."""
        name = await self._line.ask("GET", f"wake:media:origin:{room}")
        told = await self._line.ask("HGET", NODES, name) if isinstance(name, bytes) else None
        if not isinstance(name, bytes) or not isinstance(told, bytes):
            return "", ""
        return name.decode(), msgspec.json.decode(told, type=_Known).control

    async def _look_after(self, room: Room, origin: tuple[str, str], group: asyncio.TaskGroup) -> None:
        name, control = origin
        if not name:
            return
        now = self._relay.now()
        for seat in room.seats:
            key = room.name, seat.name
            pull = self._pulls.get(key)
            if pull is not None and room.watched(seat):
                pull.wanted = now
            if pull is not None and (pull.control != control or pull.room is not room or now - pull.wanted > LINGER):
                self._stop(key, pull)
                pull = None
            mine = name == self._terms.name or (seat.publication is not None and not seat.relayed)
            if pull is None and not mine and room.watched(seat):
                pull = self._pulls[key] = Pull(self._relay.certificate, room, seat, control)
                pull.wanted = now
                pull.task = group.create_task(pull.run(partial(self._grant, room.name)))

    def _stop(self, key: tuple[UUID, SeatName], pull: Pull) -> None:
        del self._pulls[key]
        if pull.task is not None:
            pull.task.cancel()

    def _grant(self, room: UUID) -> str:
        now = instant() // 1000
        claims = {"iss": "wake", "iat": now, "exp": now + GRANT, "room": str(room), "sub": str(NOBODY)}
        return jwt.encode(claims | {"device": self._terms.name, "watch": True, "edge": True}, self._secret, "HS256")
