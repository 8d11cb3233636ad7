"""Text frames that are encoded once for all their readers (RFC 6455 §5.2: a server's frames are not masked)."""

import struct
from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "wake.frame"

_TEXT = 0x81  # the last and only frame of a text message
_SHORT, _MEDIUM = 126, 1 << 16


class Frame:
    """A JSON array of events, and the bytes that bring it to a browser."""

    __slots__ = ("body", "packed")

    def __init__(self, events: Sequence[bytes]) -> None:
        self.body = b",".join(events)
        self.packed = packed(b"[" + self.body + b"]")

    @property
    def text(self) -> str:
        """The message."""
        return f"[{self.body.decode()}]"


def packed(payload: bytes) -> bytes:
    """The frame around a text message, without compression."""
    length = len(payload)
    if length < _SHORT:
        return struct.pack("!BB", _TEXT, length) + payload
    if length < _MEDIUM:
        return struct.pack("!BBH", _TEXT, 126, length) + payload
    return struct.pack("!BBQ", _TEXT, 127, length) + payload


class FrameProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with an ASGI extension that writes a packed frame as it is.

    Compression has to be off (`ws_per_message_deflate=False`).
    """

    async def run_asgi(self) -> None:
        if not self.config.ws_per_message_deflate:
            self.scope["extensions"] = {**(self.scope["extensions"] or {}), EXTENSION: {}}
        await super().run_asgi()

    async def send(self, message: Any) -> None:  # noqa: ANN401 - ASGI's messages and ours
        if message["type"] != EXTENSION:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected:
            raise ClientDisconnected
        if not self.close_sent:
            self.transport.write(message["data"])
