"""One live session's room: its seats, and everybody in them."""

import asyncio
from uuid import UUID

from media import messages
from media.distant import PATIENCE, Distant
from media.grant import Seat as SeatName
from media.journal import Live, OnAir
from media.messages import Reason
from media.mixed import Mixed
from media.presence import Presence
from media.publication import Publication
from media.seat import Seat
from media.viewer import REPEATS, Viewer

BEAT = 10
"""Seconds between beats."""

SEEKING, SEGMENT = 8.0, 2.0
"""Seconds between the key frames of a recording, where a player can go to, and of HLS, where a player can begin."""


class Room:
    """Opens with the first connection; `tick` runs once a second."""

    def __init__(self, name: UUID, engine: Mixed, presence: Presence) -> None:
        self.name = name
        self._engine = engine
        self._presence = presence
        self._loop = asyncio.get_running_loop()
        self._seats: dict[SeatName, Seat] = {}
        self._connecting: dict[Viewer, Seat] = {}
        self._stays: dict[tuple[SeatName, UUID, str], Viewer] = {}
        self._distant: dict[tuple[UUID, str], Distant] = {}
        self._seconds = 0

    @property
    def seats(self) -> list[Seat]:
        """The seats anybody ever asked for."""
        return list(self._seats.values())

    @property
    def empty(self) -> bool:
        """Nobody is here or on the way."""
        if self._connecting or self._distant:
            return False
        return not any(seat.publication or seat.viewers for seat in self.seats)

    @property
    def viewers(self) -> list[Viewer]:
        """Everybody connected, in all seats."""
        return [viewer for seat in self.seats for viewer in seat.viewers]

    @property
    def _present(self) -> list[Viewer | Distant]:
        """Everybody who watches, near and far."""
        return [*(viewer for viewer in self.viewers if not viewer.edge), *self._distant.values()]

    @property
    def _on_air(self) -> list[tuple[SeatName, Publication]]:
        """Who publishes here, and not at another relay."""
        publications = [(seat.name, seat.publication) for seat in self.seats if not seat.silent and not seat.relayed]
        return [(name, one) for name, one in publications if one is not None]

    def seat(self, name: SeatName) -> Seat:
        """The seat of this name."""
        if name not in self._seats:
            self._seats[name] = Seat(name, self._engine, self._presence, self._gone)
        return self._seats[name]

    def publish(self, seat: Seat, publication: Publication) -> None:
        """Give the seat to `publication`."""
        seat.take(publication)
        publication.peer.listen(publication)

    def watch(self, seat: Seat, viewer: Viewer) -> None:
        """Let `viewer` connect to `seat`; the same person's stay from the same device ends."""
        other = self._stays.get((seat.name, viewer.person, viewer.device))
        if other is not None:
            self.dismiss(seat, other, "replaced")
        self._stays[seat.name, viewer.person, viewer.device] = viewer
        self._connecting[viewer] = seat
        seat.expect()
        viewer.peer.listen(viewer)

    def dismiss(self, seat: Seat, viewer: Viewer, reason: Reason) -> None:
        """End a stay."""
        self._connecting.pop(viewer, None)
        if self._stays.get(who := (seat.name, viewer.person, viewer.device)) is viewer:
            del self._stays[who]
        viewer.peer.close()
        if seat.drop(viewer) and not viewer.edge:
            self._presence.left(viewer, reason)

    def notice(self, person: UUID, device: str) -> None:
        """`person` watches from afar, on this device, and says so."""
        now = self._loop.time()
        if (person, device) not in self._distant:
            self._distant[person, device] = Distant(person, device, now)
            self._presence.joined(self._distant[person, device])
        self._distant[person, device].watching(now)

    def watched(self, seat: Seat) -> bool:
        """Whether anybody but another relay watches `seat`, or is about to."""
        return any(not viewer.edge for viewer in self._of(seat))

    def relay(self, seat: Seat, publication: Publication) -> None:
        """Take a seat's media from another relay; those that take it from here look there too: no packet goes round."""
        for viewer in self._of(seat):
            if viewer.edge:
                self.dismiss(seat, viewer, "closed")
        self.publish(seat, publication)

    def close(self) -> None:
        """End everything in the room."""
        for distant in list(self._distant.values()):
            self._part(distant, "closed")
        for seat in self.seats:
            seat.vacate("closed")
            for viewer in self._of(seat):
                self.dismiss(seat, viewer, "closed")

    def remove(self, person: UUID) -> None:
        """End whatever `person` watches and publishes here."""
        self.unseat(person)
        for seat in self.seats:
            for viewer in self._of(seat):
                if viewer.person == person:
                    self.dismiss(seat, viewer, "removed")
        for distant in [one for one in self._distant.values() if one.person == person]:
            self._part(distant, "removed")

    def unseat(self, person: UUID) -> None:
        """End whatever `person` publishes here."""
        for seat in self.seats:
            if seat.publication is not None and seat.publication.person == person:
                seat.vacate("removed")

    def tick(self) -> None:
        """Give up who is gone, report upstream, beat."""
        now = self._loop.time()
        self._connecting = {viewer: seat for viewer, seat in self._connecting.items() if viewer.target is None}
        for seat in self.seats:
            self._watch_over(seat, now)
        for distant in [one for one in self._distant.values() if now - one.seen > PATIENCE]:
            self._part(distant, "timeout")
        self._seconds += 1
        if self._seconds % BEAT == 0:
            self._presence.beat(self._present)

    def live(self) -> Live:
        """For the journal."""
        return Live(self.name, self.on_air(), self._presence.present(self._present))

    def on_air(self) -> tuple[OnAir, ...]:
        """Who publishes, for the journal."""
        return tuple(OnAir(one.id, name, one.person) for name, one in self._on_air)

    def state(self) -> messages.Room:
        """For the backend."""
        now = self._loop.time()
        return messages.Room(
            room=self.name,
            publications=tuple(
                messages.Publication(seat=name, person=one.person, since=one.since)
                for name, one in self._on_air
            ),
            stays=tuple(
                messages.Stay(
                    stay=viewer.stay,
                    person=viewer.person,
                    device=viewer.device,
                    receiving=viewer.receipt.receiving(now),
                )
                for viewer in self._present
            ),
        )

    def _watch_over(self, seat: Seat, now: float) -> None:
        publication = seat.publication
        if publication is not None:
            publication.report()
            if publication.peer.overdue(now):
                seat.vacate("timeout")
            elif publication.silent(now):
                self._presence.unpublished(seat.name, publication, "timeout")
        if seat.tape is not None:
            seat.tracks["video"].refresh(now, SEGMENT if seat.rendered else SEEKING)
        seat.adapt(now)
        for viewer in self._of(seat):
            viewer.allowance = REPEATS
            if viewer.peer.overdue(now):
                self.dismiss(seat, viewer, "timeout")
            elif seat.silent and now - viewer.peer.seen < 1:
                viewer.receipt.alive(now)

    def _of(self, seat: Seat) -> list[Viewer]:
        connecting = (viewer for viewer, where in self._connecting.items() if where is seat)
        return list(dict.fromkeys([*seat.viewers, *connecting]))

    def _part(self, distant: Distant, reason: Reason) -> None:
        del self._distant[distant.person, distant.device]
        self._presence.left(distant, reason)

    def _gone(self, seat: Seat, viewer: Viewer) -> None:
        self.dismiss(seat, viewer, "bye")
