"""ICE over TCP (RFC 6544, we being passive): connections that carry what datagrams else do, framed by RFC 4571.

A `Stream` stands wherever an address does. It holds half a second of media; what does not fit is lost, as on any
network, and nobody waits for it.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from media.counters import Counters
from media.stun import Address

LONGEST = 2048
"""Bytes of the largest frame taken."""
FULL, EMPTY = 96 * 1024, 16 * 1024
"""Bytes waiting above which media is dropped, and below which it is taken again; the kernel holds as much once more."""
STRANGERS, PATIENCE = 1000, 5.0
"""Connections that have proven nothing yet, and the seconds each of them may take."""


class Stream(asyncio.Protocol):
    """One TCP connection. `name` is the other end's address; `thinned` says that media was dropped."""

    def __init__(self, door: "Door") -> None:
        self.name: Address = ("", 0)
        self.closed = False
        self.thinned = False
        self._door = door
        self._rest = b""
        self._choked = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)
        self.name = transport.get_extra_info("peername")
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, FULL)
        self._transport.set_write_buffer_limits(FULL, EMPTY)
        self._door.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.closed = True
        self._door.gone(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        data, start = self._rest + data, 0
        while start + 2 <= len(data) and not self.closed:
            size = data[start] << 8 | data[start + 1]
            if size > LONGEST:
                self._door.counters.garbage += 1
                self.close()
                return
            if start + 2 + size > len(data):
                break
            self._door.take(data[start + 2 : start + 2 + size], self)
            start += 2 + size
        self._rest = data[start:]

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._choked = True

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._choked = False
        if self.thinned:
            self.thinned = False
            self._door.relieved(self)

    @property
    def choked(self) -> bool:
        """Whether media is dropped now; then it is not even encrypted."""
        if self._choked:
            self.thinned = True
        return self._choked or self.closed

    def send(self, data: bytes) -> None:
        """Send one frame. Checks, handshakes and reports have as much room again as media."""
        if self._transport is None or self.closed or self._transport.get_write_buffer_size() > 2 * FULL:
            self._door.counters.unsent += 1
            return
        self._transport.write(len(data).to_bytes(2, "big") + data)

    def close(self) -> None:
        """Hang up, after what waits is sent or the other end has been silent for `PATIENCE`."""
        if self._transport is not None and not self.closed:
            self.closed = True
            self._transport.close()
            asyncio.get_running_loop().call_later(PATIENCE, self._transport.abort)


class Door:
    """Listens. `take` gets every frame with its stream, `relieved` a stream that takes media again after it had dropped
    some, `left` one that is gone. Who proves nothing is shown out."""

    def __init__(self, bind: str, port: int, counters: Counters) -> None:
        family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        self._socket = socket.create_server((bind, port), family=family, backlog=1024, dualstack_ipv6=bind == "::")
        self._server: asyncio.Server | None = None
        self._strangers: dict[Stream, asyncio.TimerHandle] = {}
        self._streams: set[Stream] = set()
        self.counters = counters
        self.take: Callable[[bytes, Stream], None] = _nobody
        self.relieved: Callable[[Stream], None] = _nothing
        self.left: Callable[[Stream], None] = _nothing

    async def open(self) -> None:
        """Begin to accept, in the running loop."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Stream(self), sock=self._socket, start_serving=True)

    def close(self) -> None:
        """Hang up on everybody and let go of the port."""
        if self._server is not None:
            self._server.close()
        self._socket.close()
        for stream in list(self._streams):
            stream.close()

    def came(self, stream: Stream) -> None:
        """Somebody connected."""
        self._streams.add(stream)
        if len(self._strangers) >= STRANGERS:
            self.counters.strangers += 1
            stream.close()
        else:
            self._strangers[stream] = asyncio.get_running_loop().call_later(PATIENCE, stream.close)

    def proven(self, stream: Stream) -> None:
        """The stream's other end is a browser of ours."""
        timer = self._strangers.pop(stream, None)
        if timer is not None:
            timer.cancel()

    def gone(self, stream: Stream) -> None:
        """The connection is over."""
        self._streams.discard(stream)
        self.proven(stream)
        self.left(stream)


def _nobody(_data: bytes, _stream: Stream) -> None:
    """Before the relay listens."""


def _nothing(_stream: Stream) -> None:
    """Before the relay listens."""
