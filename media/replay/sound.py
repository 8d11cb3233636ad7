"""Opus → AAC on the recording's own timeline: where nothing came there is silence, and sound never runs ahead."""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.frame import AudioFrame

from media.replay.frames import Frame

RATE = 48_000
_SLACK = RATE * 15 // 1000
"""Samples the sound may be off before it is put right: jitter is not a hole."""
_SILENCE = RATE // 10
_LAYOUT, _FORMAT = "stereo", "fltp"


class Sound:
    """Decodes Opus packets and hands out frames without a hole between them. `samples` is the length so far."""

    def __init__(self) -> None:
        self.samples = 0
        self._decoder = av.CodecContext.create("libopus", "r")
        self._decoder.sample_rate = RATE
        self._decoder.layout = _LAYOUT
        self._resampler = av.AudioResampler(_FORMAT, _LAYOUT, RATE)

    @property
    def position(self) -> float:
        """Milliseconds handed out so far."""
        return self.samples * 1000 / RATE

    def at(self, position: float, frame: Frame) -> Iterator[AudioFrame]:
        """The sound of an Opus packet of this position in ms, after the silence before it."""
        ahead = self.samples - round(position * RATE / 1000)
        if ahead > _SLACK:
            return  # a publisher whose clock is fast
        if -ahead > _SLACK:
            yield from self.silence(position)
        try:
            decoded = self._decoder.decode(av.Packet(frame.data))
        except av.error.FFmpegError:
            return  # the next one finds a hole and fills it
        for one in decoded:
            for even in self._resampler.resample(one):
                yield self._placed(even)

    def silence(self, until: float) -> Iterator[AudioFrame]:
        """Nothing to hear up to this position in ms."""
        while (missing := round(until * RATE / 1000) - self.samples) > 0:
            frame = AudioFrame(format=_FORMAT, layout=_LAYOUT, samples=min(missing, _SILENCE))
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate = RATE
            yield self._placed(frame)

    def _placed(self, frame: AudioFrame) -> AudioFrame:
        frame.pts = self.samples
        frame.time_base = Fraction(1, RATE)
        self.samples += frame.samples
        return frame
