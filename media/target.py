"""Who is sent to: a viewer as the hot loop sees them, and a seat's crowd, laid out for it."""

import contextlib
import ctypes
import socket
import struct
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from media.packet import Packet
from media.srtp import Outbound
from media.stream import Stream
from media.stun import Address

_begin, _word = struct.Struct("!BBH").pack, struct.Struct("!I").pack
_port, _flow, _scope = (struct.Struct(form).unpack_from for form in ("!H", "!I", "=I"))
_IPV4 = 16
"""Bytes of a `struct sockaddr_in`."""
_way = struct.Struct("=2Q28sI2H4x").pack
"""`struct way` of native/fanout.c."""


def sockaddr(address: Address) -> bytes:
    """`struct sockaddr_in` or `sockaddr_in6`."""
    if len(address) == 2:  # noqa: PLR2004 - IPv4; the other kind has flow and scope
        host, port = address
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)
    host, port, flow, scope = address
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, flow) + packed + struct.pack("=I", scope)


def spelled(name: bytes) -> Address:
    """A socket address as Python spells it, of IPv4 or IPv6."""
    (port,) = _port(name, 2)
    if len(name) == _IPV4:
        return socket.inet_ntoa(name[4:8]), port
    flow, scope = _flow(name, 4)[0], _scope(name, 24)[0]
    host = socket.inet_ntop(socket.AF_INET6, name[8:24])
    if scope:
        with contextlib.suppress(OSError):  # the interface is gone
            host += "%" + socket.if_indextoname(scope)
    return host, port, flow, scope


class Out(NamedTuple):
    """How one track looks to one viewer: its payload types by codec, what is added to sequence numbers, and how much
    later its timestamps are."""

    payload_types: dict[str, int]
    shift: int
    late: int = 0


def dressed(packet: Packet, out: Out) -> bytes | None:
    """`packet` as a viewer gets it to whom its track looks like `out`; None when they do not have the codec."""
    payload_type = out.payload_types.get(packet.codec)
    if payload_type is None:
        return None
    data = packet.data
    begin = _begin(data[0], data[1] | payload_type, packet.sequence + out.shift & 0xFFFF)
    return begin + (_word(packet.timestamp + out.late & 0xFFFFFFFF) + data[8:] if out.late else data[4:])


class Target:
    """One viewer. `outs` by track; a track without an entry is not sent. `stream` is the connection of one who is
    reached by TCP."""

    def __init__(self, outbound: Outbound, address: Address | Stream) -> None:
        self.outbound = outbound
        self.outs: dict[int, Out] = {}
        self.shifts = (0, 0)
        self.shape = ""
        self.whole = True
        self.crowd: Crowd | None = None
        self.move(address)

    def wear(self, outs: dict[int, Out]) -> None:
        """Send these tracks from now on, one at most of each kind (even numbers are video).

        `shape` is equal for targets whose packets differ in nothing but `shifts`, the numbers' offsets by kind.
        """
        self.outs = outs
        by_kind = {track & 1: out.shift & 0xFFFF for track, out in outs.items()}
        self.shifts = by_kind.get(0, 0), by_kind.get(1, 0)
        codecs = [(track, out.late, *sorted(out.payload_types.items())) for track, out in sorted(outs.items())]
        self.shape = f"{self.outbound.tag} {self.outbound.function} {self.whole} {self.stream is None} {codecs}"
        self._changed()

    def break_up(self) -> None:
        """The way to this viewer takes no segmented messages (small MTU, no checksum offload): one per packet."""
        self.whole = False
        self.wear(self.outs)

    def move(self, address: Address | Stream) -> None:
        """Send to `address` from now on."""
        self.stream = address if isinstance(address, Stream) else None
        self.address: Address = address.name if isinstance(address, Stream) else address
        name = sockaddr(self.address)
        self.sockaddr = ctypes.create_string_buffer(name, len(name))
        self.name = ctypes.addressof(self.sockaddr)
        self.wear(self.outs)

    def way(self) -> bytes:
        """This target for the compiled loop."""
        outbound, name = self.outbound, self.sockaddr.raw
        return _way(outbound.pointer, outbound.function, name, len(name), *self.shifts)

    def addressed(self, packet: Packet) -> bytes | None:
        """`packet` as this viewer gets it, still in the clear; None when it is not for them or not in their codecs."""
        out = self.outs.get(packet.track)
        return out and dressed(packet, out)

    def _changed(self) -> None:
        if self.crowd is not None:
            self.crowd.changed()


class Group:
    """Targets of one shape, and what the loops need of them all: `names` are the addresses of their socket addresses,
    `contexts` encrypt to them, `ways` are both for the compiled loop."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = list(targets)
        self.names = array("Q", [target.name for target in targets])
        self.contexts = [target.outbound.context for target in targets]
        self._ways: bytes | None = None

    @property
    def ways(self) -> bytes:
        """An array of `struct way`."""
        if self._ways is None:
            self._ways = b"".join(target.way() for target in self.targets)
        return self._ways

    def add(self, target: Target) -> None:
        """One more of this shape."""
        self.targets.append(target)
        self.names.append(target.name)
        self.contexts.append(target.outbound.context)
        if self._ways is not None:
            self._ways += target.way()


class Crowd:
    """The targets of a seat, grouped by shape; the groups are made anew only when somebody goes or changes."""

    def __init__(self, *targets: Target) -> None:
        self._targets = dict.fromkeys(targets)
        self._groups: list[Group] | None = None

    def __len__(self) -> int:
        return len(self._targets)

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets)

    @property
    def groups(self) -> list[Group]:
        """Whom to send to, by shape."""
        if self._groups is None:
            by_shape: dict[str, list[Target]] = {}
            for target in self._targets:
                by_shape.setdefault(target.shape, []).append(target)
            self._groups = [Group(targets) for targets in by_shape.values()]
        return self._groups

    def add(self, target: Target) -> None:
        """Send to `target` from now on."""
        new = target not in self._targets
        self._targets[target] = None
        target.crowd = self
        if self._groups is None or not new:
            self.changed()
            return
        for group in self._groups:
            if group.targets[0].shape == target.shape:
                group.add(target)
                return
        self._groups.append(Group([target]))

    def remove(self, target: Target | None) -> None:
        """Send nothing more to `target`; nothing happens when it is not here."""
        if target in self._targets:
            del self._targets[target]
            target.crowd = None
            self.changed()

    def changed(self) -> None:
        """A target wears something else or is somewhere else."""
        self._groups = None
