"""One track of a seat: to viewers one endless stream, whoever publishes it and however often they come back."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from itertools import islice
from math import isfinite

from media import rtcp
from media.packet import LATE, Packet
from media.rtp import Rtp, begins_key_frame

RING = 1024
"""Packets kept for repetition, ≈ 4.5 s of video; as wide is the window of a viewer who gets them as they were."""
FRESH = 2.5
"""Seconds for which a cached key frame and what follows serves a joiner better than asking for a new one."""
PAUSE = 1.0
"""Seconds between two requests for a key frame."""
_SHIFTS = 64
_HALF = 0x8000


class Pulse:
    """The time of a stream as viewers see it: the newest `timestamp` and the loop time it came `at`."""

    def __init__(self) -> None:
        self.timestamp = 0
        self.at = float("-inf")


class Track:
    """Renumbers, remembers, and asks for key frames. `number` is even for video, 0 being what all get, and 1 for
    audio: video goes first. The layers of a picture are tracks of one stream: `like` the first, with numbers of
    their own.

    All viewers see one SSRC and one time; only their keys and their numbers differ. `given` counts the numbers given,
    those of lost packets too: `sequence` that does not wrap. `highest` is the number of the source's newest
    packet; once it is `spliced`, `shift` and `stamp` make the numbers and times of its packets the track's.
    """

    def __init__(self, number: int, clock: int, like: "Track | None" = None) -> None:
        self.number = number
        self.clock = clock
        self.codec = ""
        self.sequence = 0
        self.packets = 0
        self.given = 0
        self.ssrc: int = like.ssrc if like else secrets.randbits(31) + 2
        self.rtx_ssrc: int = like.rtx_ssrc if like else secrets.randbits(31) + 2
        self._pulse: Pulse = like._pulse if like else Pulse()
        self.ask: Callable[[], None] | None = None
        self._octets = 0
        self._clock: tuple[int, int] | None = None
        self._ring: list[Packet | None] = [None] * RING
        self.spliced = False
        self._shifts: deque[tuple[int, int]] = deque(maxlen=_SHIFTS)
        self.shift = self.stamp = self.highest = self._span = 0
        self._key_at = float("-inf")
        self._key: tuple[int, int] | None = None
        self._wanted = False
        self._timer: asyncio.TimerHandle | None = None

    def splice(self, codec: str) -> None:
        """The next packet begins a new source; sequence and time go on as if it were the old one."""
        self.codec = codec
        self.spliced = False
        self._key = self._clock = None

    def take(self, packet: Rtp, now: float) -> Packet | None:
        """What to forward for a packet of the source at loop time `now`; None for a duplicate, a probe, a straggler."""
        if not self.spliced:
            self._begin(packet, now)
        ahead = packet.sequence_number - self.highest & 0xFFFF
        if not 0 < ahead < _HALF:
            return self._late(packet, -ahead & 0xFFFF)
        self.highest = packet.sequence_number
        self._span += ahead
        self.given += ahead
        if not packet.payload:  # a padding probe: leave it out and close the gap, a hole would stall jitter buffers
            self._shifts.append((packet.sequence_number, self.shift))
            self.shift = self.shift - 1 & 0xFFFF
            self.given -= 1
            self.sequence = packet.sequence_number + self.shift & 0xFFFF  # what was lost before it may still come
            return None
        forward = self._forward(packet, self.shift)
        self.sequence = forward.sequence
        self._pulse.timestamp, self._pulse.at = forward.timestamp, now
        self.packets += 1
        self._octets += len(packet.payload)
        if self.number & 1 == 0:
            self._notice_key_frame(forward, packet.payload, now)
        return forward

    def clock_is(self, ntp: int, timestamp: int) -> None:
        """The instant `ntp` (RFC 5905) is the source's RTP `timestamp`."""
        self._clock = (ntp, timestamp + self.stamp & 0xFFFFFFFF)

    def sender_report(self, late: int = 0) -> bytes | None:
        """What viewers are told of the clock, those whose timestamps are `late` more than ours; None as long as the
        source has not told us."""
        if self._clock is None:
            return None
        ntp, timestamp = self._clock
        return rtcp.sender_report(self.ssrc, ntp, timestamp + late & 0xFFFFFFFF, self.packets, self._octets)

    def recall(self, sequence: int) -> Packet | None:
        """The packet with this number, if it is still in the ring."""
        packet = self._ring[sequence % RING]
        return packet if packet is not None and packet.sequence == sequence else None

    def since(self, sequence: int, most: int) -> list[Packet]:
        """Packets from number `sequence` on towards the newest, in order, `most` of them."""
        count = (self.sequence - sequence & 0xFFFF) + 1
        numbers = range(sequence, sequence + count if count <= RING else sequence)
        found = (self.recall(number & 0xFFFF) for number in numbers)
        return list(islice((packet for packet in found if packet is not None), most))

    def key_frame(self, now: float) -> int | None:
        """The number of the newest key frame's first packet, while it is fresh and all of it is in the ring."""
        if self._key is None or now - self._key_at > FRESH or (self.sequence - self._key[0] & 0xFFFF) >= RING:
            return None
        return self._key[0]

    @property
    def timestamp(self) -> int:
        """The timestamp of the newest packet."""
        newest = self.recall(self.sequence)
        return newest.timestamp if newest else self._pulse.timestamp

    def begins(self, packet: Packet) -> bool:
        """Whether `packet`, just taken, is the newest and begins a key frame."""
        return self._key is not None and self._key[0] == packet.sequence == self.sequence

    def close_past(self) -> None:
        """Nothing older than the newest packet is taken any more: a viewer begins with it, and what came before it
        would have numbers that they have seen with another content."""
        self._span = 0

    def want_key_frame(self) -> None:
        """Ask the publisher at once, then at most every `PAUSE` until one comes; nothing without a publisher."""
        self._wanted = self.ask is not None
        if self._timer is None:
            self._request()

    def refresh(self, now: float, age: float) -> None:
        """Ask for a key frame when the newest is `age` seconds old."""
        if now - self._key_at > age:
            self.want_key_frame()

    def _request(self) -> None:
        self._timer = None
        if self._wanted and self.ask is not None:
            self.ask()
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._request)

    def _notice_key_frame(self, forward: Packet, payload: bytes, now: float) -> None:
        if begins_key_frame(self.codec, payload) and (self._key is None or self._key[1] != forward.timestamp):
            self._key, self._key_at, self._wanted = (forward.sequence, forward.timestamp), now, False
        elif self._key is None:  # the source's first packets were lost
            self.want_key_frame()

    def _begin(self, packet: Rtp, now: float) -> None:
        pulse = self._pulse
        elapsed = max(round((now - pulse.at) * self.clock), 1) if isfinite(pulse.at) else 0
        self.stamp = pulse.timestamp + elapsed - packet.timestamp & 0xFFFFFFFF
        self.shift = self.sequence + 1 - packet.sequence_number & 0xFFFF
        self.highest = packet.sequence_number - 1 & 0xFFFF
        self._span = 0
        self._shifts.clear()
        self.spliced = True

    def _late(self, packet: Rtp, behind: int) -> Packet | None:
        """A packet the network delayed or the publisher repeated; one from before the splice is dropped."""
        if behind >= min(self._span, LATE):
            return None
        shift = self.shift
        for sequence, before in reversed(self._shifts):
            if sequence == packet.sequence_number:  # the probe again: its number was left out
                return None
            if not 0 < sequence - packet.sequence_number & 0xFFFF < _HALF:
                break
            shift = before
        else:
            if len(self._shifts) == _SHIFTS:
                return None
        if self.recall(packet.sequence_number + shift & 0xFFFF) is not None:
            return None
        forward = self._forward(packet, shift)
        if (
            self._key is not None
            and forward.timestamp == self._key[1]
            and self._key[0] - forward.sequence & 0xFFFF < RING
        ):
            self._key = (forward.sequence, forward.timestamp)
        return forward

    def _forward(self, packet: Rtp, shift: int) -> Packet:
        sequence = packet.sequence_number + shift & 0xFFFF
        timestamp = packet.timestamp + self.stamp & 0xFFFFFFFF
        forward = Packet(self.number, self.codec, packet.marker, sequence, timestamp, self.ssrc, packet.payload)
        self._ring[sequence % RING] = forward
        return forward
