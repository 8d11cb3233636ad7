"""RTP (RFC 3550): one packet in its parts, and whether a payload begins a key frame (RFC 6184, RFC 7741)."""

import struct
from typing import NamedTuple

HEADER = 12
MARKER = 0x80
_fixed = struct.Struct("!BBHII").unpack_from
_extension = struct.Struct("!H").unpack_from

_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28


class Rtp(NamedTuple):
    """A packet without CSRC, header extension and padding; an empty payload means it carried padding only.

    `timestamp` counts in the codec's clock. The names are those aiortc's statistics read.
    """

    payload_type: int
    marker: int
    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Rtp | None:
    """The packet in `data` (already decrypted); None when it is not well formed."""
    size = len(data)
    if size < HEADER:
        return None
    first, second, sequence, timestamp, ssrc = _fixed(data)
    start, end = HEADER + 4 * (first & 15), size
    if first & 0x10:
        if start + 4 > size:
            return None
        start += 4 + 4 * int(_extension(data, start + 2)[0])
    if first & 0x20:
        if not data[-1]:
            return None
        end -= data[-1]
    if first >> 6 != 2 or end < start:
        return None
    return Rtp(second & 127, second & MARKER, sequence, timestamp, ssrc, data[start:end])


def original(packet: Rtp, payload_type: int, ssrc: int) -> Rtp | None:
    """The packet a retransmission (RFC 4588) carries; None for a padding probe."""
    if len(packet.payload) < 2:
        return None
    (sequence,) = _extension(packet.payload)
    return packet._replace(payload_type=payload_type, sequence_number=sequence, ssrc=ssrc, payload=packet.payload[2:])


def begins_key_frame(codec: str, payload: bytes) -> bool:
    """Whether `payload` is the first packet of a frame that needs no earlier one. Codecs: "H264", "VP8"."""
    if codec == "H264":
        return _h264_key(payload)
    return codec == "VP8" and _vp8_key(payload)


def _h264_key(payload: bytes) -> bool:
    kind = payload[0] & 31 if payload else 0
    if kind == _FU_A:
        return len(payload) > 1 and payload[1] & 0x80 != 0 and payload[1] & 31 in (_IDR, _SPS)
    if kind != _STAP_A:
        return kind in (_IDR, _SPS)
    position = 1
    while position + 2 < len(payload):
        if payload[position + 2] & 31 in (_IDR, _SPS):
            return True
        position += 2 + int(_extension(payload, position)[0])
    return False


def _vp8_key(payload: bytes) -> bool:
    """Skip the payload descriptor; the frame's first byte has bit 0 clear on a key frame."""
    if len(payload) < 2:
        return False
    first, position = payload[0], 1
    if first & 0x17 != 0x10:  # begins partition 0
        return False
    if first & 0x80:
        more, position = payload[1], 2
        if more & 0x80 and position < len(payload):
            position += 2 if payload[position] & 0x80 else 1
        position += bool(more & 0x40) + bool(more & 0x30)
    return position < len(payload) and not payload[position] & 1
