"""One of a crowd: real HTTP, ICE and DTLS, and a receiver report every second."""

import asyncio
import time

from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from tests.bench.crowd.sweep import Books, Stream, Sweep
from tests.media.link import Link, fingerprint
from tests.media.sdp import Local, offer
from tests.media.signalling import Door

REPORT = 1.0


class Member:
    """`joined` is how many seconds the way from the POST to the end of DTLS took, None before that."""

    def __init__(self, door: Door, path: str, token: str) -> None:
        self._door, self._path, self._token = door, path, token
        self.joined: float | None = None
        self.books: Books | None = None
        self._told: dict[int, tuple[int, int]] = {}
        self._received = 0

    async def join(self, sweep: Sweep, timeout: float = 20.0) -> None:
        """Come in; from then on the sweep reads. Raises Turned, TimeoutError, ConnectionError or httpx.HTTPError."""
        began = time.monotonic()
        self.link = Link(lambda data: None)
        local = Local(self.link.ufrag, self.link.pwd, fingerprint(), port=self.link.port)
        async with asyncio.timeout(timeout):
            answer, self._location = await self._door.post(self._path, offer(local, "H264"), self._token)
            await self.link.connect(answer)
        self.joined = time.monotonic() - began
        self.link.pause()
        self.books = sweep.enter(self.link.fileno(), self.link.take)
        self._report()

    @property
    def streams(self) -> list[Stream]:
        """What is counted, by SSRC."""
        return [one for one in self.books.streams if one.received] if self.books else []

    def progressed(self) -> bool:
        """Whether anything came since this was asked last."""
        before, self._received = self._received, sum(one.received for one in self.streams)
        return self._received > before

    def _report(self) -> None:
        asyncio.get_running_loop().call_later(REPORT, self._report)
        reports = [self._of(one) for one in self.streams]
        self.link.send_rtcp(bytes(RtcpRrPacket(ssrc=1, reports=reports)))

    def _of(self, stream: Stream) -> RtcpReceiverInfo:
        expected, received = stream.highest - stream.first + 1, stream.received
        span, got = expected - self._told.get(stream.ssrc, (0, 0))[0], received - self._told.get(stream.ssrc, (0, 0))[1]
        self._told[stream.ssrc] = expected, received
        return RtcpReceiverInfo(
            ssrc=stream.ssrc, fraction_lost=max(0, min(255, (span - got) * 256 // max(1, span))),
            packets_lost=max(0, stream.missed), highest_sequence=stream.highest, jitter=0, lsr=0, dlsr=0,
        )  # fmt: skip
