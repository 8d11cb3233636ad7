"""A take: everything a seat sent in one session, packet by packet, in an append-only file.

A record is the length of the packet, the instant the relay forwarded it (ms since the Unix epoch), its track (0 video,
1 audio), its codec, and the packet itself: an RTP packet (RFC 3550) as `media.packet` has it, without a payload type.
"""

import os
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from media.packet import Packet

CODECS = ("H264", "VP8", "opus")
_NUMBERS = {codec: number for number, codec in enumerate(CODECS)}
_HEAD = struct.Struct("!HQBB")
_RTP_HEADER = 12
_TRACKS = 2


class Record(NamedTuple):
    """A packet of a take; `at` in milliseconds since the Unix epoch."""

    at: int
    track: int
    codec: str
    data: bytes


def written(packets: Sequence[Packet]) -> bytes:
    """The records of packets that are forwarded now."""
    at, head = time.time_ns() // 1_000_000, _HEAD.pack
    return b"".join([head(len(each.data), at, each.track, _NUMBERS[each.codec]) + each.data for each in packets])


def records(path: Path) -> Iterator[Record]:
    """The whole records of a take, in the order they were written; a torn tail ends it."""
    with path.open("rb", buffering=1 << 20) as file:
        while (record := next_record(file)) is not None:
            yield record


def mend(path: Path) -> int:
    """Cut off a record that a crash tore, so that the next one is appended behind a whole one; the size in bytes."""
    with path.open("ab+", buffering=1 << 20) as file:
        file.seek(0)
        whole = 0
        while (record := next_record(file)) is not None:
            whole += _HEAD.size + len(record.data)
        os.truncate(path, whole)
        return whole


def next_record(file: BinaryIO) -> Record | None:
    """The next record; None at the end and at what cannot be one (a power cut leaves anything)."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    size, at, track, codec = _HEAD.unpack(head)
    if size < _RTP_HEADER or track >= _TRACKS or codec >= len(CODECS):
        return None
    data = file.read(size)
    return Record(at, track, CODECS[codec], data) if len(data) == size else None
