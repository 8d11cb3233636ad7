"""The line between a phone and the relay, in a test's hand: datagrams go through it until it is cut."""

import asyncio
import random
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from math import inf
from typing import cast

from playwright.async_api import Page, Route

LOOPBACK = "127.0.0.1"
LARGEST = 65_535
BURST = 0.25
"""Seconds of its limit that a line carries at once, as a router that queues so much."""
CANDIDATE = re.compile(r"(a=candidate:\S+ 1 udp \d+) (\S+) (\d+) typ host")
OTHER_WAYS = re.compile(r"a=candidate:\S+ 1 tcp .*\r\n")

Address = tuple[str, int]


class Line(asyncio.DatagramProtocol):
    """Carries datagrams both ways; every phone's address has a socket of its own, as behind a router.

    While it is `cut` nothing comes through; else all but a random share, the `loss`, and towards the phone no more than
    `limit` bits per second: what is above it for longer than `BURST` is lost.
    """

    def __init__(self, *, loss: float = 0.0, limit: float = inf) -> None:
        self.cut, self.loss, self.limit = False, loss, limit
        self._bucket, self._filled = 0.0, time.monotonic()
        self._dice = random.Random(1)
        self._relay: Address = (LOOPBACK, 0)  # until an answer of the relay names it
        self._ways: dict[Address, socket.socket] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, phone: Address) -> None:
        if self._carries():
            (self._ways.get(phone) or self._way(phone)).send(data)

    def _way(self, phone: Address) -> socket.socket:
        way = self._ways[phone] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        way.setblocking(False)
        way.connect(self._relay)
        asyncio.get_running_loop().add_reader(way, self._back, way, phone)
        return way

    def _back(self, way: socket.socket, phone: Address) -> None:
        data = way.recv(LARGEST)
        if self._carries() and self._fits(len(data)):
            self._transport.sendto(data, phone)

    def _carries(self) -> bool:
        return not self.cut and self._dice.random() >= self.loss

    def _fits(self, size: int) -> bool:
        """A token bucket (RFC 2697) of bytes."""
        now, rate = time.monotonic(), self.limit / 8
        self._bucket = min(self._bucket + (now - self._filled) * rate, BURST * rate) if rate < inf else inf
        self._filled = now
        fits = self._bucket >= size
        self._bucket -= size * fits
        return fits

    async def lead(self, page: Page) -> None:
        """Let the page's media and its calls to the relay go over this line."""
        port = self._transport.get_extra_info("sockname")[1]

        async def exchange(route: Route) -> None:
            if self.cut:
                return await route.abort("internetdisconnected")
            reply = await route.fetch()
            answer = OTHER_WAYS.sub("", await reply.text())
            if found := CANDIDATE.search(answer):
                self._relay = found[2], int(found[3])
            await route.fulfill(response=reply, body=CANDIDATE.sub(rf"\1 {LOOPBACK} {port} typ host", answer))

        await page.route("**/whep/**", exchange)

    def close(self) -> None:
        for way in self._ways.values():
            asyncio.get_running_loop().remove_reader(way)
            way.close()
        self._transport.close()


@asynccontextmanager
async def laid_line(*, loss: float = 0.0) -> AsyncIterator[Line]:
    """A line to the relay, laid for as long as the context lasts."""
    loop = asyncio.get_running_loop()
    _, line = await loop.create_datagram_endpoint(partial(Line, loss=loss), local_addr=(LOOPBACK, 0))
    try:
        yield line
    finally:
        line.close()
