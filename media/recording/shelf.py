"""The shelf: where takes and finished recordings lie, and what is known of them. Survives `kill -9` at any line.

    DATA/takes/ROOM/SEAT            the take           DATA/recordings/ROOM/SEAT.json     what was made of it, last
    DATA/takes/ROOM/SEAT.cut        ended too early    DATA/recordings/ROOM/SEAT.mp4 …    the files themselves
    DATA/takes/ROOM/.closed         no more will come  DATA/recordings/ROOM/SEAT.told     the backend will hear of it
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import msgspec

from media.grant import SEATS, Seat
from media.messages import Recorded, instant

_NAME = re.compile(r"[a-z0-9-]+\.(mp4|jpg)")
ABANDONED = 6 * 3600.0
"""Seconds without a packet after which a take ends by itself: the backend was away when its room was closed."""


class Shelf:
    """The folders of recordings below the relay's `data`."""

    def __init__(self, data: Path) -> None:
        self.takes = data / "takes"
        self.recordings = data / "recordings"

    def close(self, room: UUID) -> bool:
        """No more will come of this room; whether anything of it was recorded."""
        folder = self.takes / str(room)
        if folder.is_dir():
            (folder / ".closed").touch()
        return folder.is_dir()

    def closed(self) -> Iterator[UUID]:
        """The rooms whose recordings are to be made or told of, those included that nobody ever closed."""
        for folder in self._rooms():
            if not (folder / ".closed").exists() and _idle(folder) > ABANDONED:
                (folder / ".closed").touch()
            if (folder / ".closed").exists():
                yield UUID(folder.name)

    def untold(self, room: UUID) -> list[Recorded]:
        """What was made of a room and nobody has been told yet."""
        folder = self.made(room)
        results = [folder / f"{seat}.json" for seat in SEATS if not (folder / f"{seat}.told").exists()]
        return [msgspec.json.decode(path.read_bytes(), type=Recorded) for path in results if path.exists()]

    def told(self, recorded: Recorded) -> None:
        """The message is in the spool, which loses nothing."""
        (self.made(recorded.room) / f"{recorded.seat}.told").touch()

    def finished(self, room: UUID) -> bool:
        """Whether each take of the room has its result."""
        made = self.made(room)
        return all((made / f"{take.name}.json").exists() for take in self.seats(room))

    def seats(self, room: UUID) -> list[Path]:
        """The takes of a room."""
        return [take for seat in SEATS if (take := self.takes / str(room) / seat).exists()]

    def made(self, room: UUID) -> Path:
        """The folder of a room's finished recordings."""
        return self.recordings / str(room)

    def file(self, room: UUID, name: str) -> Path | None:
        """A finished file of this name, if there is one; half ones have other names."""
        path = self.made(room) / name
        return path if _NAME.fullmatch(name) and path.is_file() else None

    def forget(self, room: UUID, seat: Seat) -> None:
        """Remove what is left of a recording; it cannot be made again."""
        made = self.made(room)
        for path in (self.takes / str(room) / seat, *made.glob(f"{seat}.*"), made / f"{seat}-thumbnails.jpg"):
            path.unlink(missing_ok=True)
        self.tidy(room)

    def tidy(self, room: UUID) -> None:
        """Remove the folders of a room of which nothing is left."""
        if not self.seats(room):
            for folder in (self.takes / str(room), self.made(room)):
                shutil.rmtree(folder, ignore_errors=True)

    def _rooms(self) -> list[Path]:
        with suppress(FileNotFoundError):
            return [folder for folder in self.takes.iterdir() if folder.is_dir()]
        return []


def _idle(folder: Path) -> float:
    """Seconds since the last packet."""
    return instant() / 1000 - max((take.stat().st_mtime for take in folder.iterdir()), default=0.0)
