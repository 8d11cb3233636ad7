"""The deck: all tapes of the relay, by room and seat, and when they are written."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import UUID

from media.grant import Seat
from media.recording.tape import Tape

PAUSE = 0.25
"""Seconds between two writes: what `kill -9` may cost."""


class Deck:
    """Used from the event loop; `folder` has a folder per room, `limit` is in bytes per room."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._tapes: dict[UUID, dict[Seat, Tape]] = {}
        self._sizes: dict[UUID, int] = {}
        self._thread = ThreadPoolExecutor(1, "takes")

    @property
    def lost(self) -> int:
        """Packets of the open tapes that are in no take."""
        return sum(tape.lost for tapes in self._tapes.values() for tape in tapes.values())

    def tape(self, room: UUID, seat: Seat) -> Tape:
        """The tape of a seat, the same one as long as the room is not finished."""
        tapes = self._tapes.setdefault(room, {})
        if seat not in tapes:
            tapes[seat] = Tape(self._folder / str(room) / seat, partial(self._account, room))
        return tapes[seat]

    async def run(self) -> None:
        """Write four times a second, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(PAUSE)
            tapes = [tape for tapes in self._tapes.values() for tape in tapes.values()]
            if tapes:
                await loop.run_in_executor(self._thread, _write, tapes)

    async def finish(self, room: UUID) -> None:
        """Write the last of a room and forget its tapes."""
        tapes = list(self._tapes.pop(room, {}).values())
        await asyncio.get_running_loop().run_in_executor(self._thread, _write, tapes)
        self._sizes.pop(room, None)

    def close(self) -> None:
        """Write the last of everything."""
        for tapes in self._tapes.values():
            self._thread.submit(_write, list(tapes.values()))
        self._thread.shutdown()

    def _account(self, room: UUID, size: int) -> bool:
        """In the writing thread: count `size` bytes more; whether the room may have them."""
        if room not in self._sizes:
            self._sizes[room] = sum(take.stat().st_size for take in (self._folder / str(room)).iterdir())
        self._sizes[room] += size
        return self._sizes[room] <= self._limit


def _write(tapes: list[Tape]) -> None:
    for tape in tapes:
        tape.write()
