"""Fragmented MP4 (ISO/IEC 14496-12) cut into its beginning and its fragments while it is written."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_HEAD = 8
_u32 = struct.Struct("!I").unpack_from
_DATA_OFFSET, _FIRST_FLAGS, _DURATION, _SIZE, _FLAGS, _COMPOSITION = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800
_DESCRIPTION, _DEFAULT_DURATION, _BASE = 0x2, 0x8, 0x1


class Box(NamedTuple):
    """A box: its type and what is in it."""

    kind: bytes
    body: bytes


class Cutter:
    """A file to write to; `init` is there once it is whole, and `fragments` hands out what has been completed."""

    def __init__(self) -> None:
        self.init = b""
        self._pending = b""
        self._begun = b""
        self._done: list[bytes] = []

    def write(self, data: bytes) -> int:
        """See io.RawIOBase."""
        self._pending += data
        while len(self._pending) >= _HEAD and len(self._pending) >= (size := _u32(self._pending)[0]):
            box, self._pending = self._pending[:size], self._pending[size:]
            self._take(box[4:8], box)
        return len(data)

    def fragments(self) -> list[bytes]:
        """The fragments (moof and mdat) completed since the last call."""
        done, self._done = self._done, []
        return done

    def _take(self, kind: bytes, box: bytes) -> None:
        if kind in (b"ftyp", b"moov"):
            self.init += box
        elif kind == b"mdat":
            self._done.append(self._begun + box)
            self._begun = b""
        elif kind in (b"styp", b"sidx", b"moof"):
            self._begun += box


def seconds(fragment: bytes, ticks: int) -> float:
    """How long the first track of a fragment lasts, which has `ticks` a second."""
    moof = next(box.body for box in boxes(fragment) if box.kind == b"moof")
    traf = next(box.body for box in boxes(moof) if box.kind == b"traf")
    found = {box.kind: box.body for box in boxes(traf)}
    return sum(_durations(found[b"trun"], _usual(found[b"tfhd"]))) / ticks


def boxes(data: bytes) -> Iterator[Box]:
    """The boxes in `data`, one after the other."""
    at = 0
    while at + _HEAD <= len(data):
        size = max(_u32(data, at)[0], _HEAD)
        yield Box(data[at + 4 : at + 8], data[at + _HEAD : at + size])
        at += size


def _usual(tfhd: bytes) -> int:
    """The default duration of a sample; 0 when there is none."""
    flags = _u32(tfhd)[0] & 0xFFFFFF
    if not flags & _DEFAULT_DURATION:
        return 0
    at = 8 + (8 if flags & _BASE else 0) + (4 if flags & _DESCRIPTION else 0)
    return int(_u32(tfhd, at)[0])


def _durations(trun: bytes, usual: int) -> Iterator[int]:
    flags, count = _u32(trun)[0] & 0xFFFFFF, _u32(trun, 4)[0]
    at = 8 + (4 if flags & _DATA_OFFSET else 0) + (4 if flags & _FIRST_FLAGS else 0)
    width = 4 * sum(bool(flags & one) for one in (_DURATION, _SIZE, _FLAGS, _COMPOSITION))
    for number in range(count):
        yield int(_u32(trun, at + number * width)[0]) if flags & _DURATION else usual
