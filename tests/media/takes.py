"""Takes written by hand: what a relay would have recorded of a perfect or a terrible network."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from media.packet import Packet
from media.recording import take
from tests.media import reel
from tests.media.sdp import Codec

EPOCH = 1_764_000_000_000
VIDEO_SSRC, AUDIO_SSRC = 7, 8


class Arrival(NamedTuple):
    """A packet and the instant (ms from the beginning) it was forwarded at."""

    at: float
    packet: Packet


def video(codec: Codec, frames: Iterable[bytes], *, at: float = 0.0, sequence: int = 65_500, ssrc: int = VIDEO_SSRC,
          clock: float = 0.0) -> Iterator[Arrival]:  # fmt: skip
    """Frames at 30 a second from `at` ms on; `clock` is the RTP time of the beginning in ms."""
    for number, frame in enumerate(frames):
        moment = at + number * 1000 / reel.FPS
        payloads = list(reel.payloads(codec, frame))
        for place, payload in enumerate(payloads, 1):
            marker = 0x80 if place == len(payloads) else 0
            stamp = round((clock + moment) * 90) & 0xFFFFFFFF
            yield Arrival(moment, Packet(0, codec, marker, sequence & 0xFFFF, stamp, ssrc, payload))
            sequence += 1


def audio(packets: Iterable[bytes], *, at: float = 0.0, sequence: int = 65_530, ssrc: int = AUDIO_SSRC,
          clock: float = 0.0) -> Iterator[Arrival]:  # fmt: skip
    """Opus packets of 20 ms from `at` ms on."""
    for number, payload in enumerate(packets):
        moment = at + number * 20
        stamp = round((clock + moment) * 48) & 0xFFFFFFFF
        yield Arrival(moment, Packet(1, "opus", 0, sequence + number & 0xFFFF, stamp, ssrc, payload))


def write(path: Path, *streams: Iterable[Arrival]) -> Path:
    """A take of all these in order of arrival."""
    arrivals = sorted((arrival for stream in streams for arrival in stream), key=lambda arrival: arrival.at)
    with path.open("wb") as file:
        for at, packet in arrivals:
            record = take.written([packet])
            file.write(record[:2] + (EPOCH + round(at)).to_bytes(8, "big") + record[10:])
    return path
