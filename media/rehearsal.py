"""The fast path's test at start: whether it makes of a publisher's packets the very datagrams that Python makes."""

import os
import socket
from dataclasses import dataclass

from aiortc.rtcdtlstransport import SRTP_PROFILES

from media.counters import Counters
from media.fanout import Compiled
from media.fast_path import FastPath, Lane, Route
from media.packet import Packet, level
from media.rtp import Rtp, parse
from media.srtp import Inbound, keyed
from media.stun import Address
from media.target import Crowd, Out, Target

_VIDEO, _SOUND, _TYPES, _SHIFTS, _STAMP, _LATE = 7, 8, (96, 111), (300, 70), 90_000, 4711
_CODECS = "H264", "opus"
_SIZES = (700, 1100, 1099, 1100, 1068, 1067, 300)


@dataclass
class _Nobody:
    """Port, source and sink of a route nobody keeps books of."""

    allowance: int = 100

    def take(self, data: bytes, address: Address) -> None:
        """See `fast_path.Port`."""

    def hear(self) -> None:
        """See `fast_path.Port`."""

    def decrypted(self, data: bytes, at: float) -> None:
        """See `fast_path.Source`."""

    def hold(self) -> None:
        """See `fast_path.Sink`."""

    def given(self) -> None:
        """See `fast_path.Sink`."""

    def release(self) -> None:
        """See `fast_path.Sink`."""


def forwards(engine: Compiled, family: int = socket.AF_INET) -> bool:
    """Send ourselves a frame and sound with every SRTP profile; whether exactly what must come comes out again."""
    return all(_forwards(engine, family, index) for index in range(len(SRTP_PROFILES)))


def _forwards(engine: Compiled, family: int, index: int) -> bool:
    profile, host = SRTP_PROFILES[index], "::ffff:127.0.0.1" if family == socket.AF_INET6 else "127.0.0.1"
    size = 2 * (profile.key_length + profile.salt_length)
    ours, theirs = os.urandom(size), os.urandom(size)
    inbound, _ = keyed(profile, ours, 256, client=False)
    _, publisher = keyed(profile, ours, 256, client=True)
    _, outbound = keyed(profile, theirs, 256, client=False)
    viewer, _ = keyed(profile, theirs, 256, client=True)
    with socket.socket(family, socket.SOCK_DGRAM) as relay, socket.socket(family, socket.SOCK_DGRAM) as far:
        for one in (relay, far):
            one.bind((host, 0))
            one.settimeout(0.2)
        target = Target(outbound, far.getsockname())
        kinds = range(len(_CODECS))
        target.wear({kind: Out({_CODECS[kind]: 100 + kind}, 5, _LATE) for kind in kinds})
        lanes = [
            Lane(ssrc, ssrc + 10, _STAMP, 65533, _SHIFTS[kind], _TYPES[kind], kind, forwarded=True)
            for kind, ssrc in enumerate((_VIDEO, _SOUND))
        ]
        whole = Route(_Nobody(), _Nobody(), far.getsockname(), inbound, lanes, _CODECS, Crowd(target).groups)
        return _same(engine, (relay, far), whole, [publisher.session.protect(one) for one in _sent()], viewer)


def _same(
    engine: Compiled, sockets: tuple[socket.socket, socket.socket], route: Route, sent: list[bytes], viewer: Inbound
) -> bool:
    relay, far = sockets
    path = FastPath(relay, Counters(), _Nobody(), lambda: [route], gso=engine.gso)
    path.arm()
    for data in sent:
        far.sendto(data, relay.getsockname())
    path.readable()
    path.close()
    try:
        return all(viewer.media(far.recv(2048)) == wanted for wanted in _wanted(route.groups[0].targets[0]))
    except TimeoutError:
        return False


def _sent() -> list[bytes]:
    """Sound with a header extension, then a frame; their numbers wrap."""
    found = []
    for index, size in enumerate(_SIZES):
        kind, last = int(not index), index == len(_SIZES) - 1
        begin = bytes([0x90 if kind else 0x80, _TYPES[kind] | 0x80 * last])
        number = (65533 + (1 if kind else index)) % 65536
        begin += number.to_bytes(2, "big") + (index * 7).to_bytes(4, "big") + (_VIDEO, _SOUND)[kind].to_bytes(4, "big")
        found.append(begin + (b"\xbe\xde\0\1\x10\xff\0\0" if kind else b"") + bytes([index]) * size)
    return found


def _wanted(target: Target) -> list[bytes]:
    """What Python makes of it."""
    packets = [_renumbered(rtp) for rtp in filter(None, map(parse, _sent()))]
    packets.sort(key=lambda packet: packet.track)
    level(packets)
    return [target.addressed(packet) or b"" for packet in packets]


def _renumbered(rtp: Rtp) -> Packet:
    kind = _TYPES.index(rtp.payload_type)
    number, stamp = rtp.sequence_number + _SHIFTS[kind] & 0xFFFF, rtp.timestamp + _STAMP & 0xFFFFFFFF
    return Packet(kind, _CODECS[kind], rtp.marker, number, stamp, rtp.ssrc + 10, rtp.payload)
