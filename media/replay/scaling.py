"""Pictures brought to one size, with bars where their shape is another one."""

from fractions import Fraction

import av
from av.video.frame import VideoFrame

_CLOCK = Fraction(1, 1000)
"""Of no meaning: frames go through one by one."""


class Fit:
    """Frames in, frames of `width` × `height` out (yuv420p)."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._shape: tuple[int, int, str] | None = None
        self._graph = av.filter.Graph()

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """A frame that fits."""
        shape = (frame.width, frame.height, frame.format.name)
        if (*self._size, "yuv420p") == shape:
            return frame
        if shape != self._shape:
            self._shape, self._graph = shape, self._made(frame)
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _made(self, frame: VideoFrame) -> av.filter.Graph:
        width, height = self._size
        graph = av.filter.Graph()
        inside = f"{width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        graph.link_nodes(
            graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_CLOCK),
            graph.add("scale", inside),
            graph.add("pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ).configure()
        return graph
