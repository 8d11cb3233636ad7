"""The relay's HTTP door as a client meets it."""

from types import TracebackType
from typing import Protocol, Self

import httpx

from tests.media.sdp import Answer, read_answer


class Turned(Exception):
    """The relay answered a POST with something else than 201; `status` says what."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.status_code} {answer.text[:300]}")
        self.status = answer.status_code


class Door(Protocol):
    """What a viewer needs of signalling; others' relays are met by doors of their own (tests/bench/peers)."""

    async def post(self, path: str, sdp: str, token: str) -> tuple[Answer, str]:
        """See Relay."""

    async def delete(self, location: str, token: str) -> int:
        """See Relay."""


class Relay:
    """One HTTP client for all clients of a process; `http` is there for anything beyond a call."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=url, timeout=10, limits=httpx.Limits(max_connections=32), trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def post(self, path: str, sdp: str, token: str) -> tuple[Answer, str]:
        """Offer: the answer and its Location. Raises Turned."""
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
        answer = await self.http.post(path, content=sdp, headers=headers)
        if answer.status_code != httpx.codes.CREATED:
            raise Turned(answer)
        return read_answer(answer.text), answer.headers["location"]

    async def delete(self, location: str, token: str) -> int:
        """Take a resource away: the status."""
        answer = await self.http.delete(location, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code
