"""What the backend is told of one room: who came, who is there, who left, who was on the air (PROTOCOL.md §3)."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol
from uuid import UUID

from media.grant import Seat
from media.messages import (
    AnyMessage,
    Beat,
    Joined,
    Left,
    Present,
    Published,
    Reason,
    Unpublished,
    instant,
    mint,
)
from media.publication import Publication
from media.receipt import Receipt

_RECENT = 10.0
"""Seconds without proof of life (RTCP, consent) after which a viewer may already be gone; one beat."""


class Stay(Protocol):
    """Somebody who watches, however. `seen` is the loop time of the last proof of life."""

    receipt: Receipt

    @property
    def stay(self) -> UUID:
        """The stay's own id."""

    @property
    def person(self) -> UUID:
        """Who."""

    @property
    def device(self) -> str:
        """On which device."""

    @property
    def seen(self) -> float:
        """When they were last known to be there."""


class Presence:
    """Turns what happens in `room` into messages, once each."""

    def __init__(self, room: UUID, send: Callable[[AnyMessage], None]) -> None:
        self._room = room
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._beat = self._loop.time()

    def joined(self, viewer: Stay) -> None:
        """Media can flow to `viewer`."""
        self._send(Joined(room=self._room, stay=viewer.stay, person=viewer.person, device=viewer.device))

    def left(self, viewer: Stay, reason: Reason) -> None:
        """A stay that had `joined` is over: now when they said so or we ended it, else at the last proof of life."""
        now = reason == "bye" or (reason in ("closed", "removed") and self._loop.time() - viewer.seen < _RECENT)
        at = instant() if now else self._instant(viewer.seen)
        self._send(
            Left(room=self._room, at=at, stay=viewer.stay, person=viewer.person, device=viewer.device, reason=reason)
        )

    def beat(self, viewers: Iterable[Stay]) -> None:
        """Who has given proof of life since the last beat, and how long media reached each."""
        now = self._loop.time()
        people = tuple(
            Present(stay=viewer.stay, person=viewer.person, device=viewer.device, media_ms=viewer.receipt.take())
            for viewer in viewers
            if viewer.seen >= self._beat
        )
        self._beat = now
        if people:
            self._send(Beat(room=self._room, people=people))

    def present(self, viewers: Iterable[Stay]) -> tuple[Present, ...]:
        """Who is there now, for the journal: after a crash it tells how long they had been."""
        since = self._loop.time() - _RECENT
        return tuple(
            Present(stay=viewer.stay, person=viewer.person, device=viewer.device, media_ms=0)
            for viewer in viewers
            if viewer.seen >= since
        )

    def published(self, seat: Seat, publication: Publication) -> None:
        """Media of `seat` begins; each time under a new id. Of what is relayed another relay has told."""
        publication.id, publication.since, publication.live = mint(), instant(), True
        if publication.relayed:
            return
        self._send(
            Published(
                room=self._room,
                at=publication.since,
                seat=seat,
                publication=publication.id,
                person=publication.person,
                device=publication.device,
            )
        )

    def unpublished(self, seat: Seat, publication: Publication, reason: Reason) -> None:
        """Media of `seat` has ended with its last packet; nothing to tell when it never began."""
        if not publication.live:
            return
        publication.live = False
        if publication.relayed:
            return
        self._send(
            Unpublished(
                room=self._room,
                at=max(self._instant(publication.media_at), publication.since),
                seat=seat,
                publication=publication.id,
                person=publication.person,
                reason=reason,
            )
        )

    def _instant(self, moment: float) -> int:
        """A moment of the loop's clock in milliseconds since the epoch."""
        return instant() - round((self._loop.time() - moment) * 1000)
