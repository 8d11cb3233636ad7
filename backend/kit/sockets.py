"""One reader's connection: frames are written on the spot, and a slow reader is cut off."""

import asyncio
import types
from collections.abc import Awaitable, Generator, Sequence
from typing import Any
from uuid import UUID

from litestar.types import Send, WebSocketCloseEvent, WebSocketSendEvent

BACKLOG_FRAMES = 256


def frame(events: Sequence[bytes]) -> str:
    """The text that carries these events."""
    return (b"[" + b",".join(events) + b"]").decode()


class Socket:
    """One connection and what is to be written to it.

    A frame is normally written on the spot, by stepping the server's `send` by hand: waking a task for
    each costs more than the writing. Only when the connection is full does a task wait for it.
    """

    __slots__ = ("_backlog", "_closing", "_held", "_send", "_waiting", "gone", "person", "topics")

    def __init__(self, person: UUID, topics: Sequence[str], send: Send) -> None:
        self.person = person
        self.topics = topics
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._send = send
        self._held = True
        self._closing = 0
        self._backlog: list[str] = []
        self._waiting: asyncio.Task[None] | None = None

    def offer(self, text: str) -> None:
        """Write a frame, or queue it; too many queued ones end the connection."""
        self._backlog.append(text)
        if len(self._backlog) > BACKLOG_FRAMES:
            self.end()
        elif not self._held and self._waiting is None:
            self._write()

    def release(self, events: list[bytes]) -> None:
        """Begin to write: these first, then what was offered meanwhile."""
        self._held = False
        if events:
            self._backlog.insert(0, frame(events))
        self._write()

    def close(self, code: int) -> None:
        """Write what is queued, then close."""
        self._closing = self._closing or code
        self._held = False
        self._write()

    def end(self) -> None:
        """Write nothing more: the connection is gone or does not keep up."""
        self._held = True
        if self._waiting is not None:
            self._waiting.cancel()
        if not self.gone.done():
            self.gone.set_result(None)

    def _write(self) -> None:
        while self._waiting is None and not self._held and (self._backlog or self._closing):
            sending = self._send(self._next())
            try:
                obstacle = sending.send(None)  # type: ignore[attr-defined]
            except StopIteration:
                continue
            except OSError:
                self.end()
                return
            self._waiting = asyncio.create_task(self._finish(_rest(sending, obstacle)))

    def _next(self) -> WebSocketSendEvent | WebSocketCloseEvent:
        texts, self._backlog = self._backlog, []
        if not texts:
            code, self._closing, self._held = self._closing, 0, True
            return {"type": "websocket.close", "code": code, "reason": ""}
        text = texts[0] if len(texts) == 1 else "[" + ",".join(one[1:-1] for one in texts) + "]"
        return {"type": "websocket.send", "bytes": None, "text": text}

    async def _finish(self, rest: Awaitable[None]) -> None:
        try:
            await rest
        except OSError:
            self.end()
        else:
            self._waiting = None
            self._write()


@types.coroutine
def _rest(sending: Any, obstacle: Any) -> Generator[Any, None, None]:  # noqa: ANN401 - what coroutines yield
    """Finish a coroutine that was stepped by hand until it met an obstacle (a future)."""
    try:
        while True:
            yield obstacle
            obstacle = sending.send(None)
    except StopIteration:
        return
    finally:
        sending.close()
