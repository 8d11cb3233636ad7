"""What has come of one incoming stream, and what has not (RFC 3550 §6.4.1, appendices A.1, A.3 and A.8)."""

from media.rtcp import Block

MEMORY = 128
"""Numbers behind the newest that are worth asking for again."""
_HALF = 0x8000


class Reception:
    """Statistics of the stream `ssrc`, whose timestamps count `clock` times a second. All `now` are seconds.

    In Python on the packet path: the usual packet, the next one of its frame, passes three comparisons.
    """

    def __init__(self, ssrc: int, clock: int) -> None:
        self.ssrc = ssrc
        self.highest: int | None = None
        self.received = 0
        self._clock = clock
        self._base = self._stamp = 0
        self._jitter = self._transit = 0.0
        self._missing: set[int] = set()
        self._prior = (0, 0)

    def add(self, sequence: int, timestamp: int, now: float) -> bool:
        """Take note of a packet; whether it leaves a gap behind it."""
        self.received += 1
        highest = self.highest
        if highest is None:
            self._base = self.highest = sequence
            self._stamp, self._transit = timestamp, now * self._clock - timestamp
            return False
        ahead = sequence - highest & 0xFFFF
        if not 0 < ahead < _HALF:
            self._missing.discard(highest - (-ahead & 0xFFFF))
            return False
        self.highest = highest + ahead
        if timestamp != self._stamp:
            self._advance(timestamp, now)
        if ahead == 1:
            return False
        self._missing.update(range(max(highest + 1, self.highest - MEMORY), self.highest))
        return True

    def repaired(self, sequence: int) -> None:
        """A number came by another stream (RFC 4588): it stays lost in the statistics, and is not asked for again."""
        self._missing.discard((self.highest or 0) - ((self.highest or 0) - sequence & 0xFFFF))

    @property
    def missing(self) -> list[int]:
        """The numbers that are worth asking for again, the oldest first."""
        if not self._missing:
            return []
        oldest = (self.highest or 0) - MEMORY
        self._missing = {number for number in self._missing if number >= oldest}
        return [number & 0xFFFF for number in sorted(self._missing)]

    @property
    def lost(self) -> int:
        """How many never came, less duplicates."""
        return self._expected - self.received

    def block(self, last_report: int, delay: int) -> Block:
        """The report block for the sender; its `fraction` counts from the block before."""
        expected, received = self._expected - self._prior[0], self.received - self._prior[1]
        self._prior = self._expected, self.received
        fraction = max(expected - received, 0) * 256 // expected if expected > 0 else 0
        lost = max(min(self.lost, 0x7FFFFF), -0x800000)
        return Block(self.ssrc, min(fraction, 255), lost, self.highest or 0, int(self._jitter), last_report, delay)

    @property
    def _expected(self) -> int:
        return 0 if self.highest is None else self.highest - self._base + 1

    def _advance(self, timestamp: int, now: float) -> None:
        """Another frame has begun: how evenly do they come?"""
        transit = now * self._clock - timestamp
        change = abs(transit - self._transit)
        if change < self._clock:  # a second; else the timestamps have wrapped or jumped
            self._jitter += (change - self._jitter) / 16
        self._stamp, self._transit = timestamp, transit
