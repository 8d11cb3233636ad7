"""From RTP payloads to frames: H264 (RFC 6184), VP8 (RFC 7741), Opus (RFC 7587)."""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from media.replay.order import Sent
from media.rtp import begins_key_frame

_FU_HEADER, _SHORTEST = 2, 3
_START = b"\0\0\0\1"
_SPS, _LAST_SINGLE, _STAP_A, _FU_A = 7, 23, 24, 28
_EXTENDED, _PICTURE_ID, _LEVEL, _LONG_ID = 0x80, 0x80, 0x40, 0x80
_TEMPORAL = 0x30
_size = struct.Struct("!H").unpack_from


class Frame(NamedTuple):
    """What a decoder is given at once: an access unit (Annex B), a VP8 frame, or an Opus packet."""

    track: int
    codec: str
    ssrc: int
    timestamp: int
    data: bytes
    key: bool


def frames(packets: Iterable[Sent]) -> Iterator[Frame]:
    """The frames that can be decoded: what a loss has spoilt is left out up to the next key frame."""
    video = _Video()
    for sent in packets:
        if sent.track == 1:
            packet = sent.packet
            yield Frame(1, sent.codec, packet.ssrc, packet.timestamp, packet.payload, key=True)
        else:
            yield from video.add(sent)


def begins(codec: str, payload: bytes) -> bool:
    """Whether decoding can begin with this packet: a key frame's first, for H264 with the parameter sets in it."""
    if codec != "H264" or not payload or payload[0] & 31 == _SPS:
        return begins_key_frame(codec, payload)
    return payload[0] & 31 == _STAP_A and any(unit[0] & 31 == _SPS for unit in _aggregated(payload))


class _Video:
    """Collects the packets of one frame."""

    def __init__(self) -> None:
        self._parts: list[Sent] = []
        self._spoilt = True

    def add(self, sent: Sent) -> Iterator[Frame]:
        if self._parts and self._parts[0].packet.timestamp != sent.packet.timestamp:
            yield from self._finish(ended=sent.whole)
        if not sent.whole:
            self._parts, self._spoilt = [], True
        if not self._parts and begins(sent.codec, sent.packet.payload):
            self._spoilt = False
        if self._spoilt:
            return
        self._parts.append(sent)
        if sent.packet.marker:
            yield from self._finish(ended=True)

    def _finish(self, *, ended: bool) -> Iterator[Frame]:
        parts, self._parts = self._parts, []
        if not ended:
            self._spoilt = True
            return
        codec, packet = parts[0].codec, parts[0].packet
        data = (_h264 if codec == "H264" else _vp8)([part.packet.payload for part in parts])
        if data:
            key = begins_key_frame(codec, packet.payload)
            yield Frame(0, codec, packet.ssrc, packet.timestamp, data, key)


def _h264(payloads: Iterable[bytes]) -> bytes:
    """An access unit as a byte stream with start codes."""
    unit = bytearray()
    for payload in payloads:
        kind = payload[0] & 31
        if 0 < kind <= _LAST_SINGLE:
            unit += _START + payload
        elif kind == _STAP_A:
            for one in _aggregated(payload):
                unit += _START + one
        elif kind == _FU_A and len(payload) > _FU_HEADER:
            if payload[1] & 0x80:
                unit += _START + bytes([payload[0] & 0xE0 | payload[1] & 31])
            unit += payload[2:]
    return bytes(unit)


def _aggregated(payload: bytes) -> Iterator[bytes]:
    """The units of a STAP-A (RFC 6184 §5.7.1)."""
    at = 1
    while at + _FU_HEADER < len(payload):
        (size,) = _size(payload, at)
        if size:
            yield payload[at + 2 : at + 2 + size]
        at += 2 + size


def _vp8(payloads: Iterable[bytes]) -> bytes:
    return b"".join([payload[_descriptor(payload) :] for payload in payloads])


def _descriptor(payload: bytes) -> int:
    """Bytes of the payload descriptor (RFC 7741 §4.2)."""
    if not payload[0] & _EXTENDED or len(payload) < _SHORTEST:
        return 1
    extensions = payload[1]
    picture = (2 if payload[2] & _LONG_ID else 1) if extensions & _PICTURE_ID else 0
    return 2 + picture + bool(extensions & _LEVEL) + bool(extensions & _TEMPORAL)
