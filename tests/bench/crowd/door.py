"""How a crowd offers itself: for WHEP over a few kept lines, a general HTTP client costs more than the handshake."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from uuid import UUID

from media.post import Line
from tests.bench.peers.peer import Peer
from tests.media.sdp import Answer, read_answer

LINES = 32
"""Kept, at most."""

Ask = Callable[[str, str], Awaitable[Answer]]
"""Offer something with a grant: the answer. Raises ConnectionError when it is turned down, EOFError or OSError when
nobody answers."""


@asynccontextmanager
async def door(peer: Peer, room: UUID) -> AsyncIterator[Ask]:
    """The way in to watch `room`."""
    if peer.signalling == "whep":
        lines = _Lines(peer.url + peer.path(room))
        yield lines.ask
        lines.close()
        return
    async with peer.door() as general:

        async def ask(offer: str, token: str) -> Answer:
            return (await general.post(peer.path(room), offer, token))[0]

        yield ask


class _Lines:
    def __init__(self, url: str) -> None:
        self._idle = [Line(url) for _ in range(LINES)]
        self._slots = asyncio.Semaphore(LINES)

    async def ask(self, offer: str, token: str) -> Answer:
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
        async with self._slots:
            line = self._idle.pop()
            try:
                status, answer = await line.ask(offer.encode(), headers)
            finally:
                self._idle.append(line)
        if status != HTTPStatus.CREATED:
            raise ConnectionError(f"{status} {answer.decode()[:300]}")
        return read_answer(answer.decode())

    def close(self) -> None:
        for line in self._idle:
            line.close()
