"""The contender: stock aiortc as a relay, an RTCPeerConnection per viewer, frames passed through without transcoding.

`python -m tests.bench.relay_aiortc PORT` answers `POST /whep/{room}/{seat}` and sends everybody the same 30 frames (of
six 1042-byte packets) and 50 Opus packets a second. It has no publisher to receive from, no rooms, grants or webhooks.
"""

import asyncio
import fractions
import sys
from typing import Any

import aioice.ice
import uvicorn
import uvloop
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av.packet import Packet

START = b"\0\0\0\1"
SPS, PPS = bytes.fromhex("6742c01f8c8d40501e900f08846a"), bytes.fromhex("68ce3c80")
SLICE = b"\x41" + bytes(range(1, 256)) * 4 + bytes(range(1, 10))
FRAME = (START + SLICE) * 6
OPUS = b"\x78" + bytes(87)


class Passing(MediaStreamTrack):
    """A track of encoded packets."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.packets: "asyncio.Queue[Packet[Any]]" = asyncio.Queue(100)

    async def recv(self) -> "Packet[Any]":
        return await self.packets.get()


class Station:
    """Everybody's tracks, fed by one clock."""

    def __init__(self) -> None:
        self.tracks: list[Passing] = []
        self.calls: list[RTCPeerConnection] = []

    def give(self, kind: str, data: bytes, number: int, rate: int) -> None:
        """The same packet to everybody's track of a kind."""
        for track in self.tracks:
            if track.kind == kind and not track.packets.full():
                packet = Packet(data)
                packet.pts, packet.time_base = number, fractions.Fraction(1, rate)
                track.packets.put_nowait(packet)

    async def play(self, kind: str, rate: int) -> None:
        """Endless media in step with the clock."""
        clock = asyncio.get_running_loop()
        start, number = clock.time(), 0
        while True:
            key = START + SPS + START + PPS if kind == "video" and number % rate == 0 else b""
            self.give(kind, OPUS if kind == "audio" else key + FRAME, number, rate)
            number += 1
            await asyncio.sleep(max(0, start + number / rate - clock.time()))

    async def answer(self, text: str) -> str:
        """The SDP answer to a viewer's offer."""
        call = RTCPeerConnection()
        self.calls.append(call)
        for kind in ("audio", "video"):
            track = Passing(kind)
            self.tracks.append(track)
            call.addTrack(track)
        await call.setRemoteDescription(RTCSessionDescription(text, "offer"))
        await call.setLocalDescription(await call.createAnswer())
        return str(call.localDescription.sdp)


async def main(port: int) -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]  # aioice leaves loopback out
    station = Station()
    playing = [asyncio.create_task(station.play("video", 30)), asyncio.create_task(station.play("audio", 50))]

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
