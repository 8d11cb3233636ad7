"""`python -m media.rendition TAKE FOLDER`: write the HLS rendition of a take that is being recorded, until it ends.

A room whose host sends VP8 has none: that is said by an empty file `unsupported`, and nothing else is written.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from media.recording.take import Record
from media.rendition.clock import Clock
from media.rendition.follow import follow
from media.rendition.playlist import Playlist
from media.replay.frames import frames
from media.replay.order import in_order

NICENESS = 5


def main() -> None:
    """Follow one take."""
    os.nice(NICENESS)
    take, folder = Path(sys.argv[1]), Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    clock, playlist = Clock(), Playlist(folder)
    for frame in frames(in_order(_noted(follow(take, take.parent / ".closed"), clock))):
        if frame.codec == "VP8":
            (folder / "unsupported").touch()
            return
        playlist.add(clock.instant(frame.ssrc, frame.timestamp), frame)
    playlist.close()


def _noted(records: Iterator[Record], clock: Clock) -> Iterator[Record]:
    for record in records:
        clock.note(record)
        yield record


if __name__ == "__main__":
    main()
