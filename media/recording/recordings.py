"""Recordings: from the tap on a seat to the message that one can be fetched.

When a room closes its takes are finished, a process of its own makes them watchable (`media.replay`, one room at a
time), and the backend is told. What a crash interrupted is taken up at the next start.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from media.grant import Seat
from media.messages import Recorded
from media.recording.deck import Deck
from media.recording.shelf import Shelf
from media.recording.tape import Tape

log = logging.getLogger(__name__)

ROUND = 600.0
"""Seconds between two looks for rooms nobody closed and for what failed."""


class Recordings:
    """Made in the running loop; `run` until cancelled, then `close`. `limit` is bytes per room; 0 records nothing."""

    def __init__(self, data: Path, limit: int, tell: Callable[[Recorded], None]) -> None:
        self._shelf = Shelf(data)
        self.deck = Deck(self._shelf.takes, limit)
        self._limit = limit
        self._tell = tell
        self._closed: asyncio.Queue[UUID] = asyncio.Queue()

    def tape(self, room: UUID, seat: Seat, *, wanted: bool) -> Tape | None:
        """What a seat's packets are given to while its publisher's grant wants it recorded."""
        return self.deck.tape(room, seat) if wanted and self._limit else None

    def close_room(self, room: UUID) -> None:
        """The session is over: make what can be watched of it, now or after a crash."""
        if self._shelf.close(room):
            self._closed.put_nowait(room)

    def file(self, room: UUID, name: str) -> Path | None:
        """A finished file, if there is one of this name."""
        return self._shelf.file(room, name)

    async def forget(self, room: UUID, seat: Seat) -> None:
        """The backend has everything of a seat."""
        await asyncio.to_thread(self._shelf.forget, room, seat)

    async def run(self) -> None:
        """Write tapes and make recordings, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.deck.run())
            group.create_task(self._look_around())
            while True:
                room = await self._closed.get()
                try:
                    await self._complete(room)
                except OSError as fault:
                    log.error("room %s is not recorded yet: %s", room, fault)

    def close(self) -> None:
        """Write the last of what is recorded; it goes on after the restart."""
        self.deck.close()

    async def _look_around(self) -> None:
        while True:
            for room in await asyncio.to_thread(list, self._shelf.closed()):
                self._closed.put_nowait(room)
            await asyncio.sleep(ROUND)

    async def _complete(self, room: UUID) -> None:
        await self.deck.finish(room)
        if not await asyncio.to_thread(self._shelf.finished, room):
            await self._make(room)
        for recorded in await asyncio.to_thread(self._shelf.untold, room):
            self._tell(recorded)
            await asyncio.to_thread(self._shelf.told, recorded)
        await asyncio.to_thread(self._shelf.tidy, room)

    async def _make(self, room: UUID) -> None:
        command = (sys.executable, "-m", "media.replay", self._shelf.takes / str(room), self._shelf.made(room))
        process = await asyncio.create_subprocess_exec(*command)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if code:
            log.error("the recording of room %s failed with %d; it is tried again", room, code)
