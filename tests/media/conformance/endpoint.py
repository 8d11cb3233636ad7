"""A WHIP or WHEP endpoint of any server, and the sessions it opens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urljoin

import httpx
import msgspec

from tests.media.link import fingerprint
from tests.media.sdp import Local, offer

Kind = Literal["whip", "whep"]
SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
WATCHER = Local("ufra", "a+password+of+twenty+four", fingerprint())
HOST = msgspec.structs.replace(WATCHER, ssrcs={"audio": 101, "video": 102})
CANDIDATE = "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host"


class Session(msgspec.Struct, frozen=True):
    """What a 201 gave: `url` is absolute."""

    http: httpx.AsyncClient
    url: str
    tag: str
    answer: str
    bearer: dict[str, str]

    async def patch(self, text: str, *, match: str | None = None, kind: str = FRAGMENT) -> httpx.Response:
        """One PATCH; `match` is the If-Match, None for none."""
        headers = self.bearer | {"Content-Type": kind} | ({} if match is None else {"If-Match": match})
        return await self.http.patch(self.url, content=text, headers=headers)

    async def delete(self, **headers: str) -> httpx.Response:
        """The end."""
        return await self.http.delete(self.url, headers=self.bearer | headers)


class Endpoint(msgspec.Struct, frozen=True):
    """Where to POST, and with which token."""

    http: httpx.AsyncClient
    kind: Kind
    url: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header that opens it; none without a token (RFC 9725 §4.7.1)."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def offer(self) -> str:
        """An offer as a browser makes it: Opus, H.264 and VP8, of the direction this endpoint wants."""
        return offer(HOST if self.kind == "whip" else WATCHER, "H264", "VP8")

    async def post(self, text: str, **headers: str) -> httpx.Response:
        """One POST."""
        return await self.http.post(self.url, content=text, headers={"Content-Type": SDP} | self.bearer | headers)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session, deleted in the end."""
        answer = await self.post(self.offer())
        assert answer.status_code == 201, answer.text
        place = urljoin(str(answer.url), answer.headers["location"])
        session = Session(self.http, place, answer.headers.get("etag", ""), answer.text, self.bearer)
        try:
            yield session
        finally:
            await session.delete()


def fragment(answer: str, ufrag: str, pwd: str, *candidates: str) -> str:
    """What a browser patches in (RFC 8840 §9): the offerer-tagged section of the bundle only."""
    mid = next(line[6:] for line in answer.splitlines() if line.startswith("a=mid:"))
    lines = [f"a=group:BUNDLE {mid}", "m=audio 9 UDP/TLS/RTP/SAVPF 111", f"a=mid:{mid}"]
    return "\r\n".join([*lines, f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}", *candidates]) + "\r\n"
