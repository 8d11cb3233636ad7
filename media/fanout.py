"""The hot loop: one flush of packets to every viewer of a seat. ≈ 4 µs of CPU per packet and viewer, most of it the
kernel's and AES's.

Per flush the packets are laid out once as a template for all viewers who number them alike; per viewer the template is
copied, each packet is encrypted in place, and the whole goes out as ONE message that the kernel cuts into datagrams
(UDP generic segmentation offload). Where there is no GSO it is one message per packet, still many per system call.
"""

import ctypes
import errno
import socket
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from media.counters import Counters
from media.dtls import Outbound, SrtpError, memory, protect_in_place
from media.packet import Packet
from media.stun import Address

SEGMENTS = 64
"""Datagrams the kernel cuts from one message, at most (UDP_MAX_SEGMENTS of old kernels)."""

_UDP_SEGMENT, _SOL_UDP = 103, 17
_VIEWERS, _MESSAGES = 32, 512
_SLOT = 64 * 1600 + 192
_LARGEST = 64000
"""Bytes of one message: UDP's own limit, less the headers."""
_begin = struct.Struct("!BBH").pack


class Out(NamedTuple):
    """How one track looks to one viewer: its payload types by codec, and what is added to sequence numbers."""

    payload_types: dict[str, int]
    shift: int


class Target:
    """A viewer as the hot loop sees them. `outs` by track; a track without an entry is not sent."""

    def __init__(self, outbound: Outbound, address: Address) -> None:
        self.outbound = outbound
        self.outs: dict[int, Out] = {}
        self.shape = ""
        self.whole = True
        self.move(address)

    def wear(self, outs: dict[int, Out]) -> None:
        """Send these tracks from now on. `shape` is equal for targets whose packets are laid out alike.

        It is text because a str knows its hash, and the hot loop looks it up per viewer and flush.
        """
        self.outs = outs
        codecs = [(track, out.shift, *sorted(out.payload_types.items())) for track, out in sorted(outs.items())]
        self.shape = f"{self.outbound.tag} {self.whole} {codecs}"

    def break_up(self) -> None:
        """The way to this viewer takes no segmented messages (small MTU, no checksum offload): one per packet."""
        self.whole = False
        self.wear(self.outs)

    def move(self, address: Address) -> None:
        """Send to `address` from now on."""
        host, port = address
        self.address = address
        self.sockaddr = ctypes.create_string_buffer(
            struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8), 16
        )
        self.name = ctypes.addressof(self.sockaddr)


class Engine(Protocol):
    """One way to send."""

    @property
    def name(self) -> str:
        """Told by `GET /health`: `gso`, `sendmmsg` or `sendto`."""

    def send(self, packets: Sequence[Packet], targets: Sequence[Target]) -> None:
        """Send `packets`, in order, to every target. What the kernel will not take is lost and counted."""


def engine(sock: socket.socket, counters: Counters, *, fast: bool) -> Engine:
    """The best engine this kernel has; `fast` says whether `dtls.protect_in_place` may be trusted."""
    if not fast or not hasattr(ctypes.CDLL(None), "sendmmsg") or ctypes.sizeof(ctypes.c_void_p) != 8:  # noqa: PLR2004
        return Plain(sock, counters)
    return Batched(sock, counters, gso=_segments(sock))


