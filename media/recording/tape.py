"""Tapes: the tap on a seat, and the one thread that writes what it gave to the takes.

The event loop only appends to a queue in memory. Four times a second the thread writes each queue in one unbuffered
write, so that `kill -9` loses no more than that. When the disk stands still the queue is full and further packets are
left out of the take and counted; when it is full the take ends. The viewers notice neither.
"""

import errno
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from media.packet import Packet
from media.recording.take import mend, written

log = logging.getLogger(__name__)

BACKLOG = 8 << 20
"""Bytes a tape may owe the disk: half a minute of a seat."""


class Tape:
    """One seat's way to its take. `keep` is the tap; all else belongs to the writing thread.

    `lost` counts packets that are in no take. `account` is asked before each write whether the room may have so many
    bytes more.
    """

    def __init__(self, path: Path, account: Callable[[int], bool]) -> None:
        self.path = path
        self.lost = 0
        self.ended = self._cut.exists()
        self._account = account
        self._waiting: deque[bytes] = deque()
        self._offered = self._settled = 0  # each has one writing thread, so neither needs a lock
        self._mended = False

    def keep(self, packets: Sequence[Packet]) -> None:
        """Take these packets, which are being forwarded, into the recording; never waits."""
        if self.ended or self._offered - self._settled > BACKLOG:
            self.lost += len(packets)
            return
        piece = written(packets)
        self._offered += len(piece)
        self._waiting.append(piece)

    def write(self) -> None:
        """Bring what waits into the file."""
        data = b"".join([self._waiting.popleft() for _ in range(len(self._waiting))])
        if not data:
            return
        try:
            if not self.ended:
                self._append(data)
        except OSError as fault:
            self._end("the disk is full" if fault.errno in (errno.ENOSPC, errno.EDQUOT) else str(fault))
        finally:
            self._settled += len(data)

    def _append(self, data: bytes) -> None:
        if not self._mended:
            self._begin()
        if not self._account(len(data)):
            self._end("the room has as much as it may")
            return
        with self.path.open("ab", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]

    def _begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            log.info("%s goes on after %d bytes", self.path, mend(self.path))
        self._mended = True

    def _end(self, why: str) -> None:
        """Record no more, also after a restart; the live share goes on."""
        log.error("the recording %s ends here: %s", self.path, why)
        self.ended = True
        with suppress(OSError):
            self._cut.touch()

    @property
    def _cut(self) -> Path:
        return self.path.with_suffix(".cut")
