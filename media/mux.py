"""One UDP socket for everybody: datagrams told apart by the first byte (RFC 7983), peers by ufrag, then by address.
Beside it, on the same port number, TCP for those whose network lets nothing else out."""

import asyncio
import errno
import socket
from typing import NamedTuple, Protocol

from media import stun
from media.counters import Counters
from media.fast_path import FastPath
from media.sockets import opened
from media.stream import Door, Stream
from media.stun import Address

Place = Address | Stream
"""Where a browser is."""
DATAGRAM = 2048
BURST = 64
"""Datagrams read before other things get their turn."""
REPORTS = 1024
"""Reports read at a time, at most."""
PAUSE = 0.25
"""Seconds between two looks at reports: many at a time cost a third less each. A buffer of the usual 208 KB holds those
of 2,000 viewers."""

_FULL = (errno.EAGAIN, errno.ENOBUFS, errno.EPERM, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL, errno.EMSGSIZE)


class Party(Protocol):
    """What the socket knows of a peer."""

    def checked(self, ufrag: str, address: Place, nominated: bool) -> None:
        """A proven binding request came from `address`."""

    def relieved(self, stream: Stream) -> None:
        """A stream takes media again after it had dropped some."""

    def left(self, stream: Stream) -> None:
        """A stream is over."""

    def dtls(self, data: bytes) -> None:
        """A DTLS datagram came."""

    def srtp(self, data: bytes) -> None:
        """An SRTP packet came."""

    def srtcp(self, data: bytes) -> None:
        """An SRTCP packet came."""


class _Entry(NamedTuple):
    key: stun.Key
    party: Party


class Mux:
    """Owns the sockets. Every datagram ends in one of the peers' methods or in a counter, never in an exception. `tcp`
    says whether there are streams."""

    def __init__(self, bind: str, port: int, counters: Counters, *, tcp: bool) -> None:
        self.socket, self._reports = opened(bind, port)
        self.port: int = self.socket.getsockname()[1]
        self.counters = counters
        self._loop = asyncio.get_running_loop()
        self._heard = 0.0
        self._by_ufrag: dict[str, _Entry] = {}
        self._by_address: dict[Place, Party] = {}
        self._door = Door(bind, self.port, counters) if tcp else None
        self.fast_path: FastPath | None = None

    @property
    def tcp(self) -> bool:
        """Whether streams are taken, on the same port number."""
        return self._door is not None

    async def open(self) -> None:
        """Begin to read, in the running loop."""
        readable = self.fast_path.readable if self.fast_path else self._readable
        self._loop.add_reader(self.socket.fileno(), readable)
        if self._door is not None:
            self._door.take, self._door.relieved, self._door.left = self.take, self._relieved, self._left
            await self._door.open()

    def close(self) -> None:
        """Stop reading and let go of the port."""
        self._loop.remove_reader(self.socket.fileno())
        if self.fast_path is not None:
            self.fast_path.close()
        self.socket.close()
        if self._reports is not None:
            self._reports.close()
        if self._door is not None:
            self._door.close()

    def admit(self, ufrag: str, password: str, party: Party) -> None:
        """From now on take binding requests for `ufrag`."""
        self._by_ufrag[ufrag] = _Entry(stun.Key(password.encode()), party)

    def dismiss(self, ufrag: str) -> None:
        """No more binding requests for `ufrag`."""
        self._by_ufrag.pop(ufrag, None)

    def route(self, address: Place, party: Party) -> None:
        """Datagrams from `address` are `party`'s."""
        self._by_address[address] = party
        if self.fast_path is not None and not isinstance(address, Stream):
            self.fast_path.meet(address)

    def forget(self, address: Place, party: Party) -> None:
        """Datagrams from `address` are nobody's, unless another party has it by now."""
        if self._by_address.get(address) is party:
            del self._by_address[address]

    def send(self, data: bytes, address: Place) -> None:
        """Send one datagram; one the kernel will not take is lost, as on any network."""
        if isinstance(address, Stream):
            address.send(data)
            return
        try:
            self.socket.sendto(data, address)
        except OSError as fault:
            if fault.errno not in _FULL:
                raise
            self.counters.unsent += 1

    def hear(self) -> None:
        """Read what receivers have reported, unless that was done just now."""
        now = self._loop.time()
        if self._reports is not None and now - self._heard > PAUSE:
            self._heard = now
            self._read(self._reports, REPORTS)

    def _readable(self) -> None:
        self._read(self.socket, BURST)
        self.hear()

    def _read(self, source: socket.socket, most: int) -> None:
        receive, take = source.recvfrom, self.take
        for _ in range(most):
            try:
                data, address = receive(DATAGRAM)
            except BlockingIOError:
                return
            except OSError:  # an ICMP answer to something we sent; the next read is fine
                continue
            take(data, address)

    def take(self, data: bytes, address: Place) -> None:
        """Sort one datagram in."""
        first = data[0] if len(data) > 1 else 255
        if first < 4:
            self._stun(data, address)
            return
        party = self._by_address.get(address)
        if party is None:
            self.counters.strangers += 1
        elif 127 < first < 192:
            if 191 < data[1] < 224:
                party.srtcp(data)
            else:
                party.srtp(data)
        elif 19 < first < 64:
            party.dtls(data)
        else:
            self.counters.garbage += 1

    def _relieved(self, stream: Stream) -> None:
        party = self._by_address.get(stream)
        if party is not None:
            party.relieved(stream)

    def _left(self, stream: Stream) -> None:
        party = self._by_address.pop(stream, None)
        if party is not None:
            party.left(stream)

    def _stun(self, data: bytes, address: Place) -> None:
        request = stun.parse(data)
        if request is None:
            self.counters.garbage += 1
            return
        entry = self._by_ufrag.get(request.ufrag)
        if entry is None or not request.proven(entry.key):
            self.counters.strangers += 1
            return
        if self._door is not None and isinstance(address, Stream):
            self._door.proven(address)
        seen = address.name if isinstance(address, Stream) else address
        self.send(stun.answer(request, seen, entry.key), address)
        entry.party.checked(request.ufrag, address, request.nominated)
