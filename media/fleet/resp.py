"""A lean Redis line (RESP2): one kept connection, one command at a time.

The general client would cost a relay that is alone 20 MB and a quarter of a second at every start.
"""

import asyncio
import ssl
from urllib.parse import unquote, urlsplit

TIMEOUT = 1.0
"""Seconds a command may take, the connection included."""

Reply = bytes | int | None | list["Reply"]


class Refused(Exception):
    """Redis understood, and says no."""


class Line:
    """A connection to `redis://`, `rediss://` or `unix://`, opened when needed and again after it broke."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def ask(self, *command: str | bytes) -> Reply:
        """The reply. Raises OSError, TimeoutError, EOFError, ValueError (not RESP), Refused."""
        async with self._turn, asyncio.timeout(TIMEOUT):
            try:
                if self._streams is None:
                    await self._open()
                return await self._exchange(*command)
            except Refused:
                raise
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Drop the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _open(self) -> None:
        parts = self._parts
        if parts.scheme == "unix":
            self._streams = await asyncio.open_unix_connection(parts.path)
        else:
            tls = ssl.create_default_context() if parts.scheme == "rediss" else None
            self._streams = await asyncio.open_connection(parts.hostname or "", parts.port or 6379, ssl=tls)
        if parts.password:
            names = [unquote(parts.username)] if parts.username else []
            await self._exchange("AUTH", *names, unquote(parts.password))
        database = parts.path.strip("/")
        if parts.scheme != "unix" and database not in ("", "0"):
            await self._exchange("SELECT", database)

    async def _exchange(self, *command: str | bytes) -> Reply:
        if self._streams is None:
            raise EOFError
        words = [word.encode() if isinstance(word, str) else word for word in command]
        body = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        self._streams[1].write(b"*%d\r\n%b" % (len(words), body))
        return await _read(self._streams[0])


async def _read(reader: asyncio.StreamReader) -> Reply:
    line = (await reader.readuntil(b"\r\n"))[:-2]
    kind, rest = line[:1], line[1:]
    if kind == b"+":
        return rest
    if kind == b"-":
        raise Refused(rest.decode(errors="replace"))
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == b"-1" else (await reader.readexactly(int(rest) + 2))[:-2]
    if kind == b"*":
        return [await _read(reader) for _ in range(int(rest))]
    raise ValueError(f"not RESP: {line[:20]!r}")
