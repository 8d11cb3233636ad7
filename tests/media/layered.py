"""A publisher of two layers of a picture whose packets overtake each other, and a viewer who sees every number."""

import random
from collections import Counter, defaultdict, deque
from typing import Any

from aiortc.rtp import RTCP_RTPFB_NACK, RtcpRtpfbPacket

from tests.media.publisher import BURSTS, Publisher, Track
from tests.media.sdp import VIDEO
from tests.media.streams import frame_payloads
from tests.media.viewer import RTCP_TYPES, Viewer

SMALL = 200
"""Bytes of a packet of the small layer, about."""
EVERY, BEHIND = 7, 20
"""One packet in so many of a layer is late, by so many of them: 0.1 s, so that it crosses a key frame and a turn."""
ASKED, RECENT = 90, 1000
"""Numbers a curious viewer asks for at once, of so many that are past."""


class Layered(Publisher):
    """Layers "q" and "f" of one picture, of as many packets each; `late` counts those that came too late."""

    rids = ("q", "f")

    def _reset(self) -> None:
        super()._reset()
        self.video = Track("video", 1, VIDEO[self.codec], "f")
        self.small = Track("video", 1, VIDEO[self.codec], "q")
        self.late = 0
        self._sent: Counter[bytes] = Counter()
        self._held: defaultdict[bytes, deque[tuple[int, bytes]]] = defaultdict(deque)

    def _send_burst(self, number: int) -> None:
        key = self._key_due
        super()._send_burst(number)
        frame, burst = divmod(number, BURSTS)
        if burst == 0:
            self.small.timestamp = self.video.timestamp
            parts = list(frame_payloads(self.codec, frame, key=key, filler=self._filler[:SMALL]))
            for place, payload in enumerate(parts, 1):
                self._send(self.small.packet(payload, marker=place == len(parts)))

    def _send(self, packet: bytes) -> None:
        source = packet[8:12]
        self._sent[source] += 1
        if self._sent[source] % EVERY:
            super()._send(packet)
        else:
            self._held[source].append((self._sent[source] + BEHIND, packet))
        while self._held[source] and self._held[source][0][0] <= self._sent[source]:
            self.late += 1
            super()._send(self._held[source].popleft()[1])


class Curious(Viewer):
    """Keeps every datagram by its number, `seen`, and asks again for more than it misses. No RTX: what comes again has
    the number it had, so that each number must be one ciphertext."""

    def __init__(self, *given: Any, **how: Any) -> None:
        self.seen: defaultdict[tuple[bytes, bytes], set[bytes]] = defaultdict(set)
        self._chance = random.Random(1)
        super().__init__(*given, rtx=False, **how)

    @property
    def torn(self) -> int:
        """Numbers that were seen with two contents."""
        return sum(len(contents) > 1 for contents in self.seen.values())

    @property
    def small(self) -> bool:
        """Whether the newest packet is of the small layer."""
        return bool(self.video.trail) and len(self.video.trail[-1].payload) < 2 * SMALL

    def ask_for_the_past(self) -> None:
        """Ask for some of the last thousand numbers once more."""
        past = range(max(self.video.first, self.video.highest - RECENT), self.video.highest)
        lost = sorted(number & 0xFFFF for number in self._chance.sample(past, min(ASKED, len(past))))
        self.link.send_rtcp(
            bytes(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=self._ssrc("video"), lost=lost))
        )

    def _take(self, data: bytes) -> None:
        if data[1] not in RTCP_TYPES:
            self.seen[data[8:12], data[2:4]].add(data)
        super()._take(data)
