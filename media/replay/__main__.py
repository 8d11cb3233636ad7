"""`python -m media.replay TAKES/ROOM RECORDINGS/ROOM`: make what can be watched of a closed room's takes.

Killed anywhere, it leaves nothing but `.part` files; started again, it makes what is missing. Two at once wait for
each other.
"""

import fcntl
import hashlib
import logging
import os
import sys
from pathlib import Path
from uuid import UUID

import msgspec

from media.grant import SEATS
from media.grant import Seat as SeatName
from media.messages import Document, Recorded, Thumbnails
from media.replay import stills
from media.replay.movie import Nothing, make

log = logging.getLogger("media.replay")

NICENESS = 10


def main() -> None:
    """Make the recordings of one room."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    os.nice(NICENESS)
    takes, made = Path(sys.argv[1]), Path(sys.argv[2])
    made.mkdir(parents=True, exist_ok=True)
    with (takes / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for seat in SEATS:
            if (takes / seat).exists() and not (made / f"{seat}.json").exists():
                _make(takes / seat, made, seat)


def _make(take: Path, made: Path, seat: SeatName) -> None:
    video = made / f"{seat}.mp4"
    part = video.with_suffix(".part")
    try:
        start, duration = make(take, part)
    except Nothing:
        log.info("%s is empty", take)
        part.unlink(missing_ok=True)
        take.unlink()
        return
    recorded = Recorded(
        room=UUID(take.parent.name),
        seat=seat,
        started_at=start,
        duration_ms=duration,
        complete=not take.with_suffix(".cut").exists(),
        video=_document(part, video.name),
        poster=_poster(part, made / f"{seat}.jpg", duration),
        thumbnails=_thumbnails(part, made / f"{seat}-thumbnails.jpg", duration),
    )
    _settle(part, video)
    result = made / f"{seat}.part"
    result.write_bytes(msgspec.json.encode(recorded))
    _settle(result, made / f"{seat}.json")
    log.info("%s: %d s", video, duration // 1000)


def _poster(movie: Path, path: Path, duration: int) -> Document | None:
    try:
        stills.poster(movie, path, duration)
    except stills.FAULTS as fault:
        log.warning("no poster for %s: %r", movie, fault)
        return None
    return _document(path, path.name)


def _thumbnails(movie: Path, path: Path, duration: int) -> Thumbnails | None:
    try:
        count, every = stills.thumbnails(movie, path, duration)
    except stills.FAULTS as fault:
        log.warning("no thumbnails for %s: %r", movie, fault)
        return None
    sheet = _document(path, path.name)
    return Thumbnails(
        name=sheet.name, bytes=sheet.bytes, sha256=sheet.sha256, count=count, columns=stills.COLUMNS, every_ms=every
    )


def _document(path: Path, name: str) -> Document:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Document(name=name, bytes=path.stat().st_size, sha256=digest)


def _settle(part: Path, path: Path) -> None:
    """Give a whole file its name; it survives a power cut from here on."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(path)


if __name__ == "__main__":
    main()
