"""One seat pulled from the relay its host publishes to, by WHEP: here it is a publication as any."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from uuid import UUID

from media import sdp
from media.dtls import Certificate
from media.fleet import whep
from media.fleet.call import Call
from media.post import Line
from media.publication import Publication
from media.room import Room
from media.seat import Seat

log = logging.getLogger(__name__)

NOBODY = UUID(int=0)
AGAIN = 0.3
"""Seconds to the next try."""
_CREATED = 201


class Pull:
    """One seat's way from the relay at `control`; `wanted` is the loop time somebody last watched it."""

    def __init__(self, certificate: Certificate, room: Room, seat: Seat, control: str) -> None:
        self.room = room
        self.control = control
        self.wanted = 0.0
        self.task: asyncio.Task[None] | None = None
        self._certificate = certificate
        self._seat = seat

    async def run(self, grant: Callable[[], str]) -> None:
        """Call, and call again when it is over, until cancelled."""
        while True:
            call = Call(self._certificate)
            try:
                if await self._connected(call, grant()):
                    await call.over.wait()
            except (OSError, EOFError, TimeoutError, ValueError, sdp.Unacceptable) as fault:
                log.warning("%s of %s is not pulled from %s: %r", self._seat.name, self.room.name, self.control, fault)
            finally:
                self._end(call)
            await asyncio.sleep(AGAIN)

    async def _connected(self, call: Call, grant: str) -> bool:
        text = whep.offer(call.ufrag, call.password, self._certificate.fingerprint)
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {grant}"}
        with contextlib.closing(Line(f"{self.control}/whep/{self.room.name}/{self._seat.name}")) as http:
            status, answer = await http.ask(text.encode(), headers)
        if status != _CREATED:
            raise ValueError(f"answered {status}")
        if self._taken():
            return False
        offer = sdp.parse(text, "recv")
        self.room.relay(self._seat, Publication(call, self._seat, NOBODY, self.control, offer, relayed=True))
        return await call.connect(whep.read(answer.decode()))

    def _taken(self) -> bool:
        """Whether somebody has begun to publish here meanwhile."""
        return self._seat.publication is not None and not self._seat.relayed

    def _end(self, call: Call) -> None:
        if self._seat.publication is not None and self._seat.publication.peer is call:
            self._seat.vacate("closed")
        call.close()
