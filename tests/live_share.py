"""A live share as real clients have it: an expert who publishes, colleagues who watch, on a running house."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from media.messages import mint
from tests.expect import eventually
from tests.house import Colleague, House, wake
from tests.media.clients import Publisher, Relay, Viewer, grant

CLOSED_WITHIN = 10.0
LIVED_WITHIN = 60.0
VIDEO_PACKETS = 150  # a second, and some more


class LiveShare:
    """One session of `host` with any number of viewers."""

    def __init__(self, house: House, host: Colleague, title: str) -> None:
        self.house, self.host, self.title = house, host, title
        self.id = UUID(int=0)
        self.viewers: list[Viewer] = []
        self.publisher: Publisher | None = None
        self._relay = Relay(f"http://127.0.0.1:{house.port + 1}")
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Create it for the whole audience the host may address, and start it; nothing is published yet."""
        units = await self.host.get("/api/units")
        held = {role["unit"]["id"] for role in (await self.host.get("/api/me"))["roles"]}
        unit = next(each["id"] for each in units if each["id"] in held)
        body = {"id": str(mint()), "title": self.title, "unit": unit}
        self.id = UUID((await self.host.post("/api/live-sessions", body))["id"])
        await self.host.post(f"{self.path}/start")

    @property
    def path(self) -> str:
        return f"/api/live-sessions/{self.id}"

    async def publish(self) -> None:
        """The host's picture; it comes back by itself when the relay was away."""
        media = (await self.host.post(f"{self.path}/join", {"device": "laptop"}))["media"]
        publisher = self.publisher = Publisher(self._relay, self.id, media["token"])
        await publisher.join()
        self._tasks.append(asyncio.create_task(publisher.remain()))

    async def lived(self, seconds: float) -> None:
        """Let the host's picture run on for so many seconds of media."""
        assert self.publisher is not None
        video = self.publisher.video
        target = video.packets + seconds * VIDEO_PACKETS
        await eventually("the picture runs", lambda: video.packets > target, LIVED_WITHIN)

    async def watch(self, colleague: Colleague) -> Viewer:
        """A colleague comes in and stays, whatever happens to the relay."""
        media = (await colleague.post(f"{self.path}/join", {"device": "phone"}))["media"]
        assert urlsplit(media["whep"]).path == f"/whep/{self.id}/host"
        return await self._stay(media["token"])

    async def watch_as(self, person: UUID) -> Viewer:
        """An employee whose password we do not know, by a grant as the backend would give it."""
        secret = json.loads((self.house.folder / "secrets.json").read_text())["media"]
        return await self._stay(grant(self.id, person=person, device="phone", secret=secret))

    async def _stay(self, token: str) -> Viewer:
        viewer = Viewer(self._relay, self.id, token, light=True)
        await viewer.join()
        self._tasks.append(asyncio.create_task(viewer.remain()))
        self.viewers.append(viewer)
        return viewer

    async def everybody_sees(self, why: str, timeout: float = 30.0) -> None:
        """Wait until each viewer receives media now."""
        await eventually(why, lambda: all(viewer.receiving() for viewer in self.viewers), timeout)

    async def end(self) -> dict[str, Any]:
        """End it; the session once it is credited."""
        await self.host.post(f"{self.path}/end")

        async def closed() -> dict[str, Any]:
            session: dict[str, Any] = await self.host.get(self.path)
            assert session["state"] == "closed", session["state"]
            return session

        return await eventually("the session is credited", closed, CLOSED_WITHIN)

    async def report(self) -> dict[str, Any]:
        """Everybody's attendance as the host sees it."""
        report: dict[str, Any] = await self.host.get(f"{self.path}/attendance")
        return report

    async def export(self) -> str:
        """The raw record that an auditor gets."""
        return await wake(self.house, "attendance", "export", str(self.id))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for viewer in self.viewers:
            await viewer.vanish()
        if self.publisher:
            await self.publisher.vanish()
        await self._relay.http.aclose()
