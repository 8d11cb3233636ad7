"""The journal: what was live a second ago, kept on disk so that a restarted relay can say for how long it was away."""

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import msgspec

from media.grant import Seat
from media.messages import Present, instant


class OnAir(msgspec.Struct, frozen=True):
    """A publication that was running."""

    publication: UUID
    seat: Seat
    person: UUID


class Live(msgspec.Struct, frozen=True):
    """A room somebody was in, with its publications and who watched."""

    room: UUID
    publications: tuple[OnAir, ...] = ()
    people: tuple[Present, ...] = ()


class Entry(msgspec.Struct, frozen=True):
    """The rooms known to be live at an instant (ms)."""

    at: int
    rooms: tuple[Live, ...]


class Journal:
    """One small file, replaced as a whole, so that `kill -9` leaves the old entry or the new one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._fresh = path.with_suffix(".new")

    def alive(self, rooms: Iterable[Live]) -> None:
        """Write down that `rooms` are live now; call it once a second (≈ 0.1 ms; left to the kernel to sync)."""
        self._fresh.write_bytes(msgspec.json.encode(Entry(instant(), tuple(rooms))))
        os.replace(self._fresh, self._path)

    def last(self) -> Entry | None:
        """The last entry of the run before; None on the first run or when a power cut left no readable one."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Entry)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
