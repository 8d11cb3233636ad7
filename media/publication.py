"""One publisher's connection to a seat: what comes in, and what the relay tells the sender about it."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Protocol
from uuid import UUID

from media import rtcp, rtp
from media.fast_path import Lane
from media.messages import instant, mint
from media.packet import Packet
from media.peer import Owner
from media.sdp import Kind, Offer
from media.source import Source
from media.track import Track

SILENCE = 5.0
"""Seconds without any authenticated datagram after which a seat is off the air (the connection may still come back)."""
BITRATE = 2_500_000
"""Bits per second a publisher is told to stay below."""
_BETTER = 1.25
"""Times the bits of another layer that make a layer a better one."""
_REPEAT = 0.06
"""Seconds before a lost packet is asked for again."""
_NTP_EPOCH = 2_208_988_800


class Way(Protocol):
    """The connection a publication comes by. `seen`: the loop's time of the last proof that the other end is there."""

    seen: float

    def listen(self, owner: Owner) -> None:
        """From now on `owner` is told what comes."""

    def overdue(self, now: float) -> bool:
        """Whether the other end must be given up at loop time `now`."""

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt and send a compound packet."""

    def close(self) -> None:
        """Hang up."""


class Air(Protocol):
    """The seat a publication speaks to."""

    tracks: dict[Kind, Track]
    layers: Sequence[Track]

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


class Publication:
    """Who publishes on a seat, over which peer. `id` is new each time the seat goes on the air; `live` says it is.

    A `relayed` one comes from another relay, which tells of it, and may change between the codecs of the offer.
    """

    def __init__(
        self, peer: Way, air: Air, person: UUID, device: str, offer: Offer, *, relayed: bool = False
    ) -> None:
        self.id = mint()
        self.person = person
        self.device = device
        self.live = False
        self.since = 0
        self.relayed = relayed
        self.peer = peer
        self.media_at = 0.0
        self._air = air
        self._loop = asyncio.get_running_loop()
        self._tracks: dict[int, tuple[Track, str]] = {}
        self._repairs: dict[int, int] = {}
        self._sources: dict[int, Source] = {}
        self._offset: int | None = None
        self._offered = offer.layers
        self._layers = dict(zip(offer.layers.rids, air.layers, strict=False))
        self._repaired_layers: dict[int, Track] = {}
        self._lead: Source | None = None
        self._heir: Source | None = None
        self._measured = self._loop.time()
        for kind, track in air.tracks.items():
            for form in offer.formats(kind)[: None if relayed else 1]:
                self._tracks[form.payload_type] = (track, form.codec)
                if form.rtx is not None:
                    self._repairs[form.rtx] = form.payload_type

    def connected(self) -> None:
        """See `peer.Owner`: nothing to do, media follows."""

    def moved(self) -> None:
        """See `peer.Owner`: nothing to do, the peer knows."""

    def relieved(self) -> None:
        """See `peer.Owner`: a publisher is sent reports only."""

    def hung_up(self) -> None:
        """See `peer.Owner`."""
        self._air.ended(self)

    def silent(self, now: float) -> bool:
        """Whether a publication on the air has fallen silent at loop time `now`."""
        return self.live and now - self.peer.seen > SILENCE

    def received(self, data: bytes, at: float) -> None:
        """See `peer.Owner`."""
        packet = rtp.parse(data)
        if packet is None:
            return
        payload_type = self._repairs.get(packet.payload_type)
        if payload_type is not None:
            self._repaired(packet, data, payload_type, at)
            return
        known = self._tracks.get(packet.payload_type)
        if known is None:
            return
        source = self._sources.get(packet.ssrc)
        if source is None or (source.common, source.codec) != known:
            source = self._begin(packet, data, *known)
        if source is None:
            return
        source.octets += len(data)
        gap = source.reception.add(packet.sequence_number, packet.timestamp, at)
        self._take(source, packet, at)
        if source.repairs and (gap or source.short):
            self._ask_again(source, at, gap=gap)

    def reported(self, data: bytes) -> None:
        """See `peer.Owner`."""
        for item in rtcp.parse(data):
            source = self._sources.get(item.ssrc) if isinstance(item, rtcp.SenderReport) else None
            if isinstance(item, rtcp.SenderReport) and source is not None:
                source.report = (item.ntp, self._loop.time())
                if self._offset is None:
                    # Publishers' clocks differ; viewers see the relay's own, so that a host may change the device.
                    self._offset = ntp() - item.ntp
                for track in {source.track, source.common} if source is self._lead else {source.track}:
                    track.clock_is(item.ntp + self._offset & 2**64 - 1, item.timestamp)
                    self._air.clock(track)

    def report(self) -> None:
        """Tell the publisher what arrives and how much it may send; once a second."""
        now = self._loop.time()
        blocks = [source.block(now) for source in self._sources.values() if source.reception.received]
        if blocks:
            limit = rtcp.remb(BITRATE, [block.ssrc for block in blocks])
            self.peer.send_rtcp(rtcp.receiver_report(blocks) + limit)

    def measure(self, now: float) -> None:
        """See how much each stream carries, and let the best layer be the picture all get; once a second."""
        for source in self._sources.values():
            rate = round(source.octets * 8 / max(now - self._measured, 0.1))
            source.rate = (source.rate + rate) // 2 if source.rate and rate else rate
            source.octets = 0
        self._measured = now
        best = max((one for one in self._sources.values() if one.layered), key=lambda one: one.rate, default=None)
        if best is None or best is self._lead:
            self._heir = None
        elif self._lead is None or best.rate > _BETTER * self._lead.rate:
            self._heir = best
            best.track.want_key_frame()

    def ladder(self) -> list[tuple[Track, int]]:
        """The qualities the picture comes in, the smallest first, with their bits per second; the last is what all
        get. Empty without a picture."""
        pictures = [one for one in self._sources.values() if one.common.number == 0]
        lead = self._lead or next((one for one in pictures if not one.layered), None)
        if lead is None:
            return []
        smaller = [one for one in pictures if one.layered and 0 < _BETTER * one.rate < lead.rate]
        rungs = [(one.track, one.rate) for one in sorted(smaller, key=lambda one: one.rate)]
        return [*rungs, (lead.common, lead.rate)]

    def lanes(self) -> list[Lane]:
        """How each stream goes on as long as nothing happens; empty when something is happening."""
        if not self.live or self._heir is not None:
            return []
        lanes = [source.lane(leads=source is self._lead) for source in self._sources.values()]
        usual = [lane for lane in lanes if lane is not None]
        return usual if len(usual) == len(lanes) else []

    def _ask_key_frame(self, ssrc: int) -> None:
        self.peer.send_rtcp(rtcp.receiver_report([]) + rtcp.pli(ssrc))

    def _begin(self, packet: rtp.Rtp, data: bytes, common: Track, codec: str) -> Source | None:
        """A stream nobody has seen; None for a layer that does not say which it is."""
        layered = bool(self._layers) and common.number == 0
        track = self._layer(data, self._offered.rid) if layered else common
        if track is None:
            return None
        for old in [source for source in self._sources.values() if source.track is track]:
            del self._sources[old.ssrc]
        source = self._sources[packet.ssrc] = Source(packet.ssrc, packet.payload_type, common, track, codec)
        self._air.splice(track, codec)
        if source.repairs:
            track.ask = partial(self._ask_key_frame, packet.ssrc)
        if layered and self._lead is None and track is list(self._layers.values())[-1]:
            self._heir = source  # most offers name the best last; `measure` sees whether it is
        return source

    def _layer(self, data: bytes, extension: int) -> Track | None:
        return self._layers.get(rtp.extension(data, extension).decode("ascii", "replace"))

    def _take(self, source: Source, packet: rtp.Rtp, now: float) -> None:
        self.media_at = now
        if not self.live:
            self._air.on_air(self)
            self.report()  # the first limit early: a sender believes it at once only in its first two seconds
        if source.layered and source.track.codec == "VP8":
            packet = packet._replace(payload=rtp.plain_vp8(packet.payload))
        forward = source.track.take(packet, now)
        if forward is not None:
            self._air.forward(forward)
        if source is self._heir and forward is not None and source.track.begins(forward):
            self._crown(source)
        if source is self._lead:
            forward = source.common.take(packet, now)
            if forward is not None:
                self._air.forward(forward)

    def _crown(self, source: Source) -> None:
        """The picture all get is this layer from now on."""
        self._lead, self._heir = source, None
        self._air.splice(source.common, source.track.codec)
        source.common.ask = source.track.ask

    def _ask_again(self, source: Source, now: float, *, gap: bool) -> None:
        """Ask for what is missing: at once for a new gap, then until it has come or is too old."""
        missing = source.reception.missing
        source.short = bool(missing)
        if missing and (gap or now - source.asked > _REPEAT):
            source.asked = now
            self.peer.send_rtcp(rtcp.receiver_report([]) + rtcp.nack(source.ssrc, missing))

    def _repaired(self, packet: rtp.Rtp, data: bytes, payload_type: int, now: float) -> None:
        track: Track | None = self._tracks[payload_type][0]
        if self._layers:
            track = self._repaired_layers.get(packet.ssrc) or self._layer(data, self._offered.repaired)
            if track is None:
                return
            self._repaired_layers[packet.ssrc] = track
        source = next((source for source in self._sources.values() if source.track is track), None)
        if source is None:
            return
        original = rtp.original(packet, payload_type, source.ssrc)
        if original is not None:
            source.reception.repaired(original.sequence_number)
            self._take(source, original, now)
