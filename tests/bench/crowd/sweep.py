"""Many viewers' sockets read at intervals by one loop in C (`sweep.c`), which counts media and copies hardly any of it.

On loopback the sender's CPU pays for waking a sleeping receiver, dearly on a virtual machine; over a network it does
not. So nobody sleeps on these sockets. Nothing is decrypted either: the numbers stand in the clear.
"""

import asyncio
import ctypes
import struct
from collections.abc import Callable
from pathlib import Path

from tests.bench.compiled import compiled

EVERY = 0.01
"""Seconds between sweeps: two or three packets of each viewer."""
MOST = 4096
ROOM = 1 << 20
_entry = struct.Struct("=II")


class Stream(ctypes.Structure):
    """What came of one SSRC; the numbers are extended (RFC 3550 §A.1)."""

    _fields_ = [(name, ctypes.c_uint32) for name in ("ssrc", "received", "first", "highest")]
    ssrc: int
    received: int
    first: int
    highest: int

    @property
    def missed(self) -> int:
        """How many numbers are missing."""
        return self.highest - self.first + 1 - self.received if self.received else 0


class Books(ctypes.Structure):
    """`struct member` of sweep.c."""

    _fields_ = [("fd", ctypes.c_int32), ("bytes", ctypes.c_uint32), ("streams", Stream * 2)]
    fd: int
    streams: ctypes.Array[Stream]


class Sweep:
    """Reads for those who `enter`; what is not media is given to them."""

    def __init__(self) -> None:
        self._books = (Books * MOST)()
        self._takers: list[Callable[[bytes], None]] = []
        self._out = ctypes.create_string_buffer(ROOM)
        self._sweep = compiled(Path(__file__).with_name("sweep.c")).sweep
        self._sweep.restype = ctypes.c_size_t
        self._loop = asyncio.get_running_loop()
        self._turn()

    def enter(self, fd: int, take: Callable[[bytes], None]) -> Books:
        """Read `fd` from now on: what is counted of it."""
        books = self._books[len(self._takers)]
        books.fd = fd
        self._takers.append(take)
        return books

    def _turn(self) -> None:
        self._loop.call_later(EVERY, self._turn)
        used = self._sweep(self._books, ctypes.c_uint32(len(self._takers)), self._out, ctypes.c_size_t(ROOM))
        told, at = memoryview(self._out), 0
        while at < used:
            member, length = _entry.unpack_from(told, at)
            at += _entry.size
            self._takers[member](bytes(told[at : at + length]))
            at += length
