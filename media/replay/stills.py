"""A poster and a sheet of thumbnails from a finished movie, as JPEG."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame

from media.replay.scaling import Fit

FAULTS = (av.error.FFmpegError, RuntimeError, IndexError)
"""What a movie without a picture, or with a broken one, raises."""
COLUMNS = 10
WIDTH, HEIGHT = 160, 90
"""Of one thumbnail."""
_MOST, _EVERY = 100, 10_000
"""Thumbnails at most, and milliseconds between them where that suffices."""
_POSTER = (1280, 720)


def poster(movie: Path, path: Path, duration: int) -> None:
    """A picture from a tenth into the movie: beginnings are often dark."""
    width, height = _POSTER
    frame = next(_key_frames(movie, [duration // 10]))
    if frame.width < width or frame.height < height:
        width, height = frame.width & ~1, frame.height & ~1
    path.write_bytes(_jpeg(Fit(width, height)(frame), "3"))


def thumbnails(movie: Path, path: Path, duration: int) -> tuple[int, int]:
    """A sheet with rows of `COLUMNS`; how many there are and how many ms each stands for."""
    count = min(max(duration // _EVERY, 1), _MOST)
    every = -(-duration // count)
    fit, rows = Fit(WIDTH, HEIGHT), -(-count // COLUMNS)
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(width=WIDTH, height=HEIGHT, format=av.VideoFormat("yuv420p"), time_base=Fraction(1, 1)),
        graph.add("tile", f"{COLUMNS}x{rows}"),
        graph.add("buffersink"),
    ).configure()
    for number, frame in enumerate(_key_frames(movie, [index * every for index in range(count)])):
        small = fit(frame)
        small.pts, small.time_base = number, Fraction(1, 1)
        graph.vpush(small)
    graph.vpush(None)
    path.write_bytes(_jpeg(graph.vpull(), "6"))
    return count, every


def _key_frames(movie: Path, positions: list[int]) -> Iterator[VideoFrame]:
    """The key frame at or before each position in ms, or the first one there is."""
    with av.open(movie) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        for position in positions:
            container.seek(position * 1000)
            yield next(iter(container.decode(stream)))


def _jpeg(frame: VideoFrame, quality: str) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 1)
    encoder.options = {"qmin": quality, "qmax": quality}
    still = frame.reformat(format="yuvj420p")
    still.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(still), *encoder.encode(None)])
