"""The relay: all rooms, one socket, one engine. What the front asks, and what happens once a second."""

import asyncio
import logging
import secrets
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from media import answer, sdp
from media.counters import Counters
from media.dtls import Certificate
from media.engine import choose
from media.fanout import Compiled
from media.fast_path import FastPath, Route
from media.grant import Grant
from media.grant import Seat as SeatName
from media.journal import Journal
from media.load import Load
from media.messages import Beat, Fault, Recorded, Unpublished, instant
from media.mixed import Mixed
from media.mux import Mux
from media.peer import Peer
from media.presence import Presence
from media.publication import Publication
from media.recording.recordings import Recordings
from media.rehearsal import forwards
from media.rendition.renditions import Renditions
from media.revoked import Revoked
from media.room import Room
from media.seat import Seat
from media.settings import Settings
from media.tally import Tally
from media.viewer import Viewer
from media.webhooks import Outbox

log = logging.getLogger(__name__)

DRAINED = 3.0
"""Seconds closing a room waits for its messages to be acknowledged."""
MOVED = 15_000
"""Milliseconds within which the viewers of a dead relay are with another of its fleet."""
_ENDED = 10_000
"""Ended connections whose keys are still known, so that a late goodbye is no error."""


class NotTheOrigin(Exception):
    """Another relay asks for a seat that we have from another one ourselves."""


class Connection(NamedTuple):
    """A resource of WHIP or WHEP, named by a key nobody can guess."""

    room: Room
    seat: Seat
    party: Publication | Viewer
    peer: Peer

    @property
    def tag(self) -> str:
        """The entity tag of its ICE session."""
        return f'"{self.peer.local.ufrag}"'


class Opened(NamedTuple):
    """A new connection: its key, its entity tag, and our SDP answer."""

    key: str
    tag: str
    answer: str


