"""A viewer who watches by HLS: no packet goes to them, their player says that it plays."""

from uuid import UUID

from media.messages import mint
from media.receipt import Receipt

PATIENCE = 12.0
"""Seconds without a word after which they have gone; a player speaks every four."""


class Distant:
    """A stay without a connection. `seen` is the loop time of the last proof."""

    def __init__(self, person: UUID, device: str, now: float) -> None:
        self.stay = mint()
        self.person = person
        self.device = device
        self.seen = now
        self.receipt = Receipt(now)

    def watching(self, now: float) -> None:
        """The picture moves."""
        self.seen = now
        self.receipt.alive(now)
