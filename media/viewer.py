"""One viewer's connection to a seat: what they get again, and what they report."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from media import rtcp
from media.dtls import SrtpError
from media.fanout import Out, Target, addressed
from media.messages import mint
from media.packet import Packet
from media.peer import Peer
from media.receipt import Receipt
from media.sdp import Kind, Offer
from media.track import Track

REPEATS = 1024
"""Packets a viewer gets again per second, at most."""


class Hall(Protocol):
    """The seat a viewer watches."""

    tracks: dict[Kind, Track]

    @property
    def silent(self) -> bool:
        """Whether nothing is published."""

    def welcome(self, viewer: "Viewer") -> None:
        """The viewer is connected: send from now on."""

    def leave(self, viewer: "Viewer") -> None:
        """The browser hung up."""


class Viewer:
    """A stay: one person's connection from one device. `target` is there once media can flow."""

    def __init__(self, peer: Peer, hall: Hall, person: UUID, device: str, offer: Offer) -> None:
        self.stay = mint()
        self.person = person
        self.device = device
        self.peer = peer
        self.target: Target | None = None
        self._hall = hall
        self._offer = offer
        self._loop = asyncio.get_running_loop()
        self.receipt = Receipt(self._loop.time())
        self._paused: dict[int, int] = {}
        self.allowance = REPEATS

    def connected(self) -> None:
        """See `peer.Owner`."""
        if self.peer.outbound is not None and self.peer.address is not None:
            self.target = Target(self.peer.outbound, self.peer.address)
            self._hall.welcome(self)

    def moved(self) -> None:
        """See `peer.Owner`."""
        if self.target is not None and self.peer.address is not None:
            self.target.move(self.peer.address)

    def hung_up(self) -> None:
        """See `peer.Owner`."""
        self._hall.leave(self)

    def received(self, data: bytes) -> None:
        """See `peer.Owner`: a viewer has nothing to send."""

    def reported(self, data: bytes) -> None:
        """See `peer.Owner`."""
        for item in rtcp.parse(data):
            if isinstance(item, rtcp.Report):
                self.receipt.report(item.ssrc, item.highest, item.lost, self._loop.time())
            elif isinstance(item, rtcp.Lost):
                self._repeat(item)
            elif isinstance(item, rtcp.KeyFrame):
                self._hall.tracks["video"].want_key_frame()

    def begin(self, starts: dict[Kind, int]) -> None:
        """Number each track so that its packet `starts[kind]`, the first this viewer gets, has a number below 32768.

        A receiver that misses the first packets must not mistake a wrap (RFC 3711 §3.3.1). Beyond that viewers number
        alike, so that a flush is laid out for all of them at once.
        """
        outs = {}
        for kind, track in self._hall.tracks.items():
            types = {form.codec: form.payload_type for form in self._offer.formats(kind)}
            if types:
                outs[track.number] = Out(types, starts[kind] & 0x8000)
                if track.codec not in types:
                    self._paused[track.number] = track.sequence
        if self.target is not None:
            self.target.wear(outs)

    def turn(self, track: Track, codec: str) -> None:
        """`track` is about to go on with `codec`. A viewer who cannot decode it gets nothing, and later no hole."""
        out = self.target.outs.get(track.number) if self.target else None
        if self.target is None or out is None:
            return
        if codec not in out.payload_types:
            self._paused.setdefault(track.number, track.sequence)
        elif track.number in self._paused:
            missed = track.sequence - self._paused.pop(track.number)
            outs = self.target.outs | {track.number: out._replace(shift=out.shift - missed & 0xFFFF)}
            self.target.wear(outs)

    def clock(self, track: Track) -> None:
        """Pass on the publisher's sender report."""
        report = track.sender_report()
        if report and self.target and track.number in self.target.outs:
            self.peer.send_rtcp(report)

    def _repeat(self, lost: rtcp.Lost) -> None:
        """Send again, byte for byte, what is still in the ring."""
        for track in self._hall.tracks.values():
            out = self.target.outs.get(track.number) if self.target else None
            if out and track.ssrc == lost.ssrc:
                wanted = [track.recall(sequence - out.shift & 0xFFFF) for sequence in lost.sequences[: self.allowance]]
                self._send([packet for packet in wanted if packet is not None])

    def _send(self, packets: Sequence[Packet]) -> None:
        self.allowance -= len(packets)
        for packet in packets:
            data = addressed(packet, self.target) if self.target else None
            if self.target is None or not data:
                continue
            try:
                self.peer.send(self.target.outbound.session.protect(data))
            except SrtpError:  # older than libsrtp's window
                continue
