"""Somebody else's WHIP/WHEP engine in the place of our relay: ours plays it, a translator speaks as engines do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx
import msgspec
import pytest
import pytest_asyncio

from backend.features.live import engines
from backend.kit import clock, db
from backend.kit.problems import Malformed
from backend.kit.settings import Settings, SettingsFault
from media.messages import Joined, Left, Published, Unpublished
from tests.backend.live import SECOND, call, close, go_live
from tests.cast import ADDRESS, Actor, Cast
from tests.conftest import Databases
from tests.expect import eventually
from tests.media.clients import Publisher, Relay, Viewer
from tests.media.receiver import SECRET, Receiver
from tests.media.server import RelayProcess

KEY = "the key of the engine's callbacks, 32"
REACHED = {"DATABASE_URL": "-", "REDIS_URL": "-", "WAKE_SECRET": "-" * 32, "WAKE_MEDIA_SECRET": SECRET}


@pytest_asyncio.fixture(scope="module")
async def hooks() -> AsyncIterator[Receiver]:
    """What the engine says in its own words."""
    receiver = Receiver()
    await receiver.open()
    yield receiver
    await receiver.close()


@pytest_asyncio.fixture(scope="module")
async def foreign(hooks: Receiver, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RelayProcess]:
    process = RelayProcess(Path(tmp_path_factory.mktemp("engine")), hooks.url)
    await process.start()
    yield process
    await process.stop()


@pytest_asyncio.fixture(scope="module")
async def settings(
    postgres: Databases, valkey: str, foreign: RelayProcess, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    environment = {"DATABASE_URL": await postgres.fresh_database(), "REDIS_URL": valkey, "WAKE_POOL": "8"}
    engine = {name: f"{foreign.url}/{name}/{{room}}/{{seat}}?token={{token}}" for name in ("whip", "whep")}
    engine = {"WAKE_ENGINE_WHIP": engine["whip"], "WAKE_ENGINE_WHEP": engine["whep"], "WAKE_ENGINE_KEY": KEY}
    data = {"WAKE_DATA": str(tmp_path_factory.mktemp("data"))}
    return Settings.load(REACHED | environment | engine | data | {"MEDIA_ENGINE": "whip"})


class Translator:
    """The shell hooks of a MediaMTX, as media/ENGINES.md has them: curl with event, id and the connection's query."""

    def __init__(self, hooks: Receiver, transport: httpx.AsyncBaseTransport) -> None:
        self._hooks, self._told = hooks, 0
        self._http = httpx.AsyncClient(transport=transport, base_url=ADDRESS)
        self._doors: list[Relay] = []
        self.queries: dict[UUID, str] = {}

    async def run(self) -> None:
        while True:
            for message in self._hooks.messages[self._told :]:
                await self._translate(message)
                self._told += 1
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        """All connections of HTTP."""
        for http in (self._http, *(door.http for door in self._doors)):
            await http.aclose()

    async def _translate(self, message: Any) -> None:
        if isinstance(message, Joined | Left | Published | Unpublished):
            event = type(message).__name__.lower()
            id_ = message.stay if isinstance(message, Joined | Left) else message.publication
            url = f"/api/media/engine?key={quote(KEY)}&event={event}&id={id_}&path={message.room}-host"
            url += f"&query={quote(self.queries[message.person])}"
            assert (await self._http.post(url)).status_code == httpx.codes.OK

    async def enter(self, actor: Actor, session: str, *, hosting: bool = False) -> Publisher | Viewer:
        """Go where the backend says, as a client that knows nothing but URLs and a token."""
        media = (await call(actor, "POST", f"{session}/join", {"device": "phone"}))["media"]
        url = urlsplit(media["whip" if hosting else "whep"])
        self.queries[actor.employee.id] = url.query
        relay = Relay(f"{url.scheme}://{url.netloc}")
        self._doors.append(relay)
        client = (Publisher if hosting else Viewer)(relay, UUID(session[1:]), media["token"])
        client.path = f"{url.path}?{url.query}"
        await client.join()
        return client


@asynccontextmanager
async def translating(hooks: Receiver, transport: httpx.AsyncBaseTransport) -> AsyncIterator[Translator]:
    translator = Translator(hooks, transport)
    task = asyncio.create_task(translator.run())
    yield translator
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await translator.close()


