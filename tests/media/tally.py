"""What a viewer counts of one received stream: packets, holes, repairs, frames, key frames, latency."""

from collections import deque

import msgspec

from tests.media.streams import read_stamp, starts_key_frame

HALF = 1 << 15
PATIENCE = 512
"""Holes older than so many packets count as lost for good."""


class Seen(msgspec.Struct, frozen=True):
    """A received packet, in clear: its instant (s, monotonic), codec, numbers and payload."""

    at: float
    codec: str
    seq: int
    timestamp: int
    marker: bool
    payload: bytes


class Tally:
    """The books of one stream.

    `holes` are the extended sequence numbers missing among the last packets, `lost` counts those given up, `repaired`
    those that came later, `twice` the duplicates; what follows them needs decrypted packets.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.received = self.bytes = self.repaired = self.twice = self.lost = 0
        self.first = self.highest = -1
        self.holes: set[int] = set()
        self.last_at = 0.0
        self.frames = self.key_frames = 0
        self.first_key_at: float | None = None
        self.latencies: deque[float] = deque(maxlen=4096)
        self.trail: deque[Seen] = deque(maxlen=4096)
        self._key = _KeyFrame()
        self._told = (0, 0)

    def count(self, seq: int, size: int, at: float) -> bool:
        """Enter a packet by its 16-bit number; whether it is new."""
        self.last_at = at
        if self.first < 0:
            self.first, self.highest = seq, seq - 1
        step = (seq - self.highest) & 0xFFFF
        if not 0 < step < HALF and not self._repairs(self.highest - (-step & 0xFFFF)):
            self.twice += 1
            return False
        if 0 < step < HALF:
            if step > 1:
                self.holes.update(range(self.highest + 1, self.highest + step))
                self._give_up()
            self.highest += step
        self.received += 1
        self.bytes += size
        return True

    def _repairs(self, number: int) -> bool:
        if number not in self.holes:
            return False
        self.holes.discard(number)
        self.repaired += 1
        return True

    def _give_up(self) -> None:
        old = {hole for hole in self.holes if hole < self.highest - PATIENCE}
        self.lost += len(old)
        self.holes -= old

    def take(self, packet: Seen) -> None:
        """Look into a decrypted packet."""
        self.trail.append(packet)
        mark = read_stamp(packet.payload)
        if mark is not None:
            self.latencies.append(packet.at - mark.sent)
        if self.kind == "video":
            starts = starts_key_frame(packet.codec, packet.payload)
            self.frames += packet.marker
            self.key_frames += starts
            if self.first_key_at is None and self._key.whole_with(packet, starts):
                self.first_key_at = packet.at

    def report(self) -> tuple[int, int, int]:
        """Fraction lost since the last report (of 256), lost in all, highest number: of an RR (RFC 3550 §6.4.1)."""
        expected = self.highest - self.first + 1
        span, got = expected - self._told[0], self.received - self._told[1]
        self._told = (expected, self.received)
        fraction = max(0, span - got) * 256 // span if span > 0 else 0
        return min(255, fraction), max(0, expected - self.received), self.highest & 0xFFFFFFFF


class _KeyFrame:
    """Waits for one key frame to be whole: every number from its first packet to its marker."""

    def __init__(self) -> None:
        self._timestamp = self._start = self._end = -1
        self._parts: set[int] = set()

    def whole_with(self, packet: Seen, starts: bool) -> bool:
        if starts and packet.timestamp != self._timestamp:
            self._timestamp, self._start, self._end = packet.timestamp, packet.seq, -1
            self._parts = set()
        if packet.timestamp != self._timestamp:
            return False
        self._parts.add(packet.seq)
        if packet.marker:
            self._end = packet.seq
        return self._end >= 0 and len(self._parts) > (self._end - self._start) & 0xFFFF
