"""The outbox: what the backend has to hear, posted in order per room until it is acknowledged (PROTOCOL.md §3)."""

import asyncio
import contextlib
import hashlib
import hmac
import logging
import random
import sqlite3
from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec

from media.messages import AnyMessage, Beat, instant
from media.post import Line
from media.spool import Spool, Waiting

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
SYNC_PAUSE = 0.1
POSTS_AT_ONCE = 8
ACKNOWLEDGED = range(200, 300)
REFUSED = frozenset(range(400, 500)) - {408, 425, 429}


class Settings(Protocol):
    """The part of the relay's settings the outbox reads."""

    @property
    def spool(self) -> Path:
        """Folder of the spool."""

    @property
    def webhook(self) -> str:
        """URL of the backend's webhook route."""

    @property
    def secret(self) -> str:
        """The secret shared with the backend."""


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The `Wake-Signature` header: HMAC-SHA256 (RFC 2104) over `SECONDS.BODY`."""
    digest = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"


class Outbox:
    """A spool and one courier per room with something to tell. Used from the event loop that runs `run`."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.secret
        self._url = settings.webhook
        self._spool = Spool(settings.spool)
        self._lines: list[Line] = []
        self._couriers: dict[UUID, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._slots = asyncio.Semaphore(POSTS_AT_ONCE)
        self._running = asyncio.Event()
        self._written = asyncio.Event()
        self._hurry = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many messages wait for the backend."""
        return self._spool.count

    def send(self, message: AnyMessage) -> None:
        """Put `message` in the spool (≤ 2 ms) and let it be posted; never waits for the network, also before `run`."""
        try:
            self._spool.add(message.room, msgspec.json.encode(message), beat=isinstance(message, Beat))
        except sqlite3.Error:
            log.critical("the spool takes no message (disk full?), lost: %r", message, exc_info=True)
        self._written.set()
        self._call_courier(message.room)

    async def run(self) -> None:
        """Post what waits and what comes, until cancelled."""
        try:
            async with asyncio.TaskGroup() as self._group:
                try:
                    for room in self._spool.rooms():
                        self._call_courier(room)
                    self._running.set()
                    await self._keep_synced()
                finally:
                    self._running.clear()
                    self._group = None
        finally:
            for line in self._lines:
                line.close()

    def close(self) -> None:
        """Sync and release the spool; what waits is posted by the next run."""
        self._spool.sync()
        self._spool.close()

    async def drained(self, room: UUID, within: float) -> bool:
        """Whether everything told about `room` is acknowledged within so many seconds; hurries what is backing off."""
        self._hurry.set()
        self._hurry = asyncio.Event()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._running.wait()
                if room in self._couriers:
                    await asyncio.wait([self._couriers[room]])
        return self._spool.head(room) is None

    def _call_courier(self, room: UUID) -> None:
        if self._group is not None and room not in self._couriers:
            self._couriers[room] = self._group.create_task(self._deliver(room))

    async def _keep_synced(self) -> None:
        while True:
            await self._written.wait()
            await asyncio.sleep(SYNC_PAUSE)
            self._written.clear()
            try:
                await asyncio.to_thread(self._spool.sync)
            except sqlite3.Error as fault:
                log.error("the spool is not synced: %s", fault)

    async def _deliver(self, room: UUID) -> None:
        pause = FIRST_PAUSE
        try:
            while (message := self._spool.head(room)) is not None:
                async with self._slots:
                    settled = await self._post(message)
                if settled:
                    pause = FIRST_PAUSE
                else:
                    await self._rest(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            del self._couriers[room]

    async def _post(self, message: Waiting) -> bool:
        """Over a line kept from before: at most as many are there as are posted to at once."""
        line = self._lines.pop() if self._lines else Line(self._url)
        signed = signature(self._secret, instant() // 1000, message.body)
        try:
            status = await line.post(message.body, {"Content-Type": "application/json", "Wake-Signature": signed})
            return self._settled(message, status)
        except (OSError, EOFError, ValueError, sqlite3.Error) as fault:
            log.warning("webhook: %s; %d waiting", str(fault) or type(fault).__name__, self.waiting)
            return False
        finally:
            self._lines.append(line)

    def _settled(self, message: Waiting, status: int) -> bool:
        if status in ACKNOWLEDGED:
            self._spool.done(message)
        elif status in REFUSED:
            log.error("webhook refused with %d: %s", status, message.body[:200])
            self._spool.refuse(message, str(msgspec.json.decode(message.body)["id"]))
        else:
            log.warning("webhook answered %d; %d waiting", status, self.waiting)
            return False
        return True

    async def _rest(self, pause: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads rooms, no secret
