"""A relay that has recordings and nothing else: what the worker fetches from."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any


class Shelf:
    """`documents` by name, for whatever room. `cut` bytes into each answer the connection breaks, once per answer."""

    def __init__(self) -> None:
        self.port = 0
        self.documents: dict[str, bytes] = {}
        self.cuts: list[int] = []
        self.gets: list[str] = []
        self.forgotten: list[str] = []
        self.away = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def told(self, **documents: bytes) -> dict[str, Any]:
        """The members of a `recorded` message about these, which can be fetched from now on."""
        names = {"video": "host.mp4", "poster": "host.jpg", "thumbnails": "host-thumbnails.jpg"}
        members: dict[str, Any] = dict.fromkeys(names)
        for kind, data in documents.items():
            self.documents[names[kind]] = data
            members[kind] = {"name": names[kind], "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        if members["thumbnails"]:
            members["thumbnails"] |= {"count": 6, "columns": 10, "everyMs": 10_000}
        return {"seat": "host", "complete": True} | members

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(EOFError, OSError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                await self._answer(head, writer)
        writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        method, path = head.split(" ")[:2]
        if self.away or "Bearer " not in head:
            writer.write(b"HTTP/1.1 503 So\r\nContent-Length: 0\r\n\r\n")
        elif method == "DELETE":
            self.forgotten += [path] if path.startswith("/recordings") else []
            writer.write(b"HTTP/1.1 204 So\r\n\r\n")
        else:
            self._piece(path, head.lower(), writer)

    def _piece(self, path: str, head: str, writer: asyncio.StreamWriter) -> None:
        data = self.documents[path.rsplit("/", 1)[1]]
        first, last = (int(end) for end in head.split("bytes=")[1].split("\r\n")[0].split("-"))
        self.gets.append(f"{first}-{last}")
        body = data[first : last + 1]
        writer.write(b"HTTP/1.1 206 So\r\nContent-Length: %d\r\n\r\n" % len(body))
        if self.cuts:
            writer.write(body[: self.cuts.pop()])
            writer.close()
        else:
            writer.write(body)


@asynccontextmanager
async def shelf_open() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    server = await asyncio.start_server(shelf.serve, "127.0.0.1", 0)
    shelf.port = server.sockets[0].getsockname()[1]
    try:
        yield shelf
    finally:
        server.close()


