"""RTCP (RFC 3550, RFC 4585, RFC 5104): what viewers and publishers report, and what the relay says to them."""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SENDER_REPORT, RECEIVER_REPORT, RTP_FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 205, 206
NACK, PLI, FIR, APPLICATION = 1, 1, 4, 15
RELAY_SSRC = 1
"""The SSRC the relay reports as; it sends no media of its own to publishers."""

_LOST = 0xFFFFFF
_head = struct.Struct("!BBH").unpack_from
_pair = struct.Struct("!HH").unpack_from
_word = struct.Struct("!I").unpack_from
_block = struct.Struct("!IIIIII").unpack_from
_sender = struct.Struct("!QII").unpack_from


class SenderReport(NamedTuple):
    """The instant `ntp` (64-bit NTP time) is `timestamp` in the clock of stream `ssrc`."""

    ssrc: int
    ntp: int
    timestamp: int


class Report(NamedTuple):
    """What a receiver has of stream `ssrc`: the extended highest sequence number, and how many were lost in all."""

    ssrc: int
    highest: int
    lost: int


class Lost(NamedTuple):
    """Sequence numbers of stream `ssrc` that a receiver asks for again."""

    ssrc: int
    sequences: list[int]


class Estimate(NamedTuple):
    """A receiver estimates that its line carries so many bits per second (draft-alvestrand-rmcat-remb)."""

    bitrate: int


class KeyFrame(NamedTuple):
    """A receiver cannot go on without a key frame."""


Item = SenderReport | Report | Lost | Estimate | KeyFrame


def parse(data: bytes) -> Iterator[Item]:
    """What a compound packet (already decrypted) says; stops where it is malformed, skips what the relay cannot use."""
    position = 0
    while position + 4 <= len(data):
        first, kind, words = _head(data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            return
        yield from _items(kind, first & 31, data[position + 4 : end])
        position = end


def _items(kind: int, count: int, body: bytes) -> Iterator[Item]:
    if kind == RECEIVER_REPORT:
        yield from _reports(body, 4, count)
    elif kind == SENDER_REPORT and len(body) >= 24:
        yield SenderReport(_word(body)[0], *_sender(body, 4)[:2])
        yield from _reports(body, 24, count)
    elif kind == RTP_FEEDBACK and count == NACK and len(body) >= 12:
        yield Lost(_word(body, 4)[0], _sequences(body))
    elif kind == PAYLOAD_FEEDBACK and count in (PLI, FIR):
        yield KeyFrame()
    elif kind == PAYLOAD_FEEDBACK and count == APPLICATION and body[8:12] == b"REMB" and len(body) >= 16:
        limit = int(_word(body, 12)[0])
        yield Estimate((limit & 0x3FFFF) << (limit >> 18 & 63))


def _reports(body: bytes, position: int, count: int) -> Iterator[Report]:
    for start in range(position, position + 24 * count, 24):
        if start + 24 > len(body):
            return
        ssrc, lost, highest, *_ = _block(body, start)
        lost &= _LOST
        yield Report(ssrc, highest, lost - (_LOST + 1) if lost >> 23 else lost)


def _sequences(body: bytes) -> list[int]:
    lost = []
    for position in range(8, len(body) - 3, 4):
        first, following = _pair(body, position)
        lost.append(first)
        lost += [first + 1 + bit & 0xFFFF for bit in range(16) if following >> bit & 1]
    return lost


def nack(ssrc: int, missing: Sequence[int]) -> bytes:
    """Ask the sender of `ssrc` for up to 128 `missing` sequence numbers again."""
    body = b"".join(struct.pack("!HH", sequence, 0) for sequence in missing[:128])
    return _packet(RTP_FEEDBACK, NACK, struct.pack("!II", RELAY_SSRC, ssrc) + body)


def pli(ssrc: int) -> bytes:
    """Ask the sender of `ssrc` for a key frame."""
    return _packet(PAYLOAD_FEEDBACK, PLI, struct.pack("!II", RELAY_SSRC, ssrc))


def remb(bitrate: int, ssrcs: Sequence[int]) -> bytes:
    """The most bits per second the sender should use for all of `ssrcs` (draft-alvestrand-rmcat-remb)."""
    exponent = max(bitrate.bit_length() - 18, 0)
    limit = len(ssrcs) << 24 | exponent << 18 | bitrate >> exponent
    body = struct.pack(f"!II4sI{len(ssrcs)}I", RELAY_SSRC, 0, b"REMB", limit, *ssrcs)
    return _packet(PAYLOAD_FEEDBACK, APPLICATION, body)


class Block(NamedTuple):
    """A report block the relay sends to a publisher; `jitter` in the stream's clock, `delay` in 1/65536 s."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


def receiver_report(blocks: Sequence[Block]) -> bytes:
    """What the relay has received of a publisher's streams."""
    body = struct.pack("!I", RELAY_SSRC)
    for block in blocks:
        ssrc, fraction, lost, *rest = block
        body += struct.pack("!II", ssrc, fraction << 24 | lost & _LOST)
        body += struct.pack("!IIII", *(value & 0xFFFFFFFF for value in rest))
    return _packet(RECEIVER_REPORT, len(blocks), body)


def sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> bytes:
    """Tell a viewer which instant `timestamp` of stream `ssrc` is: this keeps lips and voice together."""
    body = struct.pack("!IQIII", ssrc, ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return _packet(SENDER_REPORT, 0, body)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
