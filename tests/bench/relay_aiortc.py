"""The contender: stock aiortc as a relay, an RTCPeerConnection per viewer, packets passed through without transcoding.

`python -m tests.bench.relay_aiortc PORT` answers `POST /whep/{room}/{seat}` and sends everybody the same 30 frames (of
six 1042-byte packets) and 50 Opus packets a second. It has no publisher to receive from, no rooms, grants or webhooks;
per viewer and packet it writes a header and calls the transport: the least one can do with aiortc's own objects.
"""

import asyncio
import struct
import sys
from typing import Any

import aioice.ice
import uvicorn
import uvloop
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from tests.media.streams import filler, frame_payloads

VIDEO, AUDIO = 102, 111
OPUS = b"\x78" + bytes(87)


class Idle(MediaStreamTrack):
    """A track that yields nothing to aiortc's encoders: its packets come another way."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> Any:
        await asyncio.get_running_loop().create_future()


class Station:
    """Everybody's senders, fed by one clock."""

    def __init__(self) -> None:
        self.senders: dict[str, list[RTCRtpSender]] = {"audio": [], "video": []}
        self.calls: list[RTCPeerConnection] = []
        self.sequence = {"audio": 0, "video": 0}

    async def forward(self, kind: str, payloads: list[bytes], timestamp: int) -> None:
        """The same packets to everybody who is connected."""
        first = self.sequence[kind]
        self.sequence[kind] = first + len(payloads) & 0xFFFF
        for sender in self.senders[kind]:
            if sender.transport.state == "connected":
                for place, payload in enumerate(payloads):
                    marker = 0x80 if kind == "video" and place == len(payloads) - 1 else 0
                    number = first + place & 0xFFFF
                    kinds = VIDEO if kind == "video" else AUDIO
                    head = struct.pack("!BBHII", 0x80, marker | kinds, number, timestamp & 0xFFFFFFFF, sender._ssrc)
                    await sender.transport._send_rtp(head + payload)

    async def play(self, kind: str, rate: int, clock_rate: int) -> None:
        """Endless media in step with the clock."""
        clock, body = asyncio.get_running_loop(), filler()
        start, number = clock.time(), 0
        while True:
            key = number % rate == 0
            frame = [OPUS] if kind == "audio" else list(frame_payloads("H264", number, key=key, filler=body))
            await self.forward(kind, frame, number * clock_rate // rate)
            number += 1
            await asyncio.sleep(max(0, start + number / rate - clock.time()))

    async def answer(self, text: str) -> str:
        """The SDP answer to a viewer's offer."""
        call = RTCPeerConnection()
        self.calls.append(call)
        for kind, senders in self.senders.items():
            senders.append(call.addTrack(Idle(kind)))
        await call.setRemoteDescription(RTCSessionDescription(text, "offer"))
        await call.setLocalDescription(await call.createAnswer())
        return str(call.localDescription.sdp)


async def main(port: int) -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]  # aioice leaves loopback out
    station = Station()
    playing = [asyncio.create_task(station.play(*one)) for one in (("video", 30, 90_000), ("audio", 50, 48_000))]

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            text, status = await station.answer((await receive())["body"].decode()), 201
        else:
            text, status = "", 200
        headers = [(b"content-type", b"application/sdp"), (b"location", b"/gone")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    config = uvicorn.Config(app, port=port, log_level="warning", lifespan="off", access_log=False)
    await uvicorn.Server(config).serve()
    for task in playing:
        task.cancel()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
