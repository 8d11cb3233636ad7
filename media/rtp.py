"""RTP (RFC 3550): one packet in its parts, and whether a payload begins a key frame (RFC 6184, RFC 7741)."""

import struct
from typing import NamedTuple

HEADER = 12
MARKER = 0x80
_fixed = struct.Struct("!BBHII").unpack_from
_extension = struct.Struct("!H").unpack_from
_begin, _word = struct.Struct("!BBH").pack, struct.Struct("!I").pack

_ONE_BYTE = 0xBEDE
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


def extension(data: bytes, number: int) -> bytes:
    """The header extension `number` (RFC 8285 §4.2, the one-byte form) of a packet that `parse` took; empty without."""
    if not data[0] & 0x10:
        return b""
    position = HEADER + 4 * (data[0] & 15)
    profile, words = int(_extension(data, position)[0]), int(_extension(data, position + 2)[0])
    position += 4
    end = position + 4 * words if profile == _ONE_BYTE else 0
    while position < end:
        head = data[position]
        if head >> 4 == number and head:
            return data[position + 1 : min(position + 2 + (head & 15), end)]
        position += 2 + (head & 15) if head else 1  # zeros are padding
    return b""


def plain_vp8(payload: bytes) -> bytes:
    """`payload` without the optional part of its VP8 descriptor (RFC 7741 §4.2): the numbers of pictures and temporal
    layers, which differ from layer to layer. Without them a receiver goes by sequence numbers."""
    if len(payload) < 2 or not payload[0] & 0x80:
        return payload
    return bytes([payload[0] & 0x7F]) + payload[_vp8_descriptor(payload) :]


def original(packet: Rtp, payload_type: int, ssrc: int) -> Rtp | None:
    """The packet a retransmission (RFC 4588) carries; None for a padding probe."""
    if len(packet.payload) < 2:
        return None
    (sequence,) = _extension(packet.payload)
    return packet._replace(payload_type=payload_type, sequence_number=sequence, ssrc=ssrc, payload=packet.payload[2:])


def retransmission(data: bytes, payload_type: int, sequence: int, ssrc: int) -> bytes:
    """The packet `data` (12-byte header, in the clear) on its retransmission stream (RFC 4588 §4): the number it had
    stands before its payload."""
    begin = _begin(data[0], data[1] & MARKER | payload_type, sequence & 0xFFFF)
    return begin + data[4:8] + _word(ssrc) + data[2:4] + data[HEADER:]


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
    if payload[0] & 0x17 != 0x10:  # begins partition 0
        return False
    position = _vp8_descriptor(payload)
    return position < len(payload) and not payload[position] & 1


def _vp8_descriptor(payload: bytes) -> int:
    """How long the payload descriptor is (RFC 7741 §4.2)."""
    if not payload[0] & 0x80:
        return 1
    more, position = payload[1], 2
    if more & 0x80 and position < len(payload):
        position += 2 if payload[position] & 0x80 else 1
    return position + bool(more & 0x40) + bool(more & 0x30)
