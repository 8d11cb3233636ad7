"""One HLS rendition (RFC 8216) as static files: H264 copied, AAC, a fragmented MP4 per key frame, the last six listed.

Everything is written under another name and renamed, so that whoever reads (or a CDN) finds whole files only.
"""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer

from media.rendition.boxes import Cutter, seconds
from media.replay.frames import Frame
from media.replay.picture import Copied, parameters
from media.replay.sound import RATE, Sound

TARGET = 4
"""Seconds of a segment at most; the relay asks for key frames every two while somebody watches."""
LISTED = 6
_KEPT = 4
"""Segments that stay on the disk after they are no longer listed: somebody may be reading them."""
_TICKS = 90_000
_FRAGMENTED = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": str((TARGET - 1) * 1_000_000),  # µs: when no key frame comes
    "video_track_timescale": str(_TICKS),
}
_GAP = 3_000.0
"""Milliseconds without a picture after which players have to begin anew: the host was away."""
_SOUND_LAG = 500.0


class _Segment(NamedTuple):
    name: str
    seconds: float
    section: int


class Playlist:
    """Takes frames in their order; another size, device or an absence begins a new section (EXT-X-DISCONTINUITY)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._section: _Section | None = None
        self._sections = self._made = 0
        self._listed: deque[_Segment] = deque()
        self._unlisted: deque[_Segment] = deque()

    def add(self, instant: float, frame: Frame) -> None:
        """A frame of either track, shown at `instant` (ms)."""
        if frame.track == 0 and frame.key and (self._section is None or self._section.over(instant, frame)):
            self._finish()
            self._section = _Section(instant, frame)
            self._sections += 1
        if self._section is not None:
            self._section.add(instant, frame)
            self._publish(self._section)

    def close(self) -> None:
        """The share is over: so is the list."""
        self._finish()
        self._list(ended=True)

    def _finish(self) -> None:
        if self._section is not None:
            self._section.close()
            self._publish(self._section)
            self._section = None

    def _publish(self, section: "_Section") -> None:
        for fragment in section.cutter.fragments():
            if not (self._folder / self._init(self._sections)).exists():
                self._write(self._init(self._sections), section.cutter.init)
            segment = _Segment(f"{self._made}.m4s", seconds(fragment, _TICKS), self._sections)
            self._write(segment.name, fragment)
            self._made += 1
            self._listed.append(segment)
            if len(self._listed) > LISTED:
                self._unlisted.append(self._listed.popleft())
            if len(self._unlisted) > _KEPT:
                (self._folder / self._unlisted.popleft().name).unlink()
            self._list(ended=False)

    def _list(self, *, ended: bool) -> None:
        if not self._listed:
            return
        first, section = self._made - len(self._listed), self._listed[0].section
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{TARGET}", f"#EXT-X-MEDIA-SEQUENCE:{first}",
                 f"#EXT-X-DISCONTINUITY-SEQUENCE:{section - 1}", f'#EXT-X-MAP:URI="{self._init(section)}"']  # fmt: skip
        for segment in self._listed:
            if segment.section != section:
                section = segment.section
                lines += ["#EXT-X-DISCONTINUITY", f'#EXT-X-MAP:URI="{self._init(section)}"']
            lines += [f"#EXTINF:{segment.seconds:.3f},", segment.name]
        self._write("index.m3u8", "\n".join([*lines, *["#EXT-X-ENDLIST"] * ended, ""]).encode())

    def _init(self, section: int) -> str:
        return f"init-{section}.mp4"

    def _write(self, name: str, data: bytes) -> None:
        part = self._folder / f"{name}.part"
        part.write_bytes(data)
        os.replace(part, self._folder / name)


class _Section:
    """One fragmented MP4."""

    def __init__(self, start: float, first: Frame) -> None:
        self.cutter = Cutter()
        self._container: OutputContainer = av.open(self.cutter, "w", format="mp4", options=_FRAGMENTED)
        self._picture = Copied(self._container, first)
        self._parameters, self._ssrc = parameters(first), first.ssrc
        self._encoder = self._container.add_stream("aac", rate=RATE, layout="stereo")
        self._sound = Sound()
        self._start = self._seen = start
        self._last = -1

    def over(self, instant: float, frame: Frame) -> bool:
        """Whether this key frame cannot go on here."""
        changed = parameters(frame) not in {self._parameters, b""} or frame.ssrc != self._ssrc
        return changed or instant - self._seen > _GAP

    def add(self, instant: float, frame: Frame) -> None:
        """A frame of either track; pictures after a gap wait for the key frame that begins a new section."""
        position = instant - self._start
        if frame.track == 1:
            if position >= 0:
                self._hear(self._sound.at(position, frame))
        elif instant - self._seen <= _GAP:
            self._seen = instant
            self._last = max(round(position * _TICKS / 1000), self._last + 1)
            self._container.mux(list(self._picture.at(self._last, frame)))
            self._hear(self._sound.silence(position - _SOUND_LAG))

    def close(self) -> None:
        """Write the last fragment."""
        self._container.mux(self._encoder.encode(None))
        self._container.close()

    def _hear(self, sounds: Iterator[AudioFrame]) -> None:
        for sound in sounds:
            self._container.mux(self._encoder.encode(sound))
