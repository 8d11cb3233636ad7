"""Which seats are rendered as HLS now: those somebody asks for, each by a process of its own (`media.rendition`)."""

import asyncio
import logging
import shutil
import sys
from asyncio.subprocess import Process
from pathlib import Path
from uuid import UUID

from msgspec import Struct

from media.grant import Seat

log = logging.getLogger(__name__)

IDLE = 30.0
"""Seconds nobody asks after which a rendition ends."""
MOST = 16
"""Renditions at once; each takes 2 % of a core or so."""
_ROUND = 5.0


class Busy(Exception):
    """There are as many renditions as there may be."""


class _Running(Struct):
    process: Process
    folder: Path
    asked: float


class Renditions:
    """Used from the event loop. `hls` gets a folder per room and seat; `takes` is where takes are written."""

    def __init__(self, data: Path) -> None:
        self._takes = data / "takes"
        self._hls = data / "hls"
        self._running: dict[tuple[UUID, Seat], _Running] = {}
        self._starting = asyncio.Lock()

    def running(self, room: UUID, seat: Seat) -> bool:
        """Whether somebody watches this seat here."""
        return (room, seat) in self._running

    async def folder(self, room: UUID, seat: Seat) -> Path | None:
        """Where the files of a seat's rendition come; None when the seat is not recorded. Raises Busy."""
        loop = asyncio.get_running_loop()
        async with self._starting:
            known = self._running.get((room, seat))
            if known is None:
                take = self._takes / str(room) / seat
                if not await asyncio.to_thread(take.exists):
                    return None
                if len(self._running) >= MOST:
                    raise Busy
                known = self._running[room, seat] = await self._start(take, self._hls / str(room) / seat)
            known.asked = loop.time()
            return known.folder

    async def run(self) -> None:
        """End what nobody asks for any more, until cancelled; then end everything."""
        await asyncio.to_thread(shutil.rmtree, self._hls, ignore_errors=True)
        try:
            while True:
                await asyncio.sleep(_ROUND)
                now = asyncio.get_running_loop().time()
                for key, one in list(self._running.items()):
                    if now - one.asked > IDLE:
                        del self._running[key]
                        await self._end(one)
        finally:
            for one in self._running.values():
                await self._end(one)

    async def _start(self, take: Path, folder: Path) -> _Running:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "media.rendition", take, folder)
        log.info("rendering %s", take)
        return _Running(process, folder, 0.0)

    async def _end(self, one: _Running) -> None:
        if one.process.returncode is None:
            one.process.kill()
        await one.process.wait()
        await asyncio.to_thread(shutil.rmtree, one.folder, ignore_errors=True)
