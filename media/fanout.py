"""The hot loop: one flush of packets to every viewer of a seat. Most of its CPU is the kernel's and AES's.

Per flush the packets are laid out once as a template for all viewers of one shape (`plan`); per viewer the template is
copied, numbered, each packet is encrypted in place, and the whole goes out as ONE message that the kernel cuts into
datagrams (UDP generic segmentation offload). Where there is no GSO it is one message per packet, still many per system
call. `Compiled` does it in C (`native`), `batched` the same in Python, `Plain` one by one where nothing else may be
trusted.
"""

import socket
from collections.abc import Sequence
from typing import Protocol

from media import native
from media.counters import Counters
from media.packet import Packet
from media.plan import planned
from media.target import Group, Target

_ROOM = 768 * 1024
"""Bytes the compiled loop prepares before it hands them over: they stay in the second-level cache."""


class Engine(Protocol):
    """One way to send."""

    @property
    def name(self) -> str:
        """Told by `GET /health`: `gso`, `sendmmsg` (both also as `compiled …`) or `sendto`."""

    def send(self, packets: Sequence[Packet], groups: Sequence[Group]) -> None:
        """Send at most `SEGMENTS` packets, in order, to every target; what the kernel will not take is lost."""


class Plain:
    """One `Session.protect` and one `sendto` per packet: slow, and right everywhere."""

    name = "sendto"

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._socket = sock
        self._counters = counters

    def send(self, packets: Sequence[Packet], groups: Sequence[Group]) -> None:
        """See `Engine`."""
        for group in groups:
            for target in group.targets:
                for data in filter(None, map(target.addressed, packets)):
                    self.send_one(data, target)

    def send_one(self, data: bytes, target: Target) -> None:
        """Encrypt and send one packet."""
        sealed = target.outbound.protect(data)
        try:
            sent = sealed is not None and self._socket.sendto(sealed, target.address)
        except OSError:
            sent = 0
        self._counters.forwarded += bool(sent)
        self._counters.unsent += not sent


class Compiled:
    """The loop in C; the GIL is released while it runs."""

    def __init__(self, sock: socket.socket, counters: Counters, *, gso: bool) -> None:
        self.name = "compiled gso" if gso else "compiled sendmmsg"
        self.gso = gso
        self._fd = sock.fileno()
        self._counters = counters
        self._ffi, self._fan_out = native.library.ffi, native.library.lib.fan_out
        self._slots = self._ffi.new("char[]", _ROOM)

    def send(self, packets: Sequence[Packet], groups: Sequence[Group]) -> None:
        """See `Engine`."""
        view = self._ffi.from_buffer
        for group in groups:
            plan = planned(packets, group.targets[0], gso=self.gso)
            if not plan.parts:
                continue
            count = len(group.targets)
            parts, messages = plan.packed
            refused = bytearray(count)
            unsent = self._fan_out(
                self._fd, plan.bare, plan.size,
                view("struct part[]", parts), len(plan.parts), view("struct message[]", messages), len(plan.messages),
                view("struct way[]", group.ways), count, self._slots, _ROOM, view("unsigned char[]", refused),
            )  # fmt: skip
            self._counters.forwarded += count * len(plan.parts)
            if unsent:
                self._counters.unsent += unsent
                for target in [one for one, no in zip(group.targets, refused, strict=True) if no]:
                    target.break_up()
