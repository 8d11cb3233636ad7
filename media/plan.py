"""One flush laid out for a group of viewers: what is copied, encrypted in place and handed to the kernel for each."""

import ctypes
import struct
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from media.packet import Packet
from media.target import Target

SEGMENTS = 64
"""Datagrams the kernel cuts from one message, at most (UDP_MAX_SEGMENTS of old kernels)."""
SOL_UDP, UDP_SEGMENT = 17, 103
_LARGEST = 64000
"""Bytes of one message: UDP's own limit, less the headers."""
_number = struct.Struct("!H").pack_into
part, message = struct.Struct("=IHHI").pack, struct.Struct("=III").pack
"""`struct part` and `struct message` of native/fanout.c."""


class Part(NamedTuple):
    """A packet in the template: where, how long in the clear, its number, and whether it is video (0) or audio (1)."""

    offset: int
    size: int
    sequence: int
    kind: int


class Message(NamedTuple):
    """What the kernel is given at once: `segment` is the length of each datagram in it, 0 when it is only one."""

    offset: int
    size: int
    segment: int


class Plan:
    """`packets` for everybody of `target`'s shape; with `gso` the kernel may cut messages into datagrams."""

    def __init__(self, packets: Sequence[Packet], target: Target, *, gso: bool) -> None:
        tag = target.outbound.tag
        gap = bytes(tag)
        template = bytearray()
        self.parts: list[Part] = []
        for packet in packets:
            data = target.addressed(packet)
            if data is not None:
                self.parts.append(Part(len(template), len(data), packet.sequence, packet.track & 1))
                template += data + gap
        self.size = len(template)
        cut = [(one.offset, one.size + tag) for one in self.parts]
        self.messages = [
            Message(run[0][0], sum(size for _, size in run), run[0][1] if len(run) > 1 else 0)
            for run in runs(cut, whole=gso and target.whole)
        ]
        self.bare = bytes(template)
        self._templates = {target.shifts: self.bare}
        self._controls: list[ctypes.Array[ctypes.c_char]] = []

    def template(self, shifts: tuple[int, int]) -> bytes:
        """The bytes of a viewer whose numbers are shifted so."""
        found = self._templates.get(shifts)
        if found is None:
            own = bytearray(self.bare)
            for offset, _, sequence, kind in self.parts:
                _number(own, offset + 2, sequence + shifts[kind] & 0xFFFF)
            found = self._templates[shifts] = bytes(own)
        return found

    def controls(self) -> list[tuple[int, int, int, int]]:
        """The messages as (offset, size, address of the control message or 0, its length); valid while the plan is."""
        told = []
        for offset, size, segment in self.messages:
            if segment:
                self._controls.append(
                    ctypes.create_string_buffer(struct.pack("=QiiH6x", 18, SOL_UDP, UDP_SEGMENT, segment), 24)
                )
            told.append((offset, size, *((ctypes.addressof(self._controls[-1]), 24) if segment else (0, 0))))
        return told

    @cached_property
    def packed(self) -> tuple[bytes, bytes]:
        """Parts and messages for the compiled loop."""
        parts = b"".join(part(offset, size, sequence, kind) for offset, size, sequence, kind in self.parts)
        return parts, b"".join(message(*one) for one in self.messages)


class Piece(list[Packet]):
    """Packets that many get one after another: laid out once for each shape."""

    def __init__(self, packets: Sequence[Packet]) -> None:
        super().__init__(packets)
        self.plans: dict[str, Plan] = {}


def planned(packets: Sequence[Packet], target: Target, *, gso: bool) -> Plan:
    """The plan for everybody of `target`'s shape, made now or, of a piece, before."""
    if not isinstance(packets, Piece):
        return Plan(packets, target, gso=gso)
    if target.shape not in packets.plans:
        packets.plans[target.shape] = Plan(packets, target, gso=gso)
    return packets.plans[target.shape]


def runs(parts: Sequence[tuple[int, int]], *, whole: bool) -> list[list[tuple[int, int]]]:
    """Which (offset, size) go in one message: equal sizes, only the last may be shorter."""
    found: list[list[tuple[int, int]]] = []
    for one in parts:
        run = found[-1] if found and whole else []
        fits = (
            run and one[1] <= run[0][1] == run[-1][1] and len(run) < SEGMENTS and (len(run) + 1) * run[0][1] < _LARGEST
        )
        if fits:
            run.append(one)
        else:
            found.append([one])
    return found