class Relay:
    """Made in the running loop; `run` until cancelled, then `close`. `asked` is set when somebody comes to
    watch, and when a room is closed."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        self._loop = asyncio.get_running_loop()
        self.counters = Counters()
        self.outbox = outbox
        self.draining = False
        self.asked = asyncio.Event()
        self.load = Load()
        self.connections: dict[str, Connection] = {}
        self.rooms: dict[UUID, Room] = {}
        self.certificate = Certificate()
        self._addresses = settings.addresses
        self._mux = Mux(settings.bind, settings.udp_port, self.counters, tcp=settings.tcp)
        datagrams = choose(self._mux.socket, self.counters)
        self.engine = Mixed(datagrams, self.counters)
        if isinstance(datagrams, Compiled) and forwards(datagrams, self._mux.socket.family):
            fast_path = FastPath(self._mux.socket, self.counters, self._mux, self._routes, gso=datagrams.gso)
            self._mux.fast_path = self.engine.fast_path = fast_path
        self._journal = Journal(settings.journal)
        self._terms = settings.terms
        self._past = Tally()
        self.recordings = Recordings(settings.data, settings.recording_limit, self._tell_recorded)
        self.renditions = Renditions(settings.data)
        self.revoked = Revoked()
        self._ended: dict[str, tuple[UUID, SeatName]] = {}
        log.info(
            "udp %s:%d, engine %s, candidates %s", settings.bind, self._mux.port, self.engine.name, self._addresses
        )

    async def run(self) -> None:
        """Tell what the last run did not live to tell, then carry media."""
        self._confess()
        await self._mux.open()
        while True:
            self._tick()
            await asyncio.sleep(1)

    def close(self) -> None:
        """Hang up on everybody without a word to the backend: they come back after the restart, `fault` explains."""
        self.draining = True
        for connection in self.connections.values():
            connection.peer.close()

    def release(self) -> None:
        """Let go of the port, after the last goodbye is sent."""
        self._mux.close()
        self.recordings.close()

    def publish(self, grant: Grant, seat: SeatName, text: str) -> Opened:
        """Open a publication. Raises sdp.Unacceptable, RoomClosed, Removed, Unseated."""
        offer = sdp.parse(text, "send")
        room = self._room(grant, publishes=True)
        where = room.seat(seat)
        peer = self._peer(offer)
        publication = Publication(peer, where, grant.person, grant.device, offer)
        where.tape = self.recordings.tape(grant.room, seat, wanted=grant.record)
        room.publish(where, publication)
        return self._opened(Connection(room, where, publication, peer), answer.to_publisher(offer, peer.local))

    def watch(self, grant: Grant, seat: SeatName, text: str) -> Opened:
        """Open a viewer's connection. Raises sdp.Unacceptable, RoomClosed, Removed, NotTheOrigin."""
        offer = sdp.parse(text, "recv")
        room = self._room(grant)
        where = room.seat(seat)
        if grant.edge and where.relayed:
            raise NotTheOrigin
        viewer = Viewer(self._peer(offer), where, grant.person, grant.device, offer, edge=grant.edge)
        room.watch(where, viewer)
        self.asked.set()
        ssrcs = {str(kind): track.ssrc for kind, track in where.tracks.items()}
        ssrcs["rtx"] = where.tracks["video"].rtx_ssrc
        text = answer.to_viewer(offer, viewer.peer.local, ssrcs)
        return self._opened(Connection(room, where, viewer, viewer.peer), text)

    def place(self, key: str) -> tuple[UUID, SeatName] | None:
        """The room and the seat of a connection, also of one of the last 10,000 that have ended."""
        connection = self.connections.get(key)
        return (connection.room.name, connection.seat.name) if connection else self._ended.get(key)

    def end(self, key: str) -> None:
        """The browser says goodbye; again: nothing happens."""
        if key not in self.connections:
            return
        room, seat, party, _ = self._forget(key)
        if isinstance(party, Viewer):
            room.dismiss(seat, party, "bye")
        else:
            seat.ended(party)

    async def close_room(self, name: UUID) -> bool:
        """End everything in a room; whether the backend knows it all by now."""
        room = self._part(name)
        self.revoked.close(name)
        if room is not None:
            room.close()
        self.recordings.close_room(name)
        self._sweep()
        self.asked.set()
        return await self.outbox.drained(name, DRAINED)

    def remove(self, name: UUID, person: UUID) -> None:
        """End everything of a person in a room; no grant they have by now opens it again."""
        self.revoked.remove(name, person)
        room = self.rooms.get(name)
        if room is not None:
            room.remove(person)

    def unseat(self, name: UUID, person: UUID) -> None:
        """End what a person publishes in a room; no grant they have by now publishes there again. They may watch on."""
        self.revoked.unseat(name, person)
        room = self.rooms.get(name)
        if room is not None:
            room.unseat(person)

    def tally(self) -> Tally:
        """What all seats have counted, also of rooms that are no more."""
        total = Tally()
        total.add(self._past)
        for room in self.rooms.values():
            for seat in room.seats:
                total.add(seat.tally)
        return total

    def now(self) -> float:
        """The loop's time, which all moments in the rooms are of."""
        return self._loop.time()

    def _routes(self) -> Iterator[Route]:
        for room in self.rooms.values():
            yield from filter(None, (seat.route() for seat in room.seats))

    def _tell_recorded(self, recorded: Recorded) -> None:
        self.outbox.send(replace(recorded, relay=self._terms.control))

    def _part(self, name: UUID) -> Room | None:
        """Take a room out of the relay and keep what it counted."""
        room = self.rooms.pop(name, None)
        for seat in room.seats if room else ():
            self._past.add(seat.tally)
        return room

    def present(self, grant: Grant) -> None:
        """Somebody watches from afar. Raises RoomClosed, Removed."""
        self._room(grant).notice(grant.person, grant.device)

    def _room(self, grant: Grant, *, publishes: bool = False) -> Room:
        self.revoked.check(grant, publishes=publishes)
        if grant.room not in self.rooms:
            presence = Presence(grant.room, self.outbox.send)
            self.rooms[grant.room] = Room(grant.room, self.engine, presence)
        return self.rooms[grant.room]

    def _peer(self, offer: sdp.Offer) -> Peer:
        return Peer(self._mux, self.certificate, self._addresses, offer)

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
        self._mux.hear()  # when no media comes, nothing else does it
        for room in list(self.rooms.values()):
            for seat in room.seats:
                seat.rendered = self.renditions.running(room.name, seat.name)
            room.tick()
            if room.empty:
                self._part(room.name)
        self._sweep()
        for connection in self.connections.values():
            connection.peer.replenish()
        self.load.tick(self.counters.forwarded)
        self._journal.alive(room.live() for room in self.rooms.values())

    def _sweep(self) -> None:
        """Forget connections that have ended, and revocations no grant is left for."""
        ended = [key for key, connection in self.connections.items() if connection.peer.closed]
        for key in ended:
            self._forget(key)
        self.revoked.forget()

    def _confess(self) -> None:
        entry = self._journal.last()
        for room in entry.rooms if entry else ():
            since = entry.at if entry else 0
            until = min(instant(), since + MOVED) if self._terms.name else instant()
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
