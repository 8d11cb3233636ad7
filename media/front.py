"""What surrounds every answer of the relay: CORS, the limit per address, and problems (RFC 9457)."""

import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

RATE, BURST = 100.0, 2000.0
"""Posts per second and at once from one address: a whole company may sit behind one."""
_ADDRESSES = 10_000
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Location, ETag, Link, Retry-After"),
]
_PREFLIGHT = [
    *_CORS,
    (b"access-control-allow-methods", b"GET, POST, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, If-Match"),
    (b"access-control-max-age", b"7200"),
    (b"accept-post", b"application/sdp"),
    (b"accept-patch", b"application/trickle-ice-sdpfrag"),
    (b"content-length", b"0"),
]


class Problem(Exception):
    """An answer other than success: `name` becomes the type `/problems/NAME`."""

    def __init__(self, status: int, name: str, detail: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(name)
        self.status = status
        self.name = name
        self.detail = detail
        self.headers = headers or {}


def problem(_: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """The answer for a Problem, for what Litestar itself refuses, and for what nobody expected."""
    if isinstance(fault, HTTPException):
        name = type(fault).__name__.removesuffix("Exception")
        kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
        fault = Problem(fault.status_code, kebab, str(fault.detail), {**(fault.headers or {})})
    if not isinstance(fault, Problem):
        log.error("unexpected", exc_info=fault)
        fault = Problem(500, "internal-server-error")
    body = {
        "type": f"/problems/{fault.name}",
        "title": fault.name.replace("-", " ").capitalize(),
        "status": fault.status,
    }
    if fault.detail:
        body["detail"] = fault.detail
    return Response(
        msgspec.json.encode(body),
        status_code=fault.status,
        media_type="application/problem+json",
        headers=fault.headers,
    )


class Buckets:
    """A token bucket per address."""

    def __init__(self) -> None:
        self._filled: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> bool:
        """Whether `address` may post once more now; all of an IPv6 /64 are one."""
        if ":" in address:
            address = str(ipaddress.IPv6Network((address.partition("%")[0], 64), strict=False))
        now = time.monotonic()
        level, at = self._filled.get(address, (BURST, now))
        level = min(BURST, level + (now - at) * RATE)
        if len(self._filled) >= _ADDRESSES:
            self._filled.clear()
        self._filled[address] = (max(level - 1, 0), now)
        return level >= 1


def with_cors(app: ASGIApp) -> ASGIApp:
    """Answer every OPTIONS at once and let every origin read every answer: the grant decides, not the origin."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await _preflight(send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_CORS]
            await send(message)

        await app(scope, receive, tell)

    return answer


async def _preflight(send: Callable[[Message], Awaitable[None]]) -> None:
    start: HTTPResponseStartEvent = {"type": "http.response.start", "status": 200, "headers": list(_PREFLIGHT)}
    await send(start)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
