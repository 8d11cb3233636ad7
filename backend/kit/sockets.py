"""One reader's connection: frames are written on the spot, and a slow reader is cut off."""

import asyncio
import types
from collections.abc import Awaitable, Generator, Sequence
from typing import Any
from uuid import UUID

from litestar.types import Send

from backend.kit.frames import EXTENSION, Frame

BACKLOG_FRAMES = 256


class Socket:
    """One connection and what is to be written to it.

    A frame is normally written on the spot, by stepping the server's `send` by hand: waking a task for
    each costs more than the writing. Only when the connection is full does a task wait for it.
    """

    __slots__ = ("_backlog", "_closing", "_held", "_packed", "_send", "_waiting", "gone", "person", "topics")

    def __init__(self, person: UUID, topics: Sequence[str], send: Send, *, packed: bool) -> None:
        self.person = person
        self.topics = topics
        self._packed = packed
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._send = send
        self._held = True
        self._closing = 0
        self._backlog: list[Frame] = []
        self._waiting: asyncio.Task[None] | None = None

    def offer(self, frame: Frame) -> None:
        """Write a frame, or queue it; too many queued ones end the connection."""
        self._backlog.append(frame)
        if len(self._backlog) > BACKLOG_FRAMES:
            self.end()
        elif not self._held and self._waiting is None:
            self._write()

    def release(self, events: list[bytes]) -> None:
        """Begin to write: these first, then what was offered meanwhile."""
        self._held = False
        if events:
            self._backlog.insert(0, Frame(events))
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

    def _next(self) -> Any:  # noqa: ANN401 - ASGI's messages and ours
        frames, self._backlog = self._backlog, []
        if not frames:
            code, self._closing, self._held = self._closing, 0, True
            return {"type": "websocket.close", "code": code, "reason": ""}
        frame = frames[0] if len(frames) == 1 else Frame([one.body for one in frames])
        if self._packed:
            return {"type": EXTENSION, "data": frame.packed}
        return {"type": "websocket.send", "bytes": None, "text": frame.text}

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
