"""Readers for chat benches: thousands of WebSockets (RFC 6455) that do no more than count what they are told."""

import asyncio
from typing import cast

_HANDSHAKE = """GET {path} HTTP/1.1\r
Host: 127.0.0.1\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
Sec-WebSocket-Version: 13\r
\r
"""
_PING, _PONG = 9, 0x8A
_AT_ONCE = 100


class Room:
    """Readers of one server; `heard` counts how often the mark came to any of them."""

    def __init__(self, port: int, mark: bytes) -> None:
        self.port, self.mark, self.heard = port, mark, 0
        self._transports: list[asyncio.BaseTransport] = []

    async def enter(self, paths: list[str]) -> None:
        """Open a socket for each path."""
        gate = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._open(path, gate) for path in paths))

    async def _open(self, path: str, gate: asyncio.Semaphore) -> None:
        loop = asyncio.get_running_loop()
        async with gate:
            transport, reader = await loop.create_connection(lambda: _Reader(self, path), "127.0.0.1", self.port)
            self._transports.append(transport)
            await reader.opened

    def leave(self) -> None:
        for transport in self._transports:
            transport.close()


class _Reader(asyncio.Protocol):
    def __init__(self, room: Room, path: str) -> None:
        self.room, self.path, self.held = room, path, b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by name
        self.transport.write(_HANDSHAKE.format(path=self.path).encode())

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(fault or ConnectionError("not accepted"))

    def data_received(self, data: bytes) -> None:
        self.held += data
        if not self.opened.done():
            head, end, self.held = self.held.partition(b"\r\n\r\n")
            if not end:
                self.held = head
                return
            if b" 101 " not in head:
                self.opened.set_exception(ConnectionError(head.decode()))
                return
            self.opened.set_result(None)
        while (size := _size(self.held)) and len(self.held) >= size:
            self._take(self.held[:size])
            self.held = self.held[size:]

    def _take(self, frame: bytes) -> None:
        if frame[0] & 0x0F == _PING:
            payload = frame[2:]
            self.transport.write(bytes((_PONG, 0x80 | len(payload))) + bytes(4) + payload)
        else:
            self.room.heard += frame.count(self.room.mark)


def _size(held: bytes) -> int:
    """How long the frame at the beginning is, 0 while that is not known."""
    if len(held) < 2:
        return 0
    length = held[1]
    if length < 126:
        return 2 + length
    bytes_ = 2 if length == 126 else 8
    return 2 + bytes_ + int.from_bytes(held[2 : 2 + bytes_]) if len(held) >= 2 + bytes_ else 0
