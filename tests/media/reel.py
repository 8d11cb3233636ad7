"""Real pictures and sound for recordings: a few encoded seconds, and the RTP payloads a browser would make of them."""

import struct
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from tests.media.publisher import Publisher
from tests.media.sdp import Codec

FPS, PIECE = 30, 1000
_OPTIONS = {
    "H264": {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "10000", "forced-idr": "1"},
    "VP8": {"deadline": "realtime", "cpu-used": "8", "g": "10000", "lag-in-frames": "0"},
}


@cache
def pictures(codec: Codec, width: int = 320, height: int = 180, count: int = 60, key_every: int = 30) -> list[bytes]:
    """Encoded frames with a key frame every `key_every`; the grey of frame n is n·4."""
    context = av.CodecContext.create("libx264" if codec == "H264" else "libvpx", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate, context.options = Fraction(1, FPS), Fraction(FPS), _OPTIONS[codec]
    encoded = []
    for number in range(count):
        frame = VideoFrame(width, height, "yuv420p")
        for index, plane in enumerate(frame.planes):
            plane.update(bytes([128 if index else number * 4 % 256]) * plane.buffer_size)
        frame.pts = number
        if number % key_every == 0:
            frame.pict_type = av.video.frame.PictureType.I
        encoded += [bytes(packet) for packet in context.encode(frame)]
    return encoded + [bytes(packet) for packet in context.encode(None)]


@cache
def tones(count: int = 100) -> list[bytes]:
    """Opus packets of 20 ms with a square wave."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48_000, "stereo", "s16"
    context.options = {"application": "voip"}
    encoded = []
    for number in range(count):
        frame = AudioFrame(format="s16", layout="stereo", samples=960)
        frame.planes[0].update(struct.pack("<1920h", *([6000] * 96 + [-6000] * 96) * 10))
        frame.sample_rate, frame.pts = 48_000, number * 960
        encoded += [bytes(packet) for packet in context.encode(frame)]
    return encoded


def payloads(codec: Codec, frame: bytes) -> Iterator[bytes]:
    """The RTP payloads of one frame (RFC 6184 non-interleaved, RFC 7741); the last one gets the marker."""
    if codec == "VP8":
        for at in range(0, len(frame), PIECE):
            yield bytes([0x00 if at else 0x10]) + frame[at : at + PIECE]
        return
    units = [unit for unit in frame.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    small = [unit for unit in units if unit[0] & 31 in (7, 8)]
    if small:
        yield bytes([0x78]) + b"".join(struct.pack("!H", len(unit)) + unit for unit in small)
    for unit in units:
        if unit[0] & 31 in (1, 5):
            yield from _fragments(unit)


def _fragments(unit: bytes) -> Iterator[bytes]:
    if len(unit) <= PIECE:
        yield unit
        return
    for at in range(1, len(unit), PIECE):
        flags = (0x80 if at == 1 else 0) | (0x40 if at + PIECE >= len(unit) else 0)
        yield bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 31]) + unit[at : at + PIECE]


class Film(Publisher):
    """A publisher whose pictures can be seen and whose sound can be heard; its `size` may differ from others'."""

    def __init__(self, *given: Any, size: tuple[int, int] = (320, 180), **how: Any) -> None:
        super().__init__(*given, **how)
        self._pictures, self._tones = pictures(self.codec, *size), tones()
        self._shown = 0

    def picture(self, frame: int, *, key: bool) -> list[bytes]:
        """See Publisher; a key frame begins the reel anew."""
        self._shown = 0 if key else (self._shown + 1) % len(self._pictures)
        return list(payloads(self.codec, self._pictures[self._shown]))

    def sound(self, number: int) -> bytes:
        """See Publisher."""
        return self._tones[number % len(self._tones)]
