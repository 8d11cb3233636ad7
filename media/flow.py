"""When packets go out: those of a frame together, sound at once or with the frame under way, a key frame in pieces."""

import asyncio
from collections.abc import Callable

from media.packet import Packet

WAIT = 0.020
"""Seconds a packet waits for the end of its frame, at most: it is of no use before, and that ends the wait."""
BATCH = 12
"""Packets per flush: a key frame of a hundred would drown a phone's last hop."""
PACE = 0.003
"""Seconds between the flushes of one key frame."""


class Flow:
    """Collects packets and gives them to `send`."""

    def __init__(self, send: Callable[[list[Packet]], None]) -> None:
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._pending: list[Packet] = []
        self._timer: asyncio.Handle | None = None
        self._pacing = self._due = self._held = False

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._pending and self._timer is None

    def hold(self) -> None:
        """From now on keep what is added."""
        self._held = True

    def given(self) -> list[Packet]:
        """What was kept, now that it has gone out by another way."""
        batch, self._pending = self._pending, []
        return batch

    def release(self) -> None:
        """Go on as always, with what is still kept."""
        self._held = False
        kept, self._pending = self._pending, []
        for packet in kept:
            self.add(packet)

    def add(self, packet: Packet) -> None:
        """Send `packet` soon."""
        self._pending.append(packet)
        if self._pacing or self._held:
            return
        alone = packet.track & 1 and len(self._pending) == 1
        if alone or len(self._pending) >= BATCH or (packet.track & 1 == 0 and packet.ends_frame):
            if not self._due:
                # Not here and now: what else the socket has shall go with it.
                self._plan(self._loop.call_soon(self._flush))
                self._due = True
        elif self._timer is None:
            self._plan(self._loop.call_later(WAIT, self._flush))

    def flush_all(self) -> None:
        """Nothing may wait when a viewer is to be given what is in the ring: levelling is still to come."""
        while self._pending:
            batch, self._pending = self._pending[: 4 * BATCH], self._pending[4 * BATCH :]
            self._send(batch)

    def _plan(self, flush: asyncio.Handle) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = flush

    def _flush(self) -> None:
        """Send up to `BATCH` packets, or a third of a backlog: a loop that is late must not fall behind for ever."""
        size = min(max(BATCH, len(self._pending) // 3), 4 * BATCH)
        batch, self._pending = self._pending[:size], self._pending[size:]
        self._send(batch)
        self._due = False
        self._pacing = bool(self._pending)
        self._timer = self._loop.call_later(PACE, self._flush) if self._pacing else None
