"""A lean HTTP/1.1 client for load: keep-alive connections that each send the next request when answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import cast

from msgspec import Struct

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Tally(Struct):
    """What came back: statuses, seconds for all, and seconds for each, sorted."""

    statuses: Counter[int]
    seconds: float
    latencies: list[float]
    faulty: list[bytes]

    def percentile(self, part: float) -> float:
        """The latency (seconds) that this part of the requests stayed under."""
        return self.latencies[min(int(len(self.latencies) * part), len(self.latencies) - 1)]


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END + body


async def load(port: int, requests: Iterable[bytes], connections: int) -> Tally:
    """Send all requests over so many connections to 127.0.0.1; a lost connection is an error of the test."""
    loop, turns = asyncio.get_running_loop(), iter(requests)
    tally = Tally(Counter(), 0.0, [], [])
    began = time.perf_counter()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: _Client(turns, tally), "127.0.0.1", port)
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    tally.seconds = time.perf_counter() - began
    tally.latencies.sort()
    return tally


class _Client(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], tally: Tally) -> None:
        self.requests, self.tally, self.held = requests, tally, b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._next()

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(fault or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self.held += data
        head = self.held.find(_END)
        if head < 0:
            return
        size = head + len(_END) + _length(self.held[:head])
        if len(self.held) < size:
            return
        self._count(self.held[:size])
        self.held = self.held[size:]
        self._next()

    def _count(self, answer: bytes) -> None:
        self.tally.latencies.append(time.perf_counter() - self.sent)
        status = int(answer[9:12])
        self.tally.statuses[status] += 1
        if status >= 300:
            self.tally.faulty.append(answer)

    def _next(self) -> None:
        following = next(self.requests, None)
        if following is None:
            self.done.set_result(None)
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(following)


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(_LENGTH)
    return int(lower[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
