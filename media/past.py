"""What a newcomer is given of a picture that has gone out already."""

from collections.abc import Sequence

from media.flow import BATCH
from media.packet import Packet
from media.plan import Piece
from media.track import Track

PIECES = 256
"""Pieces kept laid out, at most: 3 MB."""


class Past:
    """The pieces of `video`; many come at once and want the same."""

    def __init__(self, video: Track) -> None:
        self._video = video
        self._pieces: dict[int, Piece] = {}

    def piece(self, sequence: int, sent: int) -> Sequence[Packet]:
        """What went out from `sequence` on, of what was sent up to `sent`; kept where it cannot change any more."""
        video, known = self._video, self._pieces.get(sequence)
        if known is not None and video.recall(sequence) is known[0] and video.recall(known[-1].sequence) is known[-1]:
            return known
        piece = [one for one in video.since(sequence, BATCH) if not one.after(sent)]
        complete = len(piece) == BATCH and piece[-1].sequence == sequence + BATCH - 1 & 0xFFFF
        if not complete or not all(one.settled for one in piece):
            return piece
        if len(self._pieces) >= PIECES:
            self._pieces.clear()
        self._pieces[sequence] = Piece(piece)
        return self._pieces[sequence]
