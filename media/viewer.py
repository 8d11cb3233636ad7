"""One viewer's connection to a seat: what they get again, and what they report."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from media import rtcp, rtp
from media.messages import mint
from media.packet import LATE, Packet
from media.peer import Peer
from media.quality import Chooser, Line, Wish
from media.receipt import Receipt
from media.sdp import Kind, Offer
from media.tally import Tally
from media.target import Out, Target, dressed
from media.track import Track

REPEATS = 1024
"""Packets a viewer gets again per second, at most."""
_TWICE = 0.01
"""Seconds between the two that answer who asks once more: the request or the answer was lost, and browsers that only
watch ask but ten times a second. Five losses of one packet are a picture that stands still."""
_ASKED = 256
"""Packets that are remembered as asked for, at most."""
_REMEMBERED = 3.0
"""Seconds for which packets of the picture before this one are repeated: far fewer than numbers wrap in."""
_HALF, _HALF_TIME = 1 << 15, 1 << 31


class Hall(Protocol):
    """The seat a viewer watches."""

    tracks: dict[Kind, Track]
    tally: Tally

    def track(self, number: int) -> Track:
        """The track of this number, which may be a layer of the picture."""

    @property
    def silent(self) -> bool:
        """Whether nothing is published."""

    def welcome(self, viewer: "Viewer") -> None:
        """The viewer is connected: send from now on."""

    def leave(self, viewer: "Viewer") -> None:
        """The browser hung up."""


class Worn(NamedTuple):
    """How a track looks to a viewer, or did; what it gave before `since` (see `Track.given`) has their numbers, but
    they have seen these with another content."""

    number: int
    out: Out
    since: int


class Viewer:
    """A stay: one person's connection from one device. `target` is there once media can flow.

    An `edge` is nobody's stay but another relay, which tells of its own.
    """

    def __init__(
        self, peer: Peer, hall: Hall, person: UUID, device: str, offer: Offer, *, edge: bool = False
    ) -> None:
        self.stay = mint()
        self.person = person
        self.device = device
        self.edge = edge
        self.peer = peer
        self.target: Target | None = None
        self._hall = hall
        self._offer = offer
        self._loop = asyncio.get_running_loop()
        self.receipt = Receipt(self._loop.time())
        self._paused: dict[int, int] = {}
        self.chooser = Chooser(self._loop.time())
        self._expected = self._lost = 0
        self._estimate: int | None = None
        self._next = (0, 0)
        self._past: Worn | None = None
        self._since: dict[int, int] = {}
        self._past_until = 0.0
        self.allowance = REPEATS
        self._asked: set[tuple[Kind, int]] = set()
        self._rtx = {form.codec: form.rtx for form in offer.formats("video") if form.rtx is not None}
        self._rtx_sequence = secrets.randbits(15)

    @property
    def seen(self) -> float:
        """Loop time of the last proof of life."""
        return self.peer.seen

    def connected(self) -> None:
        """See `peer.Owner`."""
        if self.peer.outbound is not None and self.peer.address is not None:
            self.target = Target(self.peer.outbound, self.peer.address)
            self._hall.welcome(self)

    def moved(self) -> None:
        """See `peer.Owner`."""
        if self.target is not None and self.peer.address is not None:
            self.target.move(self.peer.address)

    def relieved(self) -> None:
        """See `peer.Owner`: what was dropped is gone, and the picture with it."""
        self._want_key_frame()

    def hung_up(self) -> None:
        """See `peer.Owner`."""
        self._hall.leave(self)

    def received(self, data: bytes, at: float) -> None:
        """See `peer.Owner`: a viewer has nothing to send."""

    def reported(self, data: bytes) -> None:
        """See `peer.Owner`."""
        for item in rtcp.parse(data):
            if isinstance(item, rtcp.Report) and item.ssrc != self._hall.tracks["video"].rtx_ssrc:
                expected, lost = self.receipt.report(item.ssrc, item.highest, item.lost, self._loop.time())
                self._hall.tally.expected += expected
                self._hall.tally.lost += lost
                self._expected += expected
                self._lost += lost
            elif isinstance(item, rtcp.Estimate):
                self._estimate = item.bitrate
            elif isinstance(item, rtcp.Lost):
                self._hall.tally.nacks += len(item.sequences)
                self._repeat(item)
            elif isinstance(item, rtcp.KeyFrame):
                self._hall.tally.key_requests += 1
                self._want_key_frame()

    @property
    def picture(self) -> int | None:
        """The number of the track that is their picture; None while they get only sound."""
        outs = self.target.outs if self.target else {}
        return next((number for number in outs if number & 1 == 0), None)

    def wish(self, wish: Wish) -> None:
        """The viewer wants as good a picture as there is, the smallest, or none; from the next second on."""
        self.chooser.wish = wish

    def choose(self, rates: Sequence[int], now: float) -> int | None:
        """Which of the layers with these `rates` they should get after another second, see `quality`."""
        line = Line(self._expected, self._lost, self._estimate)
        self._expected = self._lost = 0
        self._estimate = None
        return self.chooser.choose(rates, line, now)

    def decodes(self, codec: str) -> bool:
        """Whether a picture in `codec` is of use."""
        return any(form.codec == codec for form in self._offer.formats("video"))

    def rest(self) -> None:
        """Send no picture from now on; the next one goes on without a hole. Nothing of it may wait to be sent."""
        number = self.picture
        if self.target is None or number is None:
            return
        track, out = self._hall.track(number), self.target.outs[number]
        last = self._paused.pop(number, track.sequence)
        self._past, self._past_until = Worn(number, out, self._since.pop(number, 0)), self._loop.time() + _REMEMBERED
        self._next = last + out.shift + 1 & 0xFFFF, track.timestamp + out.late & 0xFFFFFFFF
        self.target.wear({key: value for key, value in self.target.outs.items() if key != number})

    def turn_to(self, track: Track, packet: Packet) -> None:
        """Let their picture be `track`, from `packet` on, which begins a key frame and is about to be sent."""
        self.rest()
        if self.target is None:
            return
        sequence, stamp = self._next
        behind = stamp + 1 - packet.timestamp & 0xFFFFFFFF  # time must not stand still for a decoder
        types = {form.codec: form.payload_type for form in self._offer.formats("video")}
        out = Out(types, sequence - packet.sequence & 0xFFFF, behind if behind < _HALF_TIME else 0)
        self._since[track.number] = track.given
        self.target.wear(self.target.outs | {track.number: out})
        self.clock(track)

    def begin(self, starts: dict[Kind, int]) -> None:
        """Number each track so that its packet `starts[kind]`, the first this viewer gets, has a number below 32768,
        and one that comes late none below 0.

        A receiver that misses the first packets must not mistake a wrap (RFC 3711 §3.3.1), nor see one backwards.
        Beyond that viewers number alike, so that a flush is laid out for all of them at once.
        """
        outs = {}
        for kind, track in self._hall.tracks.items():
            types = {form.codec: form.payload_type for form in self._offer.formats(kind)}
            if types:
                first = starts[kind] & 0x7FFF
                outs[track.number] = Out(types, (first if first > LATE else first + LATE) - starts[kind] & 0xFFFF)
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
            self._since[track.number] = track.given + 1
            self.target.wear(outs)

    def clock(self, track: Track) -> None:
        """Pass on the publisher's sender report."""
        out = self.target.outs.get(track.number) if self.target else None
        report = track.sender_report(out.late) if out else None
        if report:
            self.peer.send_rtcp(report)

    def _repeat(self, lost: rtcp.Lost) -> None:
        """Send again what is still in the ring."""
        kind: Kind = "audio" if lost.ssrc == self._hall.tracks["audio"].ssrc else "video"
        for sequence in lost.sequences[: self.allowance]:
            if not self._send_again(kind, sequence):
                continue
            if (kind, sequence) in self._asked:
                self._loop.call_later(_TWICE, self._send_again, kind, sequence)
                continue
            if len(self._asked) >= _ASKED:
                self._asked.clear()
            self._asked.add((kind, sequence))

    def _send_again(self, kind: Kind, sequence: int) -> bool:
        """What this viewer knows by number `sequence` now: they may go over to another track at any time. Whether there
        was anything."""
        number = 1 if kind == "audio" else self.picture
        past = self._past if self._loop.time() < self._past_until else None
        if kind == "video" and past is not None and 0 < self._next[0] - sequence & 0xFFFF < _HALF:
            return self._repeat_of(past, sequence)  # of the picture before this one
        if number is None or self.target is None or number not in self.target.outs:
            return False
        return self._repeat_of(Worn(number, self.target.outs[number], self._since.get(number, 0)), sequence)

    def _repeat_of(self, worn: Worn, sequence: int) -> bool:
        """What goes by number `sequence`, of a track as they wear or wore it; whether there was anything."""
        track, wanted = self._hall.track(worn.number), sequence - worn.out.shift & 0xFFFF
        if self.allowance <= 0 or self.peer.closed or (track.sequence - wanted & 0xFFFF) > track.given - worn.since:
            return False
        packet = track.recall(wanted)
        data = dressed(packet, worn.out) if packet is not None and packet.settled else None
        if packet is None or not data or self.target is None:
            return False
        self.allowance -= 1
        self._hall.tally.repeats += 1
        sealed = self.target.outbound.protect(self._again(packet, data))
        if sealed is not None:  # None: older than libsrtp's window
            self.peer.send(sealed)
        return True

    def _want_key_frame(self) -> None:
        if self.picture is not None:
            self._hall.track(self.picture).want_key_frame()

    def _again(self, packet: Packet, data: bytes) -> bytes:
        """`data` on the stream of retransmissions (RFC 4588) where the viewer has one, else byte for byte."""
        payload_type = self._rtx.get(packet.codec)
        if payload_type is None:
            return data
        self._rtx_sequence += 1
        ssrc = self._hall.tracks["video"].rtx_ssrc
        return rtp.retransmission(data, payload_type, self._rtx_sequence, ssrc)
