"""The floor for chat: a bare ASGI loop that sends what was posted to every socket, one after the other.

No tickets, no numbers, no table, no other processes, nobody who is too slow.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

_readers: set[Send] = set()


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET with an upgrade listens; POST is told to all who do."""
    if scope["type"] == "websocket":
        await _listen(receive, send)
    elif scope["type"] == "http":
        await _tell((await receive())["body"].decode(), send)


async def _listen(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    _readers.add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    _readers.discard(send)


async def _tell(text: str, answer: Send) -> None:
    for send in list(_readers):
        await send({"type": "websocket.send", "text": text})
    await answer({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"0")]})
    await answer({"type": "http.response.body", "body": b""})
