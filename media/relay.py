"""The relay: all rooms, one socket, one engine. What the front asks, and what happens once a second."""

import asyncio
import logging
import secrets
from typing import NamedTuple
from uuid import UUID

from media import answer, sdp
from media.answer import Local
from media.counters import Counters
from media.dtls import Certificate, fast_path_holds
from media.fanout import engine
from media.grant import Grant
from media.grant import Seat as SeatName
from media.journal import Journal
from media.messages import Beat, Fault, Unpublished, instant
from media.mux import Mux
from media.peer import Peer
from media.presence import Presence
from media.publication import Publication
from media.room import Room
from media.seat import Seat
from media.settings import Settings
from media.viewer import Viewer
from media.webhooks import Outbox

log = logging.getLogger(__name__)

DRAINED = 3.0
"""Seconds closing a room waits for its messages to be acknowledged."""
_REMEMBERED = 3_600_000
"""Milliseconds a closing or a removal is remembered: no grant is older."""
_ENDED = 10_000
"""Ended connections whose keys are still known, so that a late goodbye is no error."""


class RoomClosed(Exception):
    """The grant is older than the room's closing."""


class Removed(Exception):
    """The grant is not younger than its bearer's removal from the room."""


class Connection(NamedTuple):
    """A resource of WHIP or WHEP, named by a key nobody can guess."""

    room: Room
    seat: Seat
    party: Publication | Viewer

    @property
    def tag(self) -> str:
        """The entity tag of its ICE session."""
        return f'"{self.party.peer.local.ufrag}"'


class Opened(NamedTuple):
    """A new connection: its key, its entity tag, and our SDP answer."""

    key: str
    tag: str
    answer: str


class Relay:
    """Made in the running loop; `run` until cancelled, then `close`."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        self.counters = Counters()
        self.outbox = outbox
        self.draining = False
        self.connections: dict[str, Connection] = {}
        self.rooms: dict[UUID, Room] = {}
        self._certificate = Certificate()
        self._addresses = settings.addresses
        self._mux = Mux(settings.bind, settings.udp_port, self.counters)
        self.engine = engine(self._mux.socket, self.counters, fast=fast_path_holds())
        self._journal = Journal(settings.journal)
        self._closed: dict[UUID, int] = {}
        self._removed: dict[tuple[UUID, UUID], int] = {}
        self._ended: dict[str, tuple[UUID, SeatName]] = {}
        log.info(
            "udp %s:%d, engine %s, candidates %s", settings.bind, self._mux.port, self.engine.name, self._addresses
        )

    async def run(self) -> None:
        """Tell what the last run did not live to tell, then carry media."""
        self._confess()
        self._mux.open()
        while True:
            self._tick()
            await asyncio.sleep(1)

    def close(self) -> None:
        """Hang up on everybody without a word to the backend: they come back after the restart, `fault` explains."""
        self.draining = True
        for connection in self.connections.values():
            connection.party.peer.close()

    def release(self) -> None:
        """Let go of the port, after the last goodbye is sent."""
        self._mux.close()

    def publish(self, grant: Grant, seat: SeatName, text: str) -> Opened:
        """Open a publication. Raises sdp.Unacceptable, RoomClosed, Removed."""
        offer = sdp.parse(text, "send")
        room = self._room(grant)
        where = room.seat(seat)
        publication = Publication(self._peer(offer), where, grant.person, grant.device, offer)
        room.publish(where, publication)
        return self._opened(Connection(room, where, publication), answer.to_publisher(offer, publication.peer.local))

    def watch(self, grant: Grant, seat: SeatName, text: str) -> Opened:
        """Open a viewer's connection. Raises sdp.Unacceptable, RoomClosed, Removed."""
        offer = sdp.parse(text, "recv")
        room = self._room(grant)
        where = room.seat(seat)
        viewer = Viewer(self._peer(offer), where, grant.person, grant.device, offer)
        room.watch(where, viewer)
        ssrcs = {str(kind): track.ssrc for kind, track in where.tracks.items()}
        return self._opened(Connection(room, where, viewer), answer.to_viewer(offer, viewer.peer.local, ssrcs))

    def restart(self, connection: Connection) -> Local:
        """New ICE credentials for a connection."""
        return connection.party.peer.restart()

    def place(self, key: str) -> tuple[UUID, SeatName] | None:
        """The room and the seat of a connection, also of one of the last 10,000 that have ended."""
        connection = self.connections.get(key)
        return (connection.room.name, connection.seat.name) if connection else self._ended.get(key)

    def end(self, key: str) -> None:
        """The browser says goodbye; again: nothing happens."""
        if key not in self.connections:
            return
        room, seat, party = self._forget(key)
        if isinstance(party, Viewer):
            room.dismiss(seat, party, "bye")
        else:
            seat.ended(party)

    async def close_room(self, name: UUID) -> bool:
        """End everything in a room; whether the backend knows it all by now."""
        room = self.rooms.pop(name, None)
        self._closed[name] = instant()
        if room is not None:
            room.close()
        self._sweep()
        return await self.outbox.drained(name, DRAINED)

    def remove(self, name: UUID, person: UUID) -> None:
        """End everything of a person in a room; no grant they have by now opens it again."""
        self._removed[name, person] = instant()
        room = self.rooms.get(name)
        if room is not None:
            room.remove(person)

    def _room(self, grant: Grant) -> Room:
        if grant.iat < self._closed.get(grant.room, 0) // 1000:
            raise RoomClosed
        if grant.iat <= self._removed.get((grant.room, grant.person), -1) // 1000:
            raise Removed
        if grant.room not in self.rooms:
            presence = Presence(grant.room, self.outbox.send)
            self.rooms[grant.room] = Room(grant.room, self.engine, presence)
        return self.rooms[grant.room]

    def _peer(self, offer: sdp.Offer) -> Peer:
        return Peer(self._mux, self._certificate, self._addresses, offer.fingerprints)

    def _opened(self, connection: Connection, text: str) -> Opened:
        key = secrets.token_urlsafe(18)
        self.connections[key] = connection
        return Opened(key, connection.tag, text)

    def _forget(self, key: str) -> Connection:
        connection = self.connections.pop(key)
        self._ended[key] = (connection.room.name, connection.seat.name)
        if len(self._ended) > _ENDED:
            del self._ended[next(iter(self._ended))]
        return connection

    def _tick(self) -> None:
        for room in list(self.rooms.values()):
            room.tick()
            if room.empty:
                del self.rooms[room.name]
        self._sweep()
        self._journal.alive(room.live() for room in self.rooms.values())

    def _sweep(self) -> None:
        """Forget connections that have ended, and what was closed so long ago that no grant is left."""
        ended = [key for key, connection in self.connections.items() if connection.party.peer.closed]
        for key in ended:
            self._forget(key)
        oldest = instant() - _REMEMBERED
        self._closed = {name: at for name, at in self._closed.items() if at > oldest}
        self._removed = {who: at for who, at in self._removed.items() if at > oldest}

    def _confess(self) -> None:
        entry = self._journal.last()
        for room in entry.rooms if entry else ():
            since, until = entry.at if entry else 0, instant()
            if room.people:
                self.outbox.send(Beat(room=room.room, at=since, people=room.people))
            self.outbox.send(Fault(room=room.room, at=until, since=since, until=until))
            for one in room.publications:
                self.outbox.send(
                    Unpublished(
                        room=room.room,
                        at=since,
                        seat=one.seat,
                        publication=one.publication,
                        person=one.person,
                        reason="timeout",
                    )
                )
