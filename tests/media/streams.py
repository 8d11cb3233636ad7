"""Synthetic media and how to recognise it: H264 (RFC 6184) or VP8 (RFC 7741), 30 frames, 180 packets a second; Opus.

Every packet carries its frame, its place in the frame and the monotonic instant it was sent at, so that a viewer can
tell that it is the right one and how long it took (exactly, on one machine: its processes share that clock).
"""

import random
import struct
import time
from collections.abc import Iterator

import msgspec

from tests.media.sdp import Codec

RATE = {"video": 90_000, "audio": 48_000}
FPS, FRAME_PACKETS, KEY_PACKETS, PACKET = 30, 6, 18, 1042
"""Frames per second, packets of a frame and of a key frame, bytes of an RTP packet: 1.5 Mbps."""
AUDIO_PACKET, AUDIO_PERIOD = 100, 0.02
STAMP = struct.Struct("!4sIHQ")
MAGIC = b"WAKE"
SPS = bytes.fromhex("6742c01f8c8d40501e900f08846a")
PPS = bytes.fromhex("68ce3c80")
NAL_SLICE, NAL_IDR, NAL_SPS, STAP_A, FU_A = 1, 5, 7, 24, 28
VP8_KEY = bytes.fromhex("1002009d012a8002e001")
VP8_DELTA = bytes.fromhex("1102009d012a8002e001")


class Stamp(msgspec.Struct, frozen=True):
    """What a synthetic packet says of itself."""

    frame: int
    place: int
    sent: float


def stamp(frame: int, place: int) -> bytes:
    """The mark of a packet about to be sent."""
    return STAMP.pack(MAGIC, frame, place, time.monotonic_ns())


def stamped_anew(payload: bytes) -> bytes:
    """A payload that goes out only now, if it has a mark."""
    at = payload.find(MAGIC, 0, 64)
    if at < 0:
        return payload
    _, frame, place, _ = STAMP.unpack_from(payload, at)
    return payload[:at] + stamp(frame, place) + payload[at + STAMP.size :]


def read_stamp(payload: bytes) -> Stamp | None:
    """The mark in a payload; None for media that is not ours."""
    at = payload.find(MAGIC, 0, 64)
    if at < 0:
        return None
    _, frame, place, sent = STAMP.unpack_from(payload, at)
    return Stamp(frame, place, sent / 1e9)


def frame_payloads(codec: Codec, frame: int, *, key: bool, filler: bytes) -> Iterator[bytes]:
    """The RTP payloads of one frame, in order; the last one gets the marker."""
    packets = KEY_PACKETS if key else FRAME_PACKETS
    for place in range(packets):
        head = _h264_head(place, packets, key) if codec == "H264" else _vp8_head(frame, place, key)
        yield head + stamp(frame, place) + filler[: PACKET - 12 - len(head) - STAMP.size]


def _h264_head(place: int, packets: int, key: bool) -> bytes:
    if key and place == 0:
        return bytes([0x60 | STAP_A]) + b"".join(struct.pack("!H", len(nal)) + nal for nal in (SPS, PPS))
    first, last = place == (1 if key else 0), place == packets - 1
    return bytes([0x60 | FU_A, first << 7 | last << 6 | (NAL_IDR if key else NAL_SLICE)])


def _vp8_head(frame: int, place: int, key: bool) -> bytes:
    start = place == 0
    body = (VP8_KEY if key else VP8_DELTA) if start else b""
    return bytes([0x90 if start else 0x80, 0x80]) + struct.pack("!H", 0x8000 | frame & 0x7FFF) + body


def starts_key_frame(codec: str, payload: bytes) -> bool:
    """Whether a payload is the first of a key frame."""
    if len(payload) < 3:
        return False
    if codec == "H264":
        kind = payload[0] & 31
        return kind == NAL_SPS or (kind == STAP_A and payload[3] & 31 == NAL_SPS)
    return bool(payload[0] & 0x10) and not payload[0] & 7 and not payload[_vp8_descriptor(payload)] & 1


def _vp8_descriptor(payload: bytes) -> int:
    """Bytes of the payload descriptor (RFC 7741 §4.2)."""
    if not payload[0] & 0x80:
        return 1
    extensions = payload[1]
    picture = (2 if payload[2] & 0x80 else 1) if extensions & 0x80 else 0
    return 2 + picture + bool(extensions & 0x40) + bool(extensions & 0x30)


def filler(seed: int = 7) -> bytes:
    """Bytes to fill packets with."""
    return random.Random(seed).randbytes(PACKET)
