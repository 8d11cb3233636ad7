"""When things happened: RTP timestamps on the relay's clock, through jitter, drift, restarts and a host's absence.

What comes fastest through the network tells best when it was sent. So the time of a packet is its timestamp plus the
smallest difference between arrival and timestamp in its ten seconds, joined by straight lines: publishers' clocks
drift against ours, and a camera's against its microphone's.
"""

from bisect import bisect_left
from collections.abc import Iterable

from media.recording.take import Record
from media.rtp import parse

CLOCKS = {0: 90_000, 1: 48_000}
"""Ticks per second of the tracks."""
_WINDOW = 10_000.0
_HALF = 1 << 31


class _Line:
    """One stream's timestamps: unwrapped, and how far they are from the clock in each window of ten seconds."""

    def __init__(self, first: int, rate: int) -> None:
        self._last = first
        self._ticks = rate / 1000
        self._fastest: dict[int, tuple[float, float]] = {}
        self._marks: list[tuple[float, float]] = []

    def elapsed(self, timestamp: int) -> float:
        """Milliseconds of the stream's own clock; timestamps wrap (RFC 3550 §5.1) and may go back a little."""
        self._last += (timestamp - self._last + _HALF & 0xFFFFFFFF) - _HALF
        return self._last / self._ticks

    def note(self, timestamp: int, at: int) -> None:
        """A packet with this timestamp came at this instant."""
        elapsed = self.elapsed(timestamp)
        window, offset = int(elapsed // _WINDOW), at - elapsed
        if window not in self._fastest or offset < self._fastest[window][1]:
            self._fastest[window] = (elapsed, offset)

    def settle(self, first: int) -> None:
        """All packets are noted; from now on `instant` is asked from the first timestamp on again."""
        self._marks = sorted(self._fastest.values())
        self._last = first

    def instant(self, timestamp: int) -> float:
        """Milliseconds since the Unix epoch."""
        elapsed = self.elapsed(timestamp)
        index = bisect_left(self._marks, (elapsed,))
        if index == 0 or index == len(self._marks):
            return elapsed + self._marks[min(index, len(self._marks) - 1)][1]
        (before, low), (after, high) = self._marks[index - 1 : index + 1]
        return elapsed + low + (high - low) * (elapsed - before) / (after - before)


class Timing:
    """The instants of all packets of a take, which is read once for them. `start` is that of its first packet."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.start = 0
        self.codecs: set[str] = set()
        self._lines: dict[int, _Line] = {}
        firsts: dict[int, int] = {}
        for record in records:
            packet = parse(record.data)
            if packet is None:
                continue
            self.start = self.start or record.at
            self.codecs.add(record.codec)
            if packet.ssrc not in self._lines:
                firsts[packet.ssrc] = packet.timestamp
                self._lines[packet.ssrc] = _Line(packet.timestamp, CLOCKS[record.track])
            self._lines[packet.ssrc].note(packet.timestamp, record.at)
        for ssrc, line in self._lines.items():
            line.settle(firsts[ssrc])

    def position(self, ssrc: int, timestamp: int) -> float:
        """Milliseconds from the start; timestamps of a stream are asked for about in their order."""
        return max(self._lines[ssrc].instant(timestamp) - self.start, 0.0)
