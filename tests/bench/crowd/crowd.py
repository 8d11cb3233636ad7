"""A crowd from the outside: let in, listened to."""

from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec

from tests.bench.crowd.line import Line
from tests.bench.peers.peer import Peer, module, said


class Crowd:
    """Viewers of a peer, in a process of their own."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def let_in(self, count: int, rate: float) -> None:
        """Let viewers come until there are `count`, `rate` of them a second."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count} {rate}\n".encode())

    async def line(self) -> Line:
        """What it says next, within a second."""
        return msgspec.json.decode(await said(self._process), type=Line)

    async def grown(self, count: int, rate: float, patience: int = 60) -> None:
        """Wait until so many are there and all of them receive. Raises RuntimeError after `patience` seconds."""
        self.let_in(count, rate)
        for _ in range(patience + int(count / rate)):
            line = await self.line()
            if line.viewers == count and line.receiving == count:
                return
        raise RuntimeError(f"of {count} viewers {line.receiving} receive; {line.failed} did not get in")


@asynccontextmanager
async def crowd(peer: Peer, room: UUID) -> AsyncIterator[Crowd]:
    """Nobody at first."""
    async with module("tests.bench.crowd", msgspec.json.encode(peer).decode(), str(room)) as process:
        yield Crowd(process)
