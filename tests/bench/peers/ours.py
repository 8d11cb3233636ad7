"""Our relay, the hot loop in C or in Python, and somebody who publishes to it."""

import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from tests.bench.peers.peer import RELAY_CORE, Peer, module, on_core, said
from tests.media.receiver import Receiver
from tests.media.server import RelayProcess


@asynccontextmanager
async def relay(*, compiled: bool = True) -> AsyncIterator[Peer]:
    """The relay and a backend that listens to it, nothing on air."""
    backend = Receiver()
    await backend.open()
    with tempfile.TemporaryDirectory() as folder:
        server = RelayProcess(Path(folder), backend.url)
        with on_core(RELAY_CORE):
            await server.start(MEDIA_COMPILED=str(int(compiled)))
        assert server.process is not None
        yield Peer("ours C" if compiled else "ours Python", server.process.pid, server.url)
        await server.stop()
    await backend.close()


@asynccontextmanager
async def publishing(url: str, room: UUID, *more: str) -> AsyncIterator[Process]:
    """A publisher in a process of its own, who has sent for a second; `more` is for tests.media.pool."""
    async with module("tests.media.pool", "--url", url, "--room", str(room), "--publish", *more) as publisher:
        await said(publisher)
        yield publisher


@asynccontextmanager
async def ours(room: UUID, *, compiled: bool = True) -> AsyncIterator[Peer]:
    """On air; `room` is where."""
    async with relay(compiled=compiled) as peer, publishing(peer.url, room):
        yield peer
