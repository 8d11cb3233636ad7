"""The fast path: a frame that comes as frames do goes to everybody in the call that reads it, without Python.

After a wake-up Python is cold, and costs some ten times what it costs warm. So `native/fast_path.c` reads the socket,
forwards what is a usual packet of a known stream, and keeps a log of all that came. `settle` goes through the log, some
10 times a second, at once when something came that must not wait, on the ways that everything takes without it; what
Python knows then is what it would know had it done the work. The C forwards only between `arm`, which tells it how
things stand, and `settle`: whoever looks at a seat or changes it settles first.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from media import native
from media.counters import Counters
from media.flow import WAIT
from media.srtp import Inbound
from media.stun import Address
from media.target import Group, sockaddr, spelled

_Struct = Any
"""One of C, by cffi."""
PATIENCE = 0.1
"""Seconds for which the log waits, at most."""
EARLY = 0.02
"""So much earlier it is gone through when we are awake anyway."""
REST = 0.01
"""Seconds Python stays in charge after something that could not wait: where there is one there are often more."""
_NOT_SENT = 255
_REMEMBERED = 10_000
"""Addresses whose Python form is kept."""
_entry = struct.Struct("=dIHHI28s")
"""`struct fast_entry`."""


class Lane(NamedTuple):
    """`struct lane`: one stream of a publisher."""

    ssrc: int
    as_ssrc: int
    stamp: int
    highest: int
    shift: int
    payload_type: int
    kind: int
    forwarded: bool


class Source(Protocol):
    """Where the media of a route comes from. `allowance`: how many of their packets may still be decrypted."""

    allowance: int

    def decrypted(self, data: bytes, at: float) -> None:
        """A packet of theirs came at loop time `at`."""


class Sink(Protocol):
    """Whom the media of a route goes to."""

    def hold(self) -> None:
        """From now on keep what comes until it is `given`."""

    def given(self) -> None:
        """What is kept has been sent."""

    def release(self) -> None:
        """Send what is still kept as always."""


class Port(Protocol):
    """Where the datagrams come in."""

    def take(self, data: bytes, address: Address) -> None:
        """Sort one in that is not media."""

    def hear(self) -> None:
        """Read what can wait until Python has its turn anyway."""


class Route(NamedTuple):
    """A publisher at `address` with the keys in `inbound`, their streams, and who gets them. `codecs` are those of the
    picture and of the sound that all get."""

    source: Source
    sink: Sink
    address: Address
    inbound: Inbound
    lanes: Sequence[Lane]
    codecs: tuple[str, str]
    groups: Sequence[Group]


class FastPath:
    """Owns the reading of `sock`. `routes` says what may be forwarded, where everything is as usual; what is not the
    media of one of these goes to `port`."""

    def __init__(
        self,
        sock: socket.socket,
        counters: Counters,
        port: Port,
        routes: Callable[[], Iterable[Route]],
        *,
        gso: bool,
    ) -> None:
        ffi, lib = native.library.ffi, native.library.lib
        self._path = ffi.new("struct fast_path *")
        self._path.fd = sock.fileno()
        self._gso = gso
        self._read, self._meet, self._view = lib.fast_take, lib.fast_meet, ffi.from_buffer
        self._log = memoryview(ffi.buffer(self._path.log))
        self._raw, self._media = lib.FAST_RAW, lib.FAST_MEDIA
        self._urgent, self._waits = lib.FAST_URGENT, lib.FAST_WAITS
        self._pointer, self._function = partial(ffi.cast, "void *"), partial(ffi.cast, "protect_t")
        self._most = lib.LINES, lib.FAST_LANES, lib.CROWDS
        self._counters = counters
        self._port = port
        self._routes = routes
        self._loop = asyncio.get_running_loop()
        self._armed: list[Route] = []
        self._held: list[tuple[Group, bytearray, Any]] = []
        self._addresses: dict[bytes, Address] = {}
        self._settling = False
        self._timer: asyncio.Handle | None = None
        self._rearm: asyncio.Handle | None = None
        self._since = 0.0
        self._waiting = False

    def meet(self, address: Address) -> None:
        """Somebody is at `address`."""
        name = sockaddr(address)
        self._meet(self._path, name, len(name))

    def readable(self) -> None:
        """The socket has something."""
        now = self._loop.time()
        told = self._read(self._path, now)
        self._waiting = bool(told & self._waits)
        if told & self._urgent:
            self.settle(REST)
        elif self._timer is None:
            self._since, self._timer = now, self._loop.call_later(PATIENCE, self._lapse)
        elif now - self._since > PATIENCE - EARLY and not self._waiting:
            self.settle()

    def _lapse(self) -> None:
        """The log has waited long enough, but for the end of a frame, for which packets may wait."""
        if self._waiting:
            self._waiting, self._timer = False, self._loop.call_later(WAIT, self._lapse)
        else:
            self.settle()

    def settle(self, rest: float = 0.0) -> None:
        """Bring Python up to date, and leave it in charge for `rest` seconds, at least until the loop's next turn."""
        if self._settling:
            return
        self._settling = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        armed, self._armed = self._armed, []
        for index, route in enumerate(armed):
            route.source.allowance = self._path.lines[index].allowance
        self._path.count = 0
        try:
            self._replay(armed)
            self._count()
            self._port.hear()
        finally:
            for route in armed:
                route.sink.release()
            self._settling = False
            self._plan(rest)

    def arm(self) -> None:
        """Tell the C how things stand, wherever they are as usual."""
        if self._rearm is not None:
            self._rearm.cancel()
            self._rearm = None
        self._path.closed = self._path.count = 0
        self._held = []
        for route in self._routes():
            if self._path.count < self._most[0] and self._told(route, self._path.lines[self._path.count]):
                self._path.count += 1
                self._armed.append(route)
                route.sink.hold()

    def close(self) -> None:
        """Plan nothing more."""
        for handle in filter(None, (self._timer, self._rearm)):
            handle.cancel()

    def _plan(self, rest: float) -> None:
        if rest and self._rearm is not None:
            self._rearm.cancel()
            self._rearm = None
        if self._rearm is None:
            self._rearm = self._loop.call_later(rest, self.arm) if rest else self._loop.call_soon(self.arm)

    def _told(self, route: Route, line: _Struct) -> bool:
        """Fill in `line`; whether there is room for all of it."""
        if len(route.lanes) > self._most[1] or len(route.groups) > self._most[2]:
            return False
        name = sockaddr(route.address)
        line.address, line.address_size = name.ljust(28, b"\0"), len(name)
        line.context, line.unprotect = self._pointer(route.inbound.pointer), self._function(route.inbound.function)
        line.allowance, line.waiting = route.source.allowance, 0
        line.lanes, line.crowds = len(route.lanes), len(route.groups)
        for index, lane in enumerate(route.lanes):
            line.lane[index] = lane
        for index, group in enumerate(route.groups):
            self._tell(line.crowd[index], group, route.codecs)
        return True

    def _tell(self, crowd: _Struct, group: Group, codecs: tuple[str, str]) -> None:
        flags, first = bytearray(len(group.targets)), group.targets[0]
        held = self._view("struct way[]", group.ways), self._view("unsigned char[]", flags)
        self._held.append((group, flags, held))
        crowd.ways, crowd.refused = held
        crowd.count, crowd.tag, crowd.whole = len(group.targets), first.outbound.tag, self._gso and first.whole
        for kind, codec in enumerate(codecs):
            out = first.outs.get(kind)
            crowd.types[kind] = out.payload_types.get(codec, _NOT_SENT) if out else _NOT_SENT
            crowd.late[kind] = out.late if out else 0

    def _replay(self, armed: list[Route]) -> None:
        log, at, self._path.used = bytes(self._log[: self._path.used]), 0, 0
        while at < len(log):
            when, size, kind, line, length, name = _entry.unpack_from(log, at)
            data = log[at + _entry.size : at + _entry.size + size]
            at += _entry.size + (size + 7 & ~7)
            try:
                if kind == self._raw:
                    self._port.take(data, self._address(name[:length]))
                elif kind == self._media:
                    armed[line].source.decrypted(data, when)
                else:
                    armed[line].sink.given()
            except Exception as fault:  # a fault of ours: what came behind it is still to be told
                self._loop.call_exception_handler({"message": "a datagram was not understood", "exception": fault})

    def _address(self, name: bytes) -> Address:
        known = self._addresses.get(name)
        if known is None:
            if len(self._addresses) >= _REMEMBERED:
                self._addresses.clear()
            known = self._addresses[name] = spelled(name)
        return known

    def _count(self) -> None:
        """Take over what the C has counted, and give up segmented messages to those whose way takes none."""
        path, counters = self._path, self._counters
        counters.forged += path.forged
        counters.flooded += path.flooded
        counters.forwarded += path.forwarded
        counters.fast += path.forwarded
        counters.unsent += path.unsent
        unsent = path.unsent
        path.forged = path.flooded = path.forwarded = path.unsent = 0
        for group, flags, _ in self._held if unsent else ():
            for target in [one for one, no in zip(group.targets, flags, strict=False) if no]:
                target.break_up()
