"""Relays of a fleet as processes on loopback addresses of their own, and clients who go where the backend says."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from backend.kit import db
from backend.kit.settings import Settings
from tests.backend.live import call, go_live
from tests.backend.web import listening, web
from tests.cast import Actor, cookies
from tests.expect import eventually
from tests.make import Unit, grant, make_employee, make_org, make_unit
from tests.media.clients import Publisher, Relay, Turned, Viewer
from tests.media.server import RelayProcess

AGAIN = 0.2
MOVED = 10.0
"""Seconds within which a test sees people again; it takes 3 (decision 30)."""


class Fleet:
    """`nodes` by name, on 127.0.0.2 and so on."""

    def __init__(self, settings: Settings, folder: Path, backend: str) -> None:
        self.settings, self._folder, self._backend = settings, folder, backend
        self.nodes: dict[str, RelayProcess] = {}

    async def add(self, name: str, **environ: str) -> RelayProcess:
        """Start one more relay."""
        bind = f"127.0.0.{len(self.nodes) + 2}"
        node = RelayProcess(self._folder / name, f"{self._backend}/api/media/webhooks", bind=bind)
        self.nodes[name] = node
        await node.start(
            MEDIA_SECRET=self.settings.media_secret, MEDIA_NODE=name, MEDIA_NODE_URL=node.url,
            MEDIA_NODE_CONTROL=node.url, MEDIA_REDIS_URL=self.settings.redis_url, **environ,
        )  # fmt: skip
        return node

    async def stop(self) -> None:
        """All of them."""
        await asyncio.gather(*(node.stop() for node in self.nodes.values()))

    def named(self, url: str) -> str:
        """Whose address this is."""
        return next(name for name, node in self.nodes.items() if url.startswith(node.url))


class Guest:
    """Somebody of the company in a room, as the app is: asks where, connects, and asks again when it is over or the
    room says so. `hosting` publishes."""

    def __init__(self, actor: Actor, session: str, *, hosting: bool = False, device: str = "phone") -> None:
        self.actor, self.session, self.hosting, self.device = actor, session, hosting, device
        self.url = ""
        self.client: Publisher | Viewer | None = None
        self._task = asyncio.create_task(self._remain())
        self._left = asyncio.Event()

    @property
    def viewer(self) -> Viewer:
        """The connection of who watches."""
        assert isinstance(self.client, Viewer)
        return self.client

    def sees(self) -> bool:
        """Whether a picture is there and moves."""
        return isinstance(self.client, Viewer) and self.client.pictured() and self.client.receiving()

    async def leave(self) -> None:
        """Say goodbye."""
        self._left.set()
        await self._task

    async def _remain(self) -> None:
        room: dict[str, Any] = await call(self.actor, "POST", f"{self.session}/join", {"device": self.device})
        async with listening(self.actor, room["ticket"], room["seq"]) as ear:
            while not self._left.is_set():
                try:
                    await self._connected(room["media"], ear.heard)
                except (Turned, ConnectionError, TimeoutError, httpx.HTTPError):
                    await asyncio.sleep(AGAIN)
                room = await call(self.actor, "POST", f"{self.session}/join", {"device": self.device})

    async def _connected(self, media: dict[str, Any], heard: Sequence[dict[str, Any]]) -> None:
        """From the POST to the end of one connection."""
        self.url = media["whip" if self.hosting else "whep"]
        parts, room = urlsplit(self.url), UUID(self.session[1:])
        async with Relay(f"{parts.scheme}://{parts.netloc}") as relay:
            kind = Publisher if self.hosting else Viewer
            client = self.client = kind(relay, room, media["token"])
            seen = len(heard)
            try:
                await client.join(timeout=3)
                while not (self._left.is_set() or client.link.gone.is_set()):
                    if any(_names(event, media["relays"]) for event in heard[seen:]):
                        break
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._left.wait(), 0.05)
                if self._left.is_set():
                    await client.leave()
            finally:
                await client.vanish()


def _names(event: dict[str, Any], relays: Sequence[str]) -> bool:
    return event["type"] == "relayGone" and event["data"]["name"] in relays


class Company:
    """An audience, a fleet, and people by name; `host` is the last who went on the air."""

    host: Actor

    def __init__(self, unit: Unit, fleet: Fleet, address: str, stack: AsyncExitStack) -> None:
        self.unit, self.fleet, self.settings = unit, fleet, fleet.settings
        self._address, self._stack = address, stack

    async def actor(self, name: str, *, expert: bool = False) -> Actor:
        employee = await make_employee(self.unit, name)
        if expert:
            await grant(employee, "expert", self.unit)
        client = httpx.AsyncClient(base_url=self._address, cookies=cookies(employee), timeout=10)
        return Actor(employee, await self._stack.enter_async_context(client))

    async def show(self, name: str) -> tuple[Guest, str]:
        """A live session, its host on the air."""
        self.host = await self.actor(name, expert=True)
        session = await go_live(self.host, self.unit)
        guest = Guest(self.host, session, hosting=True, device="laptop")
        await eventually("the host is on the air", lambda: on_air(session))
        return guest, session


@asynccontextmanager
async def running(settings: Settings, folder: Path) -> AsyncIterator[Company]:
    """A web process, and a fleet without relays yet."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(web(settings))
        fleet = Fleet(settings, folder, address)
        stack.push_async_callback(fleet.stop)
        yield Company(await make_unit(await make_org()), fleet, address, stack)


async def on_air(session: str) -> bool:
    return bool(await db.fetchval("select on_air from live_session where id = $1", UUID(session[1:])))


async def open_stays(session: str) -> int:
    """Stays without an end."""
    sql = 'select count(*) from stay where session = $1 and "left" is null'
    return int(await db.fetchval(sql, UUID(session[1:])))
