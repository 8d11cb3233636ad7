"""A lean HTTP/1.1 line (RFC 9112): one kept connection that posts.

A general client costs about a millisecond of the relay's loop per post; this one a tenth.
"""

import asyncio
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

TIMEOUT = 10.0
"""Seconds for connecting and for the answer."""
WORTH_READING = 1 << 16
"""Bytes of a body up to which reading it away is cheaper than a new connection."""


class Line:
    """One connection to one URL (http or https), opened when needed and again after it broke."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._start = f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer. Raises OSError, TimeoutError, EOFError or ValueError (not HTTP); then nothing is
        known of what the receiver did."""
        return (await self.ask(body, headers))[0]

    async def ask(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """The status and the body, which is left out when it is longer than 64 KiB. Raises as `post` does."""
        async with asyncio.timeout(TIMEOUT):
            try:
                return await self._exchange(body, headers)
            except BaseException:
                self.close()
                raise

    async def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        reader, writer = self._streams
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"{self._start}{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        except asyncio.LimitOverrunError as fault:
            raise ValueError("the answer has an endless head") from fault
        version, status = head.split(maxsplit=2)[:2]
        length = _content_length(head, int(status))
        whole = length is not None and length <= WORTH_READING
        answer = await reader.readexactly(length) if length is not None and whole else b""
        if not whole or version != "http/1.1" or "connection: close" in head:
            self.close()
        return int(status), answer

    def close(self) -> None:
        """Drop the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _content_length(head: str, status: int) -> int | None:
    if status == HTTPStatus.NO_CONTENT:
        return 0
    for field in head.split("\r\n")[1:]:
        name, _, value = field.partition(":")
        if name == "content-length":
            return int(value)
    return None
