"""One publisher's connection to a seat: what comes in, and what the relay tells the sender about it."""

import asyncio
from typing import Protocol
from uuid import UUID

from aiortc.rtcrtpreceiver import NackGenerator, StreamStatistics

from media import rtcp, rtp
from media.messages import instant, mint
from media.packet import Packet
from media.peer import Peer
from media.sdp import Kind, Offer
from media.track import Track

SILENCE = 5.0
"""Seconds without any authenticated datagram after which a seat is off the air (the connection may still come back)."""
BITRATE = 2_500_000
"""Bits per second a publisher is told to stay below."""
_REPEAT = 0.06
"""Seconds before a lost packet is asked for again."""
_NTP_EPOCH = 2_208_988_800


class Air(Protocol):
    """The seat a publication speaks to."""

    tracks: dict[Kind, Track]

    def on_air(self, publication: "Publication") -> None:
        """Media has begun, or begun again after a silence."""

    def splice(self, track: Track, codec: str) -> None:
        """Another source, perhaps with another codec, goes on with `track`."""

    def forward(self, packet: Packet) -> None:
        """A packet for the viewers."""

    def clock(self, track: Track) -> None:
        """`track` has a new sender report."""

    def ended(self, publication: "Publication") -> None:
        """The browser hung up."""


def ntp() -> int:
    """Now as 64-bit NTP time (RFC 5905): seconds since 1900 and their fraction."""
    return (instant() + _NTP_EPOCH * 1000 << 32) // 1000


class _Source:
    """One incoming stream: statistics, and what was lost of it."""

    def __init__(self, ssrc: int, track: Track) -> None:
        self.ssrc = ssrc
        self.track = track
        self.statistics = StreamStatistics(track.clock)
        self.losses = NackGenerator() if track.number == 0 else None
        self.asked = 0.0
        self.report: tuple[int, float] | None = None

    def block(self, now: float) -> rtcp.Block:
        """What we have of it, for the sender."""
        known = self.statistics
        ntp_middle, delay = 0, 0.0
        if self.report is not None:
            ntp_middle, delay = self.report[0] >> 16 & 0xFFFFFFFF, now - self.report[1]
        highest = known.cycles + (known.max_seq or 0)
        return rtcp.Block(
            self.ssrc, known.fraction_lost, known.packets_lost, highest, known.jitter, ntp_middle, int(delay * 65536)
        )


class Publication:
    """Who publishes on a seat, over which peer. `id` is new each time the seat goes on the air; `live` says it is."""

    def __init__(self, peer: Peer, air: Air, person: UUID, device: str, offer: Offer) -> None:
        self.id = mint()
        self.person = person
        self.device = device
        self.live = False
        self.since = 0
        self.peer = peer
        self.media_at = 0.0
        self._air = air
        self._loop = asyncio.get_running_loop()
        self._tracks: dict[int, tuple[Track, str]] = {}
        self._repairs: dict[int, int] = {}
        self._sources: dict[int, _Source] = {}
        self._offset: int | None = None
        for kind, track in air.tracks.items():
            for form in offer.formats(kind)[:1]:
                self._tracks[form.payload_type] = (track, form.codec)
                if form.rtx is not None:
                    self._repairs[form.rtx] = form.payload_type

    def connected(self) -> None:
        """See `peer.Owner`: nothing to do, media follows."""

    def moved(self) -> None:
        """See `peer.Owner`: nothing to do, the peer knows."""

    def hung_up(self) -> None:
        """See `peer.Owner`."""
        self._air.ended(self)

    def silent(self, now: float) -> bool:
        """Whether a publication on the air has fallen silent at loop time `now`."""
        return self.live and now - self.peer.seen > SILENCE

    def received(self, data: bytes) -> None:
        """See `peer.Owner`."""
        packet = rtp.parse(data)
        if packet is None:
            return
        now = self._loop.time()
        payload_type = self._repairs.get(packet.payload_type)
        if payload_type is not None:
            self._repaired(packet, payload_type, now)
            return
        known = self._tracks.get(packet.payload_type)
        if known is None:
            return
        source = self._sources.get(packet.ssrc)
        if source is None or source.track is not known[0]:
            source = self._begin(packet.ssrc, *known)
        source.statistics.add(packet)  # type: ignore[arg-type]  # reads sequence_number and timestamp only
        self._take(source, packet, now)

    def reported(self, data: bytes) -> None:
        """See `peer.Owner`."""
        for item in rtcp.parse(data):
            source = self._sources.get(item.ssrc) if isinstance(item, rtcp.SenderReport) else None
            if isinstance(item, rtcp.SenderReport) and source is not None:
                source.report = (item.ntp, self._loop.time())
                if self._offset is None:
                    # Publishers' clocks differ; viewers see the relay's own, so that a host may change the device.
                    self._offset = ntp() - item.ntp
                source.track.clock_is(item.ntp + self._offset & 2**64 - 1, item.timestamp)
                self._air.clock(source.track)

    def report(self) -> None:
        """Tell the publisher what arrives and how much it may send; once a second."""
        now = self._loop.time()
        blocks = [source.block(now) for source in self._sources.values() if source.statistics.max_seq is not None]
        if blocks:
            limit = rtcp.remb(BITRATE, [block.ssrc for block in blocks])
            self.peer.send_rtcp(rtcp.receiver_report(blocks) + limit)

    def ask_key_frame(self) -> None:
        """Picture loss indication for the video stream."""
        for source in self._sources.values():
            if source.track.number == 0:
                self.peer.send_rtcp(rtcp.receiver_report([]) + rtcp.pli(source.ssrc))

    def _begin(self, ssrc: int, track: Track, codec: str) -> _Source:
        for old in [source for source in self._sources.values() if source.track is track]:
            del self._sources[old.ssrc]
        source = self._sources[ssrc] = _Source(ssrc, track)
        self._air.splice(track, codec)
        if track.number == 0:
            track.ask = self.ask_key_frame
        return source

    def _take(self, source: _Source, packet: rtp.Rtp, now: float) -> None:
        self.media_at = now
        if not self.live:
            self._air.on_air(self)
            self.report()  # the first limit early: a sender believes it at once only in its first two seconds
        forward = source.track.take(packet, now)
        if forward is not None:
            self._air.forward(forward)
        losses = source.losses
        if losses is not None:
            lost = losses.add(packet)  # type: ignore[arg-type]  # reads sequence_number only
            if lost or (losses.missing and now - source.asked > _REPEAT):
                source.asked = now
                missing = sorted(losses.missing, key=lambda sequence: sequence - packet.sequence_number & 0xFFFF)
                self.peer.send_rtcp(rtcp.receiver_report([]) + rtcp.nack(source.ssrc, missing))

    def _repaired(self, packet: rtp.Rtp, payload_type: int, now: float) -> None:
        track, _ = self._tracks[payload_type]
        source = next((source for source in self._sources.values() if source.track is track), None)
        if source is None:
            return
        original = rtp.original(packet, payload_type, source.ssrc)
        if original is not None:
            self._take(source, original, now)
