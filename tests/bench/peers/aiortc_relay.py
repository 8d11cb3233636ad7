"""The contender: stock aiortc as a relay, an RTCPeerConnection per viewer, packets passed through without transcoding.

`python -m tests.bench.peers.aiortc_relay HTTP_PORT VIDEO_PORT AUDIO_PORT` answers WHEP and sends everybody the RTP
that comes to the two ports. It has no rooms, grants or webhooks and repeats nothing; per viewer and packet it writes a
header and calls the transport: the least one can do with aiortc's own objects.
"""

import asyncio
import struct
import sys
from functools import partial
from typing import Any

import aioice.ice
import uvicorn
import uvloop
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

EXTENSION = 12
"""Bytes of the publisher's header extension, which is left out."""


class Idle(MediaStreamTrack):
    """A track that yields nothing to aiortc's encoders: its packets come another way."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> Any:
        await asyncio.get_running_loop().create_future()


class Inlet(asyncio.DatagramProtocol):
    """Where the publisher's packets of one kind come in."""

    def __init__(self, kind: str, queue: asyncio.Queue[tuple[str, bytes]]) -> None:
        self._kind, self._queue = kind, queue

    def datagram_received(self, data: bytes, address: Any) -> None:
        if not 192 <= data[1] <= 223:
            self._queue.put_nowait((self._kind, data))


class Station:
    """Everybody's senders."""

    def __init__(self) -> None:
        self.senders: dict[str, list[RTCRtpSender]] = {"audio": [], "video": []}
        self.calls: list[RTCPeerConnection] = []
        self.packets: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def forward(self) -> None:
        """Each packet to everybody who is connected."""
        while True:
            kind, packet = await self.packets.get()
            head, payload = packet[1:8], packet[12 + EXTENSION :]
            for sender in self.senders[kind]:
                if sender.transport.state == "connected":
                    await sender.transport._send_rtp(b"\x80" + head + struct.pack("!I", sender._ssrc) + payload)

    async def answer(self, text: str) -> str:
        """The SDP answer to a viewer's offer."""
        call = RTCPeerConnection()
        self.calls.append(call)
        for kind, senders in self.senders.items():
            senders.append(call.addTrack(Idle(kind)))
        await call.setRemoteDescription(RTCSessionDescription(text, "offer"))
        await call.setLocalDescription(await call.createAnswer())
        return str(call.localDescription.sdp)


async def main(http: int, video: int, audio: int) -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]  # aioice leaves loopback out
    station, loop = Station(), asyncio.get_running_loop()
    for kind, port in (("video", video), ("audio", audio)):
        await loop.create_datagram_endpoint(partial(Inlet, kind, station.packets), local_addr=("127.0.0.1", port))
    forwarding = asyncio.create_task(station.forward())

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            body, status = (await station.answer((await receive())["body"].decode())).encode(), 201
        else:
            body, status = b"", 200
        headers = [(b"content-type", b"application/sdp"), (b"location", b"/gone")]
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(app, port=http, log_level="warning", lifespan="off", access_log=False)
    await uvicorn.Server(config).serve()
    forwarding.cancel()


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:])))
