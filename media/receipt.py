"""How long media really reached one viewer, from the viewer's own reports."""

LONGEST = 8.0
"""Seconds one report may vouch for: a browser reports at least that often while it receives anything."""
_ENOUGH = 2
"""A span counts whole when at least one in so many packets arrived: repetition and concealment carry that."""


class Receipt:
    """Adds up milliseconds. All `now` are loop time in seconds."""

    def __init__(self, now: float) -> None:
        self._decided = now
        self._progress = float("-inf")
        self._seconds = 0.0
        self._last: dict[int, tuple[int, int]] = {}

    def report(self, ssrc: int, highest: int, lost: int, now: float) -> tuple[int, int]:
        """A receiver report: extended highest sequence number and cumulative loss of one stream.

        How many packets were expected and how many of them lost since the report before; a report that is older, or
        of a stream that began anew, says nothing.
        """
        before = self._last.get(ssrc)
        self._last[ssrc] = (highest, lost)
        if before is None:
            self._decided = max(self._decided, now - 1)
            return 0, 0
        expected = highest - before[0] & 0xFFFFFFFF
        if not 0 < expected < 1 << 31:
            return 0, 0
        arrived = expected - (lost - before[1])
        if arrived > 0:
            self._credit(min(1.0, _ENOUGH * arrived / expected), now)
            self._progress = now
        return expected, min(max(expected - arrived, 0), expected)

    def alive(self, now: float) -> None:
        """Nothing is published, and the connection gave proof of life."""
        self._credit(1.0, now)

    def receiving(self, now: float) -> bool:
        """Whether media reached the viewer lately."""
        return now - self._progress < LONGEST

    def take(self) -> int:
        """The milliseconds since the last call."""
        milliseconds = round(self._seconds * 1000)
        self._seconds = 0.0
        return milliseconds

    def _credit(self, share: float, now: float) -> None:
        self._seconds += min(now - self._decided, LONGEST) * share
        self._decided = now
