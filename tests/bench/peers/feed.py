"""The publisher of tests/media in the clear, for relays that take plain RTP: the same packets, key frames when asked.

`python -m tests.bench.peers.feed VIDEO_PORT AUDIO_PORT` sends to 127.0.0.1 until it is terminated.
"""

import asyncio
import socket
import sys
from typing import Any
from uuid import UUID

import uvloop

from tests.media.clients import Publisher, Relay

VIDEO_SSRC, AUDIO_SSRC = 2222, 1111


class Clear:
    """In the place of an SRTP session."""

    def unprotect_rtcp(self, data: bytes) -> bytes:
        """As it is."""
        return data


class Plain:
    """In the place of a Link: RTP by its SSRC to one of two ports; RTCP goes with the video, to the port it shares."""

    def __init__(self, feed: "Feed", video: int, audio: int) -> None:
        self.srtp = (Clear(), Clear())
        self._ports = {VIDEO_SSRC: video, AUDIO_SSRC: audio}
        self._feed = feed
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def send_media(self, rtp: bytes) -> None:
        """To the port of its SSRC."""
        self._socket.sendto(rtp, ("127.0.0.1", self._ports[int.from_bytes(rtp[8:12], "big")]))

    def send_rtcp(self, rtcp: bytes) -> None:
        """A sender report."""
        self._socket.sendto(rtcp, ("127.0.0.1", self._ports[int.from_bytes(rtcp[4:8], "big")]))

    def _readable(self) -> None:
        self._feed.told(self._socket.recv(2048))


class Feed(Publisher):
    """Publishes without WHIP, ICE and DTLS."""

    def __init__(self, video: int, audio: int) -> None:
        super().__init__(Relay("http://127.0.0.1"), UUID(int=0), "", rtx=False, probes=False)
        self.video.ssrc, self.audio.ssrc = VIDEO_SSRC, AUDIO_SSRC
        self.plain: Any = Plain(self, video, audio)

    def told(self, rtcp: bytes) -> None:
        """What the relay says."""
        self._take(rtcp)

    async def run(self) -> None:
        """Publish for ever."""
        await self.link.close()
        self.link = self.plain
        await self._run()


async def main() -> None:
    await Feed(int(sys.argv[1]), int(sys.argv[2])).run()


if __name__ == "__main__":
    uvloop.run(main())
