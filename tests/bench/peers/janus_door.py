"""WHEP's question asked of Janus, which wants to offer: its offer is turned into an answer, ours into its answer."""

import re
from types import TracebackType
from typing import Any, Self

import httpx

from tests.media.sdp import Answer, read_answer

MOUNTPOINT = 1
_OFFERS = 20
"""Long polls until the offer is there."""
_taken_over = re.compile(r"^a=(?:ice-ufrag|ice-pwd|fingerprint|candidate):.*", re.MULTILINE)


class JanusDoor:
    """The HTTP API of Janus and of its streaming plugin."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, timeout=40, limits=httpx.Limits(max_connections=32), trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def post(self, path: str, sdp: str, token: str) -> tuple[Answer, str]:
        """Watch the mountpoint with the client that wrote this offer. Raises ConnectionError when Janus offers none."""
        session = f"/janus/{(await self._ask('/janus', 'create'))['data']['id']}"
        handle = f"{session}/{(await self._ask(session, 'attach', plugin='janus.plugin.streaming'))['data']['id']}"
        await self._ask(handle, "message", body={"request": "watch", "id": MOUNTPOINT})
        offered = await self._offer(session)
        answer = {"type": "answer", "sdp": _answer(offered, sdp)}
        await self._ask(handle, "message", body={"request": "start"}, jsep=answer)
        return read_answer(offered.replace("a=setup:actpass", "a=setup:passive")), session

    async def delete(self, location: str, token: str) -> int:
        """End the session: 200."""
        await self._ask(location, "destroy")
        return int(httpx.codes.OK)

    async def _ask(self, path: str, verb: str, **more: Any) -> dict[str, Any]:
        told: dict[str, Any] = (await self._http.post(path, json={"janus": verb, "transaction": "1", **more})).json()
        if told["janus"] == "error":
            raise ConnectionError(str(told["error"]))
        return told

    async def _offer(self, session: str) -> str:
        for _ in range(_OFFERS):
            event = (await self._http.get(session)).json()
            if "jsep" in event:
                return str(event["jsep"]["sdp"])
        raise ConnectionError("Janus offers nothing")


def _answer(offered: str, client: str) -> str:
    """Janus's offer from the other side: the client's ICE and DTLS, recvonly, active."""
    own = "\r\n".join(dict.fromkeys(line.strip() for line in _taken_over.findall(client)))
    sections = re.split(r"^(?=m=)", offered, flags=re.MULTILINE)
    for place, section in enumerate(sections):
        lines = [line for line in section.split("\r\n") if line and not _taken_over.match(line)]
        lines = [line for line in lines if line != "a=ice-lite" and not line.startswith(("a=end-of", "a=ssrc"))]
        text = "\r\n".join(lines).replace("a=sendonly", "a=recvonly").replace("a=setup:actpass", "a=setup:active")
        sections[place] = text + (f"\r\n{own}" if place else "") + "\r\n"
    return "".join(sections)