async def test_a_share_over_a_foreign_engine_is_watched_and_credited(
    cast: Cast, transport: httpx.ASGITransport, hooks: Receiver
) -> None:
    async with translating(hooks, transport) as translator:
        session = await go_live(cast.chen, cast.region)
        host = await translator.enter(cast.chen, session, hosting=True)
        viewer = await translator.enter(cast.bob, session)
        assert isinstance(viewer, Viewer)
        await eventually("Bob sees", viewer.pictured)
        sql = "select on_air from live_session where id = $1"

        async def told() -> bool:
            return bool(await db.fetchval(sql, UUID(session[1:])))

        await eventually("the host is on the air", told)
        began = clock.now()
        await eventually("two seconds pass", lambda: clock.now() > began + 2 * SECOND)
        await viewer.leave()
        await host.leave()
        left = 'select "left" is not null from stay where session = $1'
        await eventually("Bob has left", lambda: db.fetchval(left, UUID(session[1:])))
        await call(cast.chen, "POST", f"{session}/end")
        await close(session)
    (row,) = await db.fetch("select person, credited_ms, on_air_ms from attended where session = $1", UUID(session[1:]))
    assert row["person"] == cast.bob.employee.id
    assert 1500 <= row["credited_ms"] <= row["on_air_ms"]


def forms(token: str, stream: str) -> dict[str, tuple[str, object]]:
    """How each engine asks whether somebody may watch: query and body."""
    oven = {"direction": "outgoing", "protocol": "webrtc", "status": "opening"}
    oven |= {"url": f"wss://x/app/{stream}?token={token}"}
    return {
        "mediamtx": ("", {"action": "read", "id": "a", "token": "", "query": f"token={token}", "path": stream}),
        "srs": ("", {"action": "on_play", "client_id": "b", "param": f"?token={token}", "stream": stream}),
        "oven": ("", {"client": {"address": "192.0.2.1", "port": 7}, "request": oven}),
        "plain": (f"event=watch&id=d&path={stream}&query=token={token}", None),
    }


@pytest.mark.parametrize("engine", ["mediamtx", "srs", "oven", "plain"])
async def test_an_engine_asks_in_its_own_words(cast: Cast, client: httpx.AsyncClient, engine: str) -> None:
    session = await go_live(cast.chen, cast.region)
    token = (await call(cast.bob, "POST", f"{session}/join", {"device": "phone"}))["media"]["token"]

    async def asked(token: str, key: str = KEY, stream: str = f"{session[1:]}-host") -> int:
        query, body = forms(token, stream)[engine]
        content = b"" if body is None else msgspec.json.encode(body)
        return (await client.post(f"/api/media/engine?key={quote(key)}&{query}", content=content)).status_code

    assert await asked(token) == httpx.codes.OK
    assert await asked(token) == httpx.codes.OK
    assert await asked(token[:-8] + "AAAAAAAA") == httpx.codes.UNAUTHORIZED
    assert await asked(token, "another key") == httpx.codes.UNAUTHORIZED
    assert await asked(token, stream=f"{UUID(int=1)}-host") == httpx.codes.FORBIDDEN
    await call(cast.chen, "POST", f"{session}/removals", {"person": str(cast.bob.employee.id)})
    assert await asked(token) == httpx.codes.FORBIDDEN


async def test_who_may_only_watch_may_not_publish(cast: Cast, client: httpx.AsyncClient) -> None:
    session = await go_live(cast.chen, cast.region)
    token = (await call(cast.bob, "POST", f"{session}/join", {"device": "phone"}))["media"]["token"]
    url = f"/api/media/engine?key={quote(KEY)}&event=publish&id=e&path={session[1:]}-host&query=token={token}"
    assert (await client.post(url)).status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"action": "api", "id": null}', b'{"request": 1, "client": 2}'])
def test_what_no_engine_says_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        engines.read({}, body)


def test_an_engine_needs_its_addresses_and_its_key() -> None:
    with pytest.raises(SettingsFault) as told:
        Settings.load(REACHED | {"MEDIA_ENGINE": "whip", "WAKE_ENGINE_WHIP": "http://x/whip"})
    assert len(told.value.faults) == 3
