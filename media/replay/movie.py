"""One take → one MP4 (ISO/IEC 14496-12): a position in it plus the take's first instant is the live instant."""

from collections.abc import Iterator
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer

from media.recording.take import records
from media.replay.frames import Frame, frames
from media.replay.order import in_order
from media.replay.picture import Copied, Encoded, Picture
from media.replay.sound import RATE, Sound
from media.replay.timing import Timing

_TICKS = 90
"""Of the picture's clock per millisecond."""
_SOUND_LAG = 5_000.0
"""Milliseconds for which sound may be missing before there is silence: longer than a lost packet is waited for."""
_LAST_FRAME = 33.0
_BITRATE = 96_000


class Nothing(Exception):
    """The take has neither a key frame nor sound."""


def make(take: Path, path: Path) -> tuple[int, int]:
    """Write the movie of `take` to `path`: the instant it starts at and its length, both in ms. Raises Nothing."""
    timing = Timing(records(take))
    first = next((frame for frame in _frames(take) if frame.key and frame.track == 0), None)
    if first is None and "opus" not in timing.codecs:
        raise Nothing
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        movie = _Movie(container, timing, first)
        for frame in _frames(take):
            movie.add(frame)
        return timing.start, movie.finish()


def _frames(take: Path) -> Iterator[Frame]:
    return frames(in_order(records(take)))


class _Movie:
    def __init__(self, container: OutputContainer, timing: Timing, first: Frame | None) -> None:
        self._container = container
        self._timing = timing
        self._picture: Picture | None = None
        if first is not None:
            copied = timing.codecs <= {"H264", "opus"}
            self._picture = (Copied if copied else Encoded)(container, first)
        self._sound = Sound()
        self._encoder = container.add_stream("aac", rate=RATE, layout="stereo") if "opus" in timing.codecs else None
        if self._encoder is not None:
            self._encoder.bit_rate = _BITRATE
        self._last = -1

    def add(self, frame: Frame) -> None:
        """The next frame of either track."""
        position = self._timing.position(frame.ssrc, frame.timestamp)
        if frame.track == 1:
            self._hear(self._sound.at(position, frame))
        elif self._picture is not None:
            self._last = max(round(position * _TICKS), self._last + 1)
            self._container.mux(list(self._picture.at(self._last, frame)))
            self._hear(self._sound.silence(position - _SOUND_LAG))

    def finish(self) -> int:
        """The last of both; the length in ms."""
        shown = self._last / _TICKS + _LAST_FRAME if self._picture else 0.0
        if self._picture is not None:
            self._container.mux(list(self._picture.rest()))
        self._hear(self._sound.silence(shown))
        if self._encoder is not None:
            self._container.mux(self._encoder.encode(None))
        return round(max(shown, self._sound.position))

    def _hear(self, sounds: Iterator[AudioFrame]) -> None:
        if self._encoder is not None:
            for sound in sounds:
                self._container.mux(self._encoder.encode(sound))