def _segments(sock: socket.socket) -> bool:
    """Send ourselves two datagrams in one message and see whether two arrive."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.settimeout(0.2)
        try:
            probe.sendmsg([bytes(20)], [(_SOL_UDP, _UDP_SEGMENT, struct.pack("=H", 10))], 0, probe.getsockname())
            return len(probe.recv(64)) == len(probe.recv(64)) == 10  # noqa: PLR2004
        except OSError:
            return False


class Plain:
    """One `Session.protect` and one `sendto` per packet: slow, and right everywhere."""

    name = "sendto"

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._socket = sock
        self._counters = counters

    def send(self, packets: Sequence[Packet], targets: Sequence[Target]) -> None:
        """See `Engine`."""
        for target in targets:
            for packet in packets:
                data = addressed(packet, target)
                if data is not None:
                    self.send_one(data, target)

    def send_one(self, data: bytes, target: Target) -> None:
        """Encrypt and send one packet."""
        try:
            self._socket.sendto(target.outbound.session.protect(data), target.address)
            self._counters.forwarded += 1
        except (SrtpError, OSError):
            self._counters.unsent += 1


def addressed(packet: Packet, target: Target) -> bytes | None:
    """`packet` as `target` gets it, still in the clear; None when the viewer did not negotiate its codec."""
    out = target.outs.get(packet.track)
    payload_type = out and out.payload_types.get(packet.codec)
    if out is None or payload_type is None:
        return None
    data = packet.data
    return _begin(data[0], data[1] | payload_type, packet.sequence + out.shift & 0xFFFF) + data[4:]


class _Plan(NamedTuple):
    """A flush laid out for viewers of one shape.

    `packets` are (offset, length), `spots` per slot what `protect_in_place` wants: (pointer, length); `messages` are
    (offset, length, address of the control message or 0); `keep` holds the memory those addresses point to.
    """

    template: bytearray
    packets: list[tuple[int, int]]
    spots: dict[int, list[tuple[Any, int]]]
    messages: list[tuple[int, int, int]]
    keep: list[Any]


class Batched:
    """sendmmsg over preallocated structures, with or without GSO."""

    def __init__(self, sock: socket.socket, counters: Counters, *, gso: bool) -> None:
        self.name = "gso" if gso else "sendmmsg"
        self._gso = gso
        self._fd = sock.fileno()
        self._counters = counters
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]
        self._slots = memory.new("char[]", _SLOT * _VIEWERS)
        self._bytes = memory.buffer(self._slots)
        self._base = int(memory.cast("uintptr_t", self._slots))
        self._length = memory.new("int *")
        # struct mmsghdr is 8 words: name, namelen, iov, iovlen, control, controllen, flags, len; struct iovec 2.
        self._headers = (ctypes.c_uint64 * (8 * _MESSAGES))()
        self._pieces = (ctypes.c_uint64 * (2 * _MESSAGES))()
        self._words = memoryview(self._headers).cast("B").cast("Q")
        self._iov = memoryview(self._pieces).cast("B").cast("Q")
        self._first = ctypes.addressof(self._headers)
        for index in range(_MESSAGES):
            self._words[8 * index + 1] = 16
            self._words[8 * index + 2] = ctypes.addressof(self._pieces) + 16 * index
            self._words[8 * index + 3] = 1

    def send(self, packets: Sequence[Packet], targets: Sequence[Target]) -> None:
        """See `Engine`. `packets` are at most `SEGMENTS`."""
        plans: dict[str, _Plan] = {}
        protect, length, buffer = protect_in_place, self._length, self._bytes
        base, words, iov = self._base, self._words, self._iov
        message = slot = forwarded = 0
        sent: list[Target] = []
        for target in targets:
            plan = plans.get(target.shape)
            if plan is None:
                plan = plans[target.shape] = self._plan(packets, target)
            template, packed, spots, messages, _ = plan
            if slot == _VIEWERS or message + len(messages) > _MESSAGES:
                self._flush(message, sent)
                message = slot = 0
                sent = []
            start = slot * _SLOT
            buffer[start : start + len(template)] = template
            context = target.outbound.context
            if slot not in spots:
                spots[slot] = [(self._slots + start + offset, size) for offset, size in packed]
            for pointer, size in spots[slot]:
                length[0] = size
                if protect(context, pointer, length):
                    # Never let it go in the clear; the receiver drops zeros.
                    memory.memmove(pointer, bytes(size), size)
            for offset, size, control in messages:
                iov[2 * message] = base + start + offset
                iov[2 * message + 1] = size
                words[8 * message] = target.name
                words[8 * message + 4] = control
                words[8 * message + 5] = 24 if control else 0
                sent.append(target)
                message += 1
            slot += 1
            forwarded += len(packed)
        self._flush(message, sent)
        self._counters.forwarded += forwarded

    def _plan(self, packets: Sequence[Packet], target: Target) -> _Plan:
        """Lay out what `target` and those of its shape get."""
        tag = target.outbound.tag
        gap = bytes(tag)
        template = bytearray()
        packed: list[tuple[int, int]] = []
        for packet in packets:
            data = addressed(packet, target)
            if data is not None:
                packed.append((len(template), len(data)))
                template += data + gap
        parts = [(offset, size + tag) for offset, size in packed]
        messages, keep = self._messages(parts, whole=self._gso and target.whole)
        return _Plan(template, packed, {}, messages, keep)

    def _messages(
        self, parts: Sequence[tuple[int, int]], *, whole: bool
    ) -> tuple[list[tuple[int, int, int]], list[Any]]:
        messages, keep = [], []
        for run in _runs(parts, whole=whole):
            offset, segment = run[0]
            control = 0
            if len(run) > 1:
                keep.append(
                    ctypes.create_string_buffer(struct.pack("=QiiH6x", 18, _SOL_UDP, _UDP_SEGMENT, segment), 24)
                )
                control = ctypes.addressof(keep[-1])
            messages.append((offset, sum(size for _, size in run), control))
        return messages, keep

    def _flush(self, count: int, sent: list[Target]) -> None:
        done = 0
        while done < count:
            taken = self._sendmmsg(self._fd, self._first + 64 * done, count - done, 0)
            if taken > 0:
                done += taken
                continue
            fault = ctypes.get_errno()
            if fault == errno.EAGAIN:
                self._counters.unsent += count - done
                return
            if fault in (errno.EINVAL, errno.EMSGSIZE, errno.EIO):
                sent[done].break_up()
            if fault != errno.EINTR:
                self._counters.unsent += 1
                done += 1


def _runs(parts: Sequence[tuple[int, int]], *, whole: bool) -> list[list[tuple[int, int]]]:
    """Which (offset, size) go in one message: equal sizes, only the last may be shorter."""
    runs: list[list[tuple[int, int]]] = []
    for part in parts:
        run = runs[-1] if runs and whole else []
        fits = (
            run and part[1] <= run[0][1] == run[-1][1] and len(run) < SEGMENTS and (len(run) + 1) * run[0][1] < _LARGEST
        )
        if fits:
            run.append(part)
        else:
            runs.append([part])
    return runs
