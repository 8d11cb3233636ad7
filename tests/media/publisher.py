"""A WHIP publisher without a browser: a synthetic stream that behaves as Chromium's does."""

import asyncio
import heapq
import random
import secrets
import struct
import time
from collections.abc import Iterator
from uuid import UUID

import httpx
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)

from tests.media.link import Link, fingerprint
from tests.media.sdp import ABS_SEND_TIME, AUDIO, MID, RID, RTX, VIDEO, Codec, Local, offer
from tests.media.signalling import Relay, Turned
from tests.media.streams import AUDIO_PACKET, AUDIO_PERIOD, FPS, RATE, filler, frame_payloads, stamp, stamped_anew

BURST, BURST_PAUSE, BURSTS = 3, 0.005, 6
"""Packets sent at once, seconds between bursts of a frame, at most so many bursts (a key frame has them all)."""
REPORT, REJOIN = 1.0, 0.5
PROBE_EVERY, PROBES = 60, 4
"""Frames between probes, padding-only packets of a probe."""
RING = 1024
LATE = 0.5
NTP_EPOCH = 2_208_988_800


class Track:
    """The sending state of one SSRC: numbers, counters, the last packets. `rid` is the layer's letter, if it is one."""

    def __init__(self, kind: str, mid: int, payload_type: int, rid: str = "") -> None:
        self.kind, self.mid, self.payload_type, self.rid = kind, mid, payload_type, rid
        self.ssrc = secrets.randbits(32)
        self.seq, self.base = secrets.randbits(16), secrets.randbits(32)
        self.timestamp = self.base
        self.packets = self.octets = 0
        self.ring: dict[int, tuple[int, bool, bytes, bytes]] = {}

    def packet(self, payload: bytes, *, marker: bool, padding: int = 0) -> bytes:
        """The next RTP packet, with the header extensions a browser adds (RFC 8285)."""
        first = 0x90 | (0x20 if padding else 0)
        head = struct.pack(
            "!BBHII", first, self.payload_type | marker << 7, self.seq, self.timestamp & 0xFFFFFFFF, self.ssrc
        )
        mid = bytes([MID << 4, ord(str(self.mid))])
        layer = bytes([RID << 4, ord(self.rid)]) if self.rid else bytes(2)
        sent = struct.pack("!I", int(time.monotonic() * (1 << 18)) & 0xFFFFFF)[1:]
        extension = struct.pack("!HH", 0xBEDE, 2) + mid + bytes([ABS_SEND_TIME << 4 | 2]) + sent + layer
        tail = bytes(padding - 1) + bytes([padding]) if padding else b""
        data = head + extension + payload + tail
        self.ring[self.seq] = (self.timestamp, marker, payload, data)
        self.ring.pop((self.seq - RING) & 0xFFFF, None)
        self.seq = self.seq + 1 & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        return data


