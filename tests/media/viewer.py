"""A WHEP viewer without a browser."""

import asyncio
import struct
import time
from collections.abc import Callable
from uuid import UUID

import httpx
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)

from tests.media.link import Link, fingerprint
from tests.media.sdp import RTX, Codec, Local, offer
from tests.media.signalling import Door, Turned
from tests.media.tally import Seen, Tally

RTP = struct.Struct("!BBHII")
RTCP_TYPES = range(192, 224)
REPORT, NACK, KEY, REJOIN = 1.0, 0.03, 0.5, 0.5
"""Seconds between receiver reports, requests for missing packets, for a first key frame, and tries to join anew."""
NACK_AT_ONCE = 100


class Viewer:
    """One person's connection. `audio` and `video` are the books; `link` has `.cut(s)`, `.roam()`, `.loss`.

    `light` looks into packets only until the first key frame is whole (for crowds and benches); `nack` asks again for
    what is missing, `rtx` takes it on a stream of its own (`retransmitted` counts that); `loss` (0…1) of the incoming
    media is thrown away at random.
    """

    def __init__(
        self, relay: Door, room: UUID, token: str, *, seat: str = "host", codecs: tuple[Codec, ...] = ("H264", "VP8"),
        nack: bool = True, rtx: bool = True, light: bool = False, loss: float = 0.0, seed: int = 1, ipv6: bool = False,
        tcp: bool = False,
    ) -> None:  # fmt: skip
        self.relay, self.path, self.token = relay, f"/whep/{room}/{seat}", token
        self.joins = 0
        self.posted_at = self.connected_at = 0.0
        self._codecs, self._nack, self._light, self._loss, self._seed = codecs, nack, light, loss, seed
        self._ipv6, self._tcp = ipv6, tcp
        self._rtx = rtx
        self._reset()

    def _reset(self) -> None:
        self.link = Link(self._take, loss=self._loss, seed=self._seed, ipv6=self._ipv6, tcp=self._tcp)
        self.location = ""
        self.audio, self.video = Tally("audio"), Tally("video")
        self._tallies: dict[int, Tally] = {}
        self._rtx_ssrc = self.retransmitted = 0
        self._codec_of: dict[int, str] = {}
        self._clocks: dict[int, tuple[int, float]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def join(self, timeout: float = 10.0) -> None:
        """POST, ICE, DTLS. Raises Turned, TimeoutError or ConnectionError."""
        if self.posted_at:
            await self.vanish()
        if self.link.closed:
            self._reset()
        self.posted_at = time.monotonic()
        local = Local(self.link.ufrag, self.link.pwd, fingerprint(), port=self.link.port)
        async with asyncio.timeout(timeout):
            wanted = offer(local, *self._codecs, rtx=self._rtx)
            answer, self.location = await self.relay.post(self.path, wanted, self.token)
            self._codec_of, self._rtx_ssrc = answer.codecs, answer.rtx
            self._tallies = {answer.tracks["audio"]: self.audio, answer.tracks["video"]: self.video}
            await self.link.connect(answer)
        self.connected_at = time.monotonic()
        self.joins += 1
        self._every("report", REPORT, self._report)
        self._every("key", KEY, self._ask_first_key)

    async def leave(self) -> int:
        """DELETE, then close: the status of the DELETE."""
        status = await self.relay.delete(self.location, self.token)
        await self.vanish()
        return status

    async def vanish(self) -> None:
        """Close without a word over HTTP (DTLS says goodbye; `link.online = False` first for none at all)."""
        for timer in self._timers.values():
            timer.cancel()
        await self.link.close()

    async def remain(self) -> None:
        """Until cancelled: join when not connected, and anew whenever the relay is gone (`link.gone`)."""
        while True:
            if self.connected:
                await self.link.gone.wait()
            await self.vanish()
            try:
                await self.join()
            except (Turned, ConnectionError, TimeoutError, httpx.HTTPError):
                await asyncio.sleep(REJOIN)

    @property
    def connected(self) -> bool:
        """Whether DTLS is up and the relay answers."""
        return self.connected_at > self.posted_at and not self.link.gone.is_set()

    @property
    def first_picture(self) -> float | None:
        """Seconds from the POST to the last packet of the first whole key frame; None before it."""
        return None if self.video.first_key_at is None else self.video.first_key_at - self.posted_at

    def pictured(self) -> bool:
        """Whether a whole key frame has come."""
        return self.video.first_key_at is not None

    def receiving(self, within: float = 1.0) -> bool:
        """Whether video came in the last seconds."""
        return time.monotonic() - self.video.last_at < within

    def ask_key(self) -> None:
        """Picture loss indication (RFC 4585 §6.3.1)."""
        self.link.send_rtcp(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=self._ssrc("video"))))

    def ask_for(self, numbers: list[int], kind: str = "video") -> None:
        """Generic NACK (RFC 4585 §6.2.1)."""
        nack = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=self._ssrc(kind), lost=numbers)
        self.link.send_rtcp(bytes(nack))

    def _ssrc(self, kind: str) -> int:
        return next(ssrc for ssrc, tally in self._tallies.items() if tally.kind == kind)

    def _every(self, name: str, pause: float, act: Callable[[], object]) -> None:
        def again() -> None:
            self._every(name, pause, act)
            act()

        self._timers[name] = asyncio.get_running_loop().call_later(pause, again)

    def _take(self, data: bytes) -> None:
        if data[1] in RTCP_TYPES:
            self._take_rtcp(data)
            return
        _, kind, seq, timestamp, ssrc = RTP.unpack_from(data)
        if ssrc == self._rtx_ssrc:
            self._take_again(self.link.srtp[0].unprotect(data))
            return
        tally = self._tallies.get(ssrc)
        if tally is None:
            return
        now = time.monotonic()
        fresh = tally.count(seq, len(data), now)
        if fresh and not (self._light and self.video.first_key_at is not None):
            plain = self.link.srtp[0].unprotect(data)
            codec = self._codec_of.get(kind & 0x7F, "")
            tally.take(Seen(now, codec, seq, timestamp, bool(kind & 0x80), _payload(plain)))
        if self._nack and tally.holes and "nack" not in self._timers:
            self._timers["nack"] = asyncio.get_running_loop().call_later(NACK, self._ask_again)

    def _take_again(self, data: bytes) -> None:
        """A retransmission (RFC 4588): its payload begins with the number the packet had."""
        _, kind, _, timestamp, _ = RTP.unpack_from(data)
        now = time.monotonic()
        self.retransmitted += 1
        if self.video.count(int.from_bytes(data[12:14], "big"), len(data), now):
            codec = next(codec for codec, number in RTX.items() if number == kind & 0x7F)
            payload = _payload(data)[2:]
            self.video.take(Seen(now, codec, int.from_bytes(data[12:14], "big"), timestamp, bool(kind & 0x80), payload))

    def _take_rtcp(self, data: bytes) -> None:
        for packet in RtcpPacket.parse(self.link.srtp[0].unprotect_rtcp(data)):
            if isinstance(packet, RtcpSrPacket):
                self._clocks[packet.ssrc] = (packet.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF, time.monotonic())

    def _report(self) -> None:
        reports = []
        for ssrc, tally in self._tallies.items():
            if tally.received:
                fraction, lost, highest = tally.report()
                lsr, at = self._clocks.get(ssrc, (0, time.monotonic()))
                reports.append(
                    RtcpReceiverInfo(
                        ssrc=ssrc, fraction_lost=fraction, packets_lost=lost, highest_sequence=highest, jitter=0,
                        lsr=lsr, dlsr=int((time.monotonic() - at) * 65536),
                    )
                )  # fmt: skip
        self.link.send_rtcp(bytes(RtcpRrPacket(ssrc=1, reports=reports)))

    def _ask_first_key(self) -> None:
        if self.video.first_key_at is None and self.video.received:
            self.ask_key()

    def _ask_again(self) -> None:
        del self._timers["nack"]
        for tally in self._tallies.values():
            if tally.holes:
                self.ask_for([hole & 0xFFFF for hole in sorted(tally.holes)[:NACK_AT_ONCE]], tally.kind)
        if any(tally.holes for tally in self._tallies.values()):
            self._timers["nack"] = asyncio.get_running_loop().call_later(NACK, self._ask_again)


def _payload(packet: bytes) -> bytes:
    """What is between header, header extension and padding; nobody sends contributing sources."""
    start = 16 + 4 * int.from_bytes(packet[14:16], "big") if packet[0] & 0x10 else 12
    return packet[start : len(packet) - packet[-1]] if packet[0] & 0x20 else packet[start:]
