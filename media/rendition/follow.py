"""Follow a take while it is written: from its newest key frame to whatever comes, as it comes."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from media.recording.take import Record, next_record
from media.replay.frames import begins
from media.rtp import parse

PAUSE = 0.1
"""Seconds between two looks; the relay writes four times a second."""


def follow(path: Path, closed: Path) -> Iterator[Record]:
    """The records from the newest key frame on; ends once `closed` exists and all is read. Blocks in between."""
    with path.open("rb", buffering=1 << 16) as file:
        file.seek(_newest_key_frame(file))
        while True:
            record = _whole(file)
            if record is not None:
                yield record
            elif closed.exists():
                return
            else:
                time.sleep(PAUSE)


def _newest_key_frame(file: BinaryIO) -> int:
    """Where the record stands that begins it; 0 when there is none."""
    found = at = 0
    while (record := _whole(file)) is not None:
        packet = parse(record.data) if record.track == 0 else None
        if packet is not None and begins(record.codec, packet.payload):
            found = at
        at = file.tell()
    return found


def _whole(file: BinaryIO) -> Record | None:
    """The next record; None, and nothing read, when not all of it is written yet."""
    at = file.tell()
    record = next_record(file)
    if record is None:
        file.seek(at)
    return record
