"""A publisher and viewers of all shapes with the fast path between them, in one process."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from aiortc.rtcdtlstransport import SRTP_PROFILES

from media.counters import Counters
from media.fast_path import FastPath, Lane, Route
from media.packet import Packet, level
from media.rtp import parse
from media.srtp import Inbound, keyed
from media.stun import Address
from media.target import Crowd, Out, Target

VIDEO, SOUND = 7, 8
TYPES, CODECS, SHIFTS, STAMP = (96, 111), ("H264", "opus"), (300, 70), 90_000
GCM, HMAC = 0, 2


def rtp(kind: int, number: int, payload: bytes, *, marker: bool = False, first: int = 0x80, more: bytes = b"") -> bytes:
    begin = bytes([first, TYPES[kind] | 0x80 * marker]) + (number & 0xFFFF).to_bytes(2, "big")
    return (
        begin
        + (3000 * number & 0xFFFFFFFF).to_bytes(4, "big")
        + (VIDEO, SOUND)[kind].to_bytes(4, "big")
        + more
        + payload
    )


class Screen:
    """A viewer's socket; `read` decrypts all that has come."""

    def __init__(self, profile: int, kinds: tuple[int, ...], shift: int, *, whole: bool = True, late: int = 0) -> None:
        chosen = SRTP_PROFILES[profile]
        material = os.urandom(2 * (chosen.key_length + chosen.salt_length))
        self._inbound, _ = keyed(chosen, material, 256, client=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.target = Target(keyed(chosen, material, 256, client=False)[1], self._socket.getsockname())
        self.target.wear({kind: Out({CODECS[kind]: 100 + kind}, shift, late) for kind in kinds})
        if not whole:
            self.target.break_up()

    def read(self) -> list[bytes | None]:
        found = []
        try:
            while True:
                found.append(self._inbound.media(self._socket.recv(4096)))
        except BlockingIOError:
            return found

    def close(self) -> None:
        self._socket.close()


class Stage:
    """A publisher, viewers of all shapes, and a fast path between them. Port, source and sink in one; keeps books."""

    def __init__(self) -> None:
        chosen = SRTP_PROFILES[GCM]
        material = os.urandom(2 * (chosen.key_length + chosen.salt_length))
        self._inbound: Inbound = keyed(chosen, material, 256, client=False)[0]
        self._session = keyed(chosen, material, 256, client=True)[1].session
        self._far, self._relay = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for one in (self._far, self._relay):
            one.bind(("127.0.0.1", 0))
        self.address = self._far.getsockname()
        self.screens = [
            Screen(GCM, (0, 1), 5), Screen(GCM, (0, 1), 900), Screen(HMAC, (0, 1), 5), Screen(GCM, (1,), 5),
            Screen(GCM, (0, 1), 5, whole=False), Screen(GCM, (0, 1), 5, late=4711),
        ]  # fmt: skip
        self.crowd = Crowd(*(screen.target for screen in self.screens))
        self.counters = Counters()
        self.path = FastPath(self._relay, self.counters, self, self.routes, gso=True)
        self.numbers = [100, 65530]
        self.allowance = 1000
        self.log: list[bytes | str] = []

    def routes(self) -> Iterator[Route]:
        lanes = [
            Lane(
                ssrc, ssrc + 10, STAMP, self.numbers[kind] - 1 & 0xFFFF, SHIFTS[kind], TYPES[kind], kind, forwarded=True
            )
            for kind, ssrc in enumerate((VIDEO, SOUND))
        ]
        yield Route(self, self, self.address, self._inbound, lanes, CODECS, self.crowd.groups)

    def send(self, *packets: bytes) -> None:
        for one in packets:
            self.send_raw(self._session.protect(one))

    def send_raw(self, data: bytes, sender: socket.socket | None = None) -> None:
        (sender or self._far).sendto(data, self._relay.getsockname())

    def next(self, kind: int, payload: bytes, *, marker: bool = False, first: int = 0x80, more: bytes = b"") -> bytes:
        self.numbers[kind] += 1
        return rtp(kind, self.numbers[kind] - 1, payload, marker=marker, first=first, more=more)

    def turn(self) -> list[bytes | str]:
        """Let the fast path and Python have a turn: what Python was told."""
        self.path.readable()
        self.path.settle()
        told, self.log = self.log, []
        return told

    def wanted(self, sent: list[bytes], target: Target) -> list[bytes]:
        """What Python makes of it."""
        packets = []
        for one in filter(None, map(parse, sent)):
            kind = TYPES.index(one.payload_type)
            number, stamp = one.sequence_number + SHIFTS[kind] & 0xFFFF, one.timestamp + STAMP & 0xFFFFFFFF
            packets.append(Packet(kind, CODECS[kind], one.marker, number, stamp, one.ssrc + 10, one.payload))
        packets.sort(key=lambda packet: packet.track)
        level(packets)
        return [data for data in map(target.addressed, packets) if data]

    def take(self, data: bytes, address: Address) -> None:
        assert address == self.address
        self.log.append(data)

    def hear(self) -> None:
        """Nobody reports."""

    def decrypted(self, data: bytes, at: float) -> None:
        assert at <= asyncio.get_running_loop().time()
        self.log.append(data)

    def hold(self) -> None:
        """Nothing else comes."""

    def given(self) -> None:
        self.log.append("given")

    def release(self) -> None:
        self.log.append("mine")

    def close(self) -> None:
        self.path.close()
        self._far.close()
        self._relay.close()
        for screen in self.screens:
            screen.close()


@contextmanager
def staged() -> Iterator[Stage]:
    made = Stage()
    try:
        yield made
    finally:
        made.close()


def report(blocks: int, behind: int) -> bytes:
    """A receiver report as SRTCP shows it, so many bytes with it."""
    return bytes([0x80 | blocks, 201, 0, 1 + 6 * blocks]) + bytes(4 + 24 * blocks + behind)


GCM_REPORTS = [report(blocks, behind) for blocks in (0, 1, 2, 31) for behind in (20, 48)]
HMAC_REPORTS = [report(blocks, behind) for blocks in (1, 2) for behind in (14, 42)]
WITH_MORE = [report(2, 20 + name + feedback) for name in (0, 28) for feedback in (12, 16, 20, 24)]
