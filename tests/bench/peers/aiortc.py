"""Stock aiortc on air; see aiortc_relay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from tests.bench.peers.peer import RELAY_CORE, Peer, answering, module
from tests.house import free_ports


@asynccontextmanager
async def aiortc(room: UUID) -> AsyncIterator[Peer]:
    """On air; the room does not matter."""
    http, video, audio = free_ports(1), free_ports(1), free_ports(1)
    url = f"http://127.0.0.1:{http}"
    ports = map(str, (http, video, audio))
    async with (
        module("tests.bench.peers.aiortc_relay", *ports, core=RELAY_CORE) as server,
        module("tests.bench.peers.feed", str(video), str(audio)),
    ):
        await answering(url)
        yield Peer("aiortc", server.pid, url)
