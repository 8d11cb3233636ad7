"""A real little backend for the relay: takes its webhooks over HTTP, checks the signature, keeps every message."""

import asyncio
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

import msgspec

from media.messages import AnyMessage, Message, instant

M = TypeVar("M", bound=Message)
SECRET = "the media secret of the tests, 32 bytes and more"


class Receiver:
    """`messages` holds each message once, in order of arrival; `posts` counts every try, `lines` every
    connection. Port 0 picks a free one."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.messages: list[AnyMessage] = []
        self.posts = self.lines = 0
        self.answers: Iterator[int] = iter(())
        self._seen: set[UUID] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where the relay has to post."""
        return f"http://127.0.0.1:{self.port}/api/media/webhooks"

    async def open(self) -> None:
        """Listen (again)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Go away: the port refuses connections, open ones are cut."""
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.close()
            await self._server.wait_closed()
            self._server = None

    def of(self, kind: type[M], room: UUID | None = None) -> list[M]:
        """The messages of a kind (of one room), in order of arrival."""
        return [m for m in self.messages if isinstance(m, kind) and (room is None or m.room == room)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        self._writers.add(writer)
        try:
            with suppress(EOFError, OSError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                    body = await reader.readexactly(int(fields["content-length"]))
                    status = self._take(fields["wake-signature"], body)
                    writer.write(b"HTTP/1.1 %d So\r\nContent-Length: 2\r\n\r\n{}" % status)
        finally:
            self._writers.discard(writer)
            writer.close()

    def _take(self, signed: str, body: bytes) -> int:
        self.posts += 1
        seconds, _, digest = signed.removeprefix("t=").partition(",v1=")
        good = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        if digest != good or abs(instant() // 1000 - int(seconds)) > 300:
            return 401
        status = next(self.answers, 200)
        if status < 300:
            message = msgspec.json.decode(body, type=AnyMessage)
            if message.id not in self._seen:
                self._seen.add(message.id)
                self.messages.append(message)
        return status
