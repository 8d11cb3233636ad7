"""Which quality a viewer's line carries (decision 0026). Pure: what was reported goes in, a choice comes out."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

Wish = Literal["auto", "low", "none"]
"""What the viewer chose: as good as the line allows, the smallest picture, or none."""

LEAST = 120_000
"""Bits per second below which there is only sound."""
LOST, HOPELESS = 0.20, 0.40
"""Shares of lost packets: from the first on less is sent, from the second on not even the smallest picture."""
TIGHT = 0.85
"""A line that is estimated at less than this share of what it is given gets less."""
STEADY = 0.05
"""Up to this share of lost packets more is tried."""
SETTLE, CLIMB, LONGEST = 3.0, 8.0, 120.0
"""Seconds a choice is given before less is chosen, and before more is tried; each failed try doubles the latter."""
FAILED = 12.0
"""Seconds within which a fall shows that the climb before it was too high."""
_ENOUGH, _CHANGE = 20, 0.04


class Line(NamedTuple):
    """A second of a viewer's reports: packets expected and lost, and the browser's own estimate in bits per second."""

    expected: int = 0
    lost: int = 0
    estimate: int | None = None

    @property
    def loss(self) -> float:
        """The share that was lost; too few packets say nothing."""
        return self.lost / self.expected if self.expected >= _ENOUGH else 0.0


class Chooser:
    """One viewer's choice over time. All `now` are seconds.

    It counts in steps below the best, not above the worst: when a publisher sends more layers, who had the best has it.
    """

    def __init__(self, now: float) -> None:
        self.wish: Wish = "auto"
        self._below = 0
        self._mute = False
        self._bad = 0
        self._since, self._climbed = now, float("-inf")
        self._patience = CLIMB
        self._estimate, self._falling = 0, False

    def choose(self, rates: Sequence[int], line: Line, now: float) -> int | None:
        """Which of the layers, whose `rates` in bits per second ascend, is right after this second; None for none."""
        if self.wish != "auto" or not rates:
            return 0 if self.wish == "low" and rates else None if self.wish == "none" else len(rates) - 1
        self._below = min(self._below, len(rates) - 1)
        if line.expected or line.estimate is not None:
            self._judge(rates, line, now)
        return None if self._mute else len(rates) - 1 - self._below

    def _judge(self, rates: Sequence[int], line: Line, now: float) -> None:
        rate = rates[-1 - self._below]
        self._follow(line.estimate)
        # Of sound alone an estimate says nothing about a picture, and one that rises has not got there yet.
        tight = not self._mute and self._falling and self._estimate < TIGHT * rate
        self._bad = self._bad + 1 if tight or line.loss > LOST else 0
        if self._bad > 1 and not self._mute and now - self._since >= SETTLE:
            self._fall(rates, line.loss, now)
        elif not self._bad and line.loss <= STEADY and now - self._since >= self._patience:
            self._climb(now)

    def _follow(self, estimate: int | None) -> None:
        """A browser's estimate grows slowly, to no more than half more than what it gets: only its falling tells."""
        if estimate is None:
            return
        if abs(estimate - self._estimate) > _CHANGE * self._estimate:
            self._falling = estimate < self._estimate
            self._estimate = estimate

    def _fall(self, rates: Sequence[int], loss: float, now: float) -> None:
        before, last = (self._below, self._mute), len(rates) - 1
        estimate = self._estimate if self._falling else float("inf")
        if self._below == last:
            self._mute = loss > HOPELESS or estimate < LEAST
        else:
            fitting = (below for below in range(self._below + 1, last) if rates[-1 - below] <= estimate)
            self._below = next(fitting, last)
        if (self._below, self._mute) != before:
            failed = now - self._climbed < FAILED
            self._patience = min(2 * self._patience, LONGEST) if failed else CLIMB
            self._since, self._bad = now, 0

    def _climb(self, now: float) -> None:
        if self._mute:
            self._mute = False
        elif self._below:
            self._below -= 1
        else:
            self._patience = CLIMB
            return
        self._since = self._climbed = now
        self._falling = False  # what it said belongs to what it got then