class Publisher:
    """A seat on air: 30 frames, 230 packets, 1.54 Mbit a second; a key frame at every PLI, packets again at a NACK.

    `loss` (0…1) of what goes out is lost on the way; `probes` sends padding-only packets now and then,
    on the video stream itself when there is no `rtx` stream.
    """

    rids: tuple[str, ...] = ()

    def __init__(
        self, relay: Relay, room: UUID, token: str, *, seat: str = "host", codec: Codec = "H264", loss: float = 0.0,
        probes: bool = True, rtx: bool = True, seed: int = 1, ipv6: bool = False, tcp: bool = False,
    ) -> None:  # fmt: skip
        self.relay, self.path, self.token, self.codec = relay, f"/whip/{room}/{seat}", token, codec
        self.loss = loss
        self.joins = self.keys_asked = self.key_frames = self.resent = 0
        self._probes, self._rtx = probes, rtx
        self._dice = random.Random(seed)
        self._ipv6, self._tcp = ipv6, tcp
        self._filler = filler(seed)
        self._pace: asyncio.Task[None] | None = None
        self._reset()

    def _reset(self) -> None:
        """Become a new source, as a reloaded page is."""
        self.location = ""
        self.video = Track("video", 1, VIDEO[self.codec])
        self.audio = Track("audio", 0, AUDIO)
        self.rtx = Track("rtx", 1, RTX[self.codec]) if self._rtx else None
        self.link = Link(self._take, ipv6=self._ipv6, tcp=self._tcp)
        self._key_due = True
        self._frame: list[bytes] = []

    async def join(self, timeout: float = 10.0) -> None:
        """POST, ICE, DTLS, and media flows. Raises Turned, TimeoutError or ConnectionError."""
        if self.link.closed:
            self._reset()
        ssrcs = {track.kind: track.ssrc for track in (self.audio, self.video, self.rtx) if track}
        async with asyncio.timeout(timeout):
            local = Local(self.link.ufrag, self.link.pwd, fingerprint(), ssrcs, self.link.port, self.rids)
            wanted = offer(local, self.codec)
            answer, self.location = await self.relay.post(self.path, wanted, self.token)
            if "rtx" not in answer.codecs.values():
                self.rtx = None
            await self.link.connect(answer)
        self.joins += 1
        self._pace = asyncio.create_task(self._run())

    async def leave(self) -> int:
        """DELETE, then close: the status of the DELETE."""
        status = await self.relay.delete(self.location, self.token)
        await self.vanish()
        return status

    async def vanish(self) -> None:
        """Stop sending and close without a word over HTTP (`link.online = False` first for no DTLS goodbye either)."""
        if self._pace is not None:
            self._pace.cancel()
            self._pace = None
        await self.link.close()

    async def remain(self) -> None:
        """Until cancelled: publish anew whenever the relay is gone (`link.gone`)."""
        while True:
            if self._pace is not None:
                await self.link.gone.wait()
            await self.vanish()
            try:
                await self.join()
            except (Turned, ConnectionError, TimeoutError, httpx.HTTPError):
                await asyncio.sleep(REJOIN)

    def picture(self, frame: int, *, key: bool) -> list[bytes]:
        """The payloads of a frame, in order."""
        return list(frame_payloads(self.codec, frame, key=key, filler=self._filler))

    def sound(self, number: int) -> bytes:
        """The payload of an audio packet."""
        return b"\x78" + stamp(number, 0) + self._filler[: AUDIO_PACKET - 12 - 19]

    async def _run(self) -> None:
        start = time.monotonic()
        for due, act, number in heapq.merge(self._audio_plan(), self._video_plan(), self._report_plan()):
            late = time.monotonic() - start - due
            if late > LATE:
                start += late  # the process stood still: go on from here, as a camera would
            elif late < 0:
                await asyncio.sleep(-late)
            if act == "audio":
                self._send_audio(number)
            elif act == "report":
                self._send_reports()
            else:
                self._send_burst(number)

    def _audio_plan(self) -> Iterator[tuple[float, str, int]]:
        number = 0
        while True:
            yield number * AUDIO_PERIOD + 0.003, "audio", number
            number += 1

    def _video_plan(self) -> Iterator[tuple[float, str, int]]:
        number = 0
        while True:
            for burst in range(BURSTS):
                yield number / FPS + burst * BURST_PAUSE, "video", number * BURSTS + burst
            number += 1

    def _report_plan(self) -> Iterator[tuple[float, str, int]]:
        number = 0
        while True:
            yield number * REPORT + 0.1, "report", number
            number += 1

    def _send_audio(self, number: int) -> None:
        self.audio.timestamp = self.audio.base + int(number * AUDIO_PERIOD * RATE["audio"])
        self._send(self.audio.packet(self.sound(number), marker=False))

    def _send_burst(self, number: int) -> None:
        frame, burst = divmod(number, BURSTS)
        if burst == 0:
            key, self._key_due = self._key_due, False
            self.key_frames += key
            self.video.timestamp = self.video.base + frame * RATE["video"] // FPS
            self._frame = self.picture(frame, key=key)
        part, self._frame = self._frame[:BURST], self._frame[BURST:]
        for place, payload in enumerate(part, 1):
            self._send(self.video.packet(stamped_anew(payload), marker=not self._frame and place == len(part)))
        if self._probes and burst == BURSTS - 1 and frame % PROBE_EVERY == PROBE_EVERY - 1:
            probing = self.rtx or self.video
            probing.timestamp = self.video.timestamp
            for _ in range(PROBES):
                self._send(probing.packet(b"", marker=False, padding=200))

    def _send(self, packet: bytes) -> None:
        if not self.loss or self._dice.random() >= self.loss:
            self.link.send_media(packet)

    def _send_reports(self) -> None:
        now = time.time_ns()
        ntp = (now // 1_000_000_000 + NTP_EPOCH) << 32 | (now % 1_000_000_000 << 32) // 1_000_000_000
        for track in (self.audio, self.video):
            info = RtcpSenderInfo(
                ntp_timestamp=ntp, rtp_timestamp=track.timestamp & 0xFFFFFFFF, packet_count=track.packets,
                octet_count=track.octets & 0xFFFFFFFF,
            )  # fmt: skip
            self.link.send_rtcp(bytes(RtcpSrPacket(ssrc=track.ssrc, sender_info=info)))

    def _take(self, data: bytes) -> None:
        for packet in RtcpPacket.parse(self.link.srtp[0].unprotect_rtcp(data)):
            if isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                self.keys_asked += 1
                self._key_due = True
            elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                self._resend(packet)

    def _resend(self, nack: RtcpRtpfbPacket) -> None:
        for track in (self.audio, self.video):
            for seq in nack.lost:
                if track.ssrc == nack.media_ssrc and seq in track.ring:
                    self.resent += 1
                    self._send(self._again(track, seq))

    def _again(self, track: Track, seq: int) -> bytes:
        """The packet as it was, or as a retransmission on its own stream (RFC 4588)."""
        timestamp, marker, payload, data = track.ring[seq]
        if self.rtx is None or track is self.audio:
            return data
        self.rtx.timestamp = timestamp
        return self.rtx.packet(struct.pack("!H", seq) + payload, marker=marker)
