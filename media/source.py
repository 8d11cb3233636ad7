"""One incoming stream of a publication."""

from media import rtcp
from media.fast_path import Lane
from media.reception import Reception
from media.track import Track


class Source:
    """One incoming stream: what has come of it, the track it becomes, and the one of its kind that all get, which is
    another one for a layer. `rate` is in bits per second."""

    def __init__(self, ssrc: int, payload_type: int, common: Track, track: Track, codec: str) -> None:
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.common = common
        self.track = track
        self.codec = codec
        self.octets = self.rate = 0
        self.reception = Reception(ssrc, track.clock)
        self.repairs = track.number & 1 == 0
        self.asked = 0.0
        self.short = False
        self.report: tuple[int, float] | None = None

    @property
    def layered(self) -> bool:
        """Whether it is one of several layers."""
        return self.track is not self.common

    def block(self, now: float) -> rtcp.Block:
        """What we have of it, for the sender."""
        if self.report is None:
            return self.reception.block(0, 0)
        return self.reception.block(self.report[0] >> 16 & 0xFFFFFFFF, int((now - self.report[1]) * 65536))

    def lane(self, *, leads: bool) -> Lane | None:
        """How it goes on as long as nothing happens, it being the layer that all get or not; None when each packet has
        to be looked at."""
        if self.layered and self.codec == "VP8":
            return None  # its packets are changed, see `rtp.plain_vp8`
        track = self.common if leads else self.track
        if not track.spliced or self.track.highest != track.highest:
            return None
        kind = self.common.number & 1
        return Lane(
            self.ssrc, track.ssrc, track.stamp, track.highest, track.shift, self.payload_type, kind,
            leads or not self.layered,
        )  # fmt: skip
