"""The hot loop in Python: what can be said of many viewers at once is said at once, by slices with a stride."""

import ctypes
import errno
import socket
import sys
from array import array
from collections.abc import Sequence

from media.counters import Counters
from media.packet import Packet
from media.plan import Plan
from media.srtp import memory
from media.target import Group, Target

_MESSAGES, _PACKETS = 512, 2048
"""Prepared together, at most, before the kernel is given them."""
_ROOM = 256 * 1024
"""Bytes for them: they stay in the second-level cache."""
_HEADER, _PIECE = 8, 2
"""Words of a `struct mmsghdr` (name, namelen, iov, iovlen, control, controllen, flags, len) and of a `struct iovec`."""


class Batched:
    """sendmmsg over preallocated structures, with or without GSO; an `Engine`."""

    def __init__(self, sock: socket.socket, counters: Counters, *, gso: bool) -> None:
        self.name = "gso" if gso else "sendmmsg"
        self._gso = gso
        self._fd = sock.fileno()
        self._counters = counters
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]
        self._slots = memory.new("char[]", _ROOM)
        self._bytes = memory.buffer(self._slots)
        self._base = int(memory.cast("uintptr_t", self._slots))
        sizes = memory.new("int[]", _PACKETS)
        self._sizes = memory.buffer(sizes)
        self._size_at = [sizes + index for index in range(_PACKETS)]
        self._headers = (ctypes.c_uint64 * (_HEADER * _MESSAGES))()
        self._pieces = (ctypes.c_uint64 * (_PIECE * _MESSAGES))()
        self._words = memoryview(self._headers).cast("B").cast("Q")
        self._iov = memoryview(self._pieces).cast("B").cast("Q")
        self._first = ctypes.addressof(self._headers)
        for index in range(_MESSAGES):
            self._words[_HEADER * index + 1] = 28 if sock.family == socket.AF_INET6 else 16
            self._words[_HEADER * index + 2] = ctypes.addressof(self._pieces) + 8 * _PIECE * index
            self._words[_HEADER * index + 3] = 1

    def send(self, packets: Sequence[Packet], groups: Sequence[Group]) -> None:
        """See `Engine`."""
        for group in groups:
            plan = Plan(packets, group.targets[0], gso=self._gso)
            if plan.parts:
                self._send(plan, group)
                self._counters.forwarded += len(group.targets) * len(plan.parts)

    def _send(self, plan: Plan, group: Group) -> None:
        """To targets of one shape, as many at a time as there is room for."""
        packets, messages = len(plan.parts), len(plan.messages)
        most = min(_MESSAGES // messages, _PACKETS // packets, _ROOM // plan.size, len(group.targets))
        slots, data, size, template = self._slots, self._bytes, plan.size, plan.template
        starts, offsets = range(0, most * size, size), [part.offset for part in plan.parts]
        spots = [slots + (start + offset) for start in starts for offset in offsets]
        sizes = b"".join(part.size.to_bytes(4, sys.byteorder) for part in plan.parts)
        self._address(plan, starts)
        contexts, protect = group.contexts, group.targets[0].outbound.in_place
        for first in range(0, len(group.targets), most):
            targets = group.targets[first : first + most]
            count = len(targets)
            for start, target in zip(starts, targets, strict=False):
                data[start : start + size] = template(target.shifts)
            self._sizes[0 : len(sizes) * count] = sizes * count
            whose = [context for context in contexts[first : first + most] for _ in range(packets)]
            refused = list(map(protect, whose, spots, self._size_at))
            if any(refused):
                self._blank(plan, spots, refused)
            for index in range(messages):
                _every(_HEADER * messages, self._words[_HEADER * index :], group.names[first : first + count])
            self._hand_over(messages * count, targets, messages)

    def _address(self, plan: Plan, starts: range) -> None:
        """Say of each message where its bytes are, and how they are cut."""
        each, count = len(plan.messages), len(starts)
        for index, (offset, size, control, length) in enumerate(plan.controls()):
            pieces, headers = self._iov[_PIECE * index :], self._words[_HEADER * index :]
            _every(_PIECE * each, pieces, array("Q", [self._base + start + offset for start in starts]))
            _every(_PIECE * each, pieces[1:], array("Q", [size]) * count)
            _every(_HEADER * each, headers[4:], array("Q", [control]) * count)
            _every(_HEADER * each, headers[5:], array("Q", [length]) * count)

    def _blank(self, plan: Plan, spots: Sequence[object], refused: Sequence[int]) -> None:
        """What could not be encrypted never goes out in the clear; the receiver drops zeros."""
        for index, no in enumerate(refused):
            if no:
                size = plan.parts[index % len(plan.parts)].size
                memory.memmove(spots[index], bytes(size), size)

    def _hand_over(self, count: int, sent: Sequence[Target], each: int) -> None:
        done = 0
        while done < count:
            taken = self._sendmmsg(self._fd, self._first + 8 * _HEADER * done, count - done, 0)
            if taken > 0:
                done += taken
                continue
            fault = ctypes.get_errno()
            if fault == errno.EAGAIN:
                self._counters.unsent += count - done
                return
            if fault in (errno.EINVAL, errno.EMSGSIZE, errno.EIO):
                sent[done // each].break_up()
            if fault != errno.EINTR:
                self._counters.unsent += 1
                done += 1


def _every(stride: int, words: memoryview, values: "array[int]") -> None:
    """Put the first of `values` in the first of `words`, the next `stride` further."""
    words[: stride * len(values) : stride] = memoryview(values)
