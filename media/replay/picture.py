"""Video on its way into the MP4: H264 as it is, with each change of its parameters; else decoded and encoded anew."""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import av
from av.container import OutputContainer
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from media.replay.frames import Frame
from media.replay.scaling import Fit

CLOCK = Fraction(1, 90_000)
_QUALITY = {"preset": "veryfast", "crf": "24", "g": "150", "bf": "0"}


class Picture(Protocol):
    """What writes the picture. Positions are ticks of `CLOCK`, each above the one before."""

    def at(self, position: int, frame: Frame) -> "Iterator[av.Packet[Stream]]":
        """What a frame becomes."""

    def rest(self) -> "Iterator[av.Packet[Stream]]":
        """What an encoder still holds at the end."""


class Copied:
    """H264 without a loss. `first` is the first key frame: its parameters make the stream's header (avcC)."""

    def __init__(self, movie: OutputContainer, first: Frame) -> None:
        self._parameters = parameters(first)
        self._stream = movie.add_stream_from_template(_probed(first))

    def at(self, position: int, frame: Frame) -> "Iterator[av.Packet[Stream]]":
        """See Picture."""
        packet = av.Packet(frame.data)
        packet.stream, packet.pts, packet.dts, packet.time_base = self._stream, position, position, CLOCK
        packet.is_keyframe = frame.key
        if frame.key and parameters(frame) not in {self._parameters, b""}:
            # Another device or another size: from here on the file has another sample description.
            self._parameters = parameters(frame)
            packet.set_sidedata(_extracted(frame).get_sidedata("new_extradata"))
        yield packet

    def rest(self) -> "Iterator[av.Packet[Stream]]":
        """See Picture."""
        return iter(())


class Encoded:
    """Anything as H264 in the size of the first picture."""

    def __init__(self, movie: OutputContainer, first: Frame) -> None:
        self._codec, self._decoder = first.codec, _decoder(first.codec)
        size = next(iter(_decoder(first.codec).decode(av.Packet(first.data))))
        self._stream = movie.add_stream("libx264", rate=30, options=_QUALITY)
        self._stream.width, self._stream.height = size.width & ~1, size.height & ~1
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = CLOCK
        self._fit = Fit(self._stream.width, self._stream.height)

    def at(self, position: int, frame: Frame) -> "Iterator[av.Packet[Stream]]":
        """See Picture."""
        if frame.codec != self._codec:
            self._codec, self._decoder = frame.codec, _decoder(frame.codec)
        try:
            decoded = self._decoder.decode(av.Packet(frame.data))
        except av.error.FFmpegError:
            return  # a picture less
        for picture in decoded:
            fitting = self._fit(picture)
            fitting.pts, fitting.time_base = position, CLOCK
            fitting.pict_type = av.video.frame.PictureType.NONE
            yield from self._stream.encode(fitting)

    def rest(self) -> "Iterator[av.Packet[Stream]]":
        """See Picture."""
        yield from self._stream.encode(None)


def _probed(first: Frame) -> VideoStream:
    """The stream that an access unit with its parameter sets begins."""
    return av.open(io.BytesIO(first.data), format="h264").streams.video[0]


def _extracted(frame: Frame) -> "av.Packet[Stream]":
    """The frame with its parameter sets, if it has any, beside it."""
    (packet,) = av.BitStreamFilterContext("extract_extradata", "h264").filter(av.Packet(frame.data))
    return packet


def parameters(frame: Frame) -> bytes:
    """The parameter sets of an H264 frame; empty when it has none."""
    packet = _extracted(frame)
    return bytes(packet.get_sidedata("new_extradata")) if packet.has_sidedata("new_extradata") else b""


def _decoder(codec: str) -> VideoCodecContext:
    return av.CodecContext.create("h264" if codec == "H264" else "vp8", "r")
