"""When things happen, known while they do: as `media.replay.timing`, but from the last ten to twenty seconds only."""

from media.recording.take import Record
from media.replay.timing import CLOCKS
from media.rtp import parse

_WINDOW = 10_000
_HALF = 1 << 31


class _Stream:
    """One SSRC: its unwrapped time, and the fastest packets of this window and the one before."""

    def __init__(self, first: int, rate: int) -> None:
        self._last = first
        self._ticks = rate / 1000
        self._ends = 0
        self._before = self._now = float("inf")

    def elapsed(self, timestamp: int) -> float:
        self._last += (timestamp - self._last + _HALF & 0xFFFFFFFF) - _HALF
        return self._last / self._ticks

    def note(self, timestamp: int, at: int) -> None:
        if at >= self._ends:
            self._before, self._now, self._ends = self._now, float("inf"), at + _WINDOW
        self._now = min(self._now, at - self.elapsed(timestamp))

    def instant(self, timestamp: int) -> float:
        return self.elapsed(timestamp) + min(self._before, self._now)


class Clock:
    """Instants (ms since the Unix epoch) of the packets noted so far."""

    def __init__(self) -> None:
        self._streams: dict[int, _Stream] = {}

    def note(self, record: Record) -> None:
        """A packet has come."""
        packet = parse(record.data)
        if packet is not None:
            if packet.ssrc not in self._streams:
                self._streams[packet.ssrc] = _Stream(packet.timestamp, CLOCKS[record.track])
            self._streams[packet.ssrc].note(packet.timestamp, record.at)

    def instant(self, ssrc: int, timestamp: int) -> float:
        """When a packet of this timestamp was sent."""
        return self._streams[ssrc].instant(timestamp)
