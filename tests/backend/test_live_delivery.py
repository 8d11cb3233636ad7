"""What a room says arrives once, in order and without a hole: over two processes, and while Valkey is gone."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from backend.kit import clock
from backend.kit.settings import Settings
from backend.supervisor.child import start, stop
from backend.supervisor.valkey import Valkey
from tests.backend.live import SECOND, Relay, Viewer, call, go_live, say
from tests.backend.web import SECRETS, Ear, listening, web
from tests.cast import Actor, cookies
from tests.conftest import Databases
from tests.expect import eventually
from tests.make import Unit, grant, make_employee, make_org, make_unit


class Redis:
    """A Valkey of our own, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.server = Valkey(folder)
        self.process = start(self.server)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def revive(self) -> None:
        self.process = start(self.server)


@pytest.fixture(scope="module")
def redis(scratch: Path) -> Iterator[Redis]:
    redis = Redis(scratch / "own")
    yield redis
    stop(redis.process, redis.server.farewell)


@pytest_asyncio.fixture(scope="module")
async def settings(postgres: Databases, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    environment = {"DATABASE_URL": await postgres.fresh_database(), "REDIS_URL": redis.server.url, **SECRETS}
    return Settings.load(environment | {"WAKE_DATA": str(tmp_path_factory.mktemp("data")), "WAKE_POOL": "4"})


class Company:
    """A host and phones on two web processes."""

    def __init__(self, unit: Unit, webs: list[str], stack: AsyncExitStack) -> None:
        self.unit, self.webs, self.stack = unit, webs, stack

    async def actor(self, name: str, web: int) -> Actor:
        employee = await make_employee(self.unit, name)
        client = httpx.AsyncClient(base_url=self.webs[web], cookies=cookies(employee))
        return Actor(employee, await self.stack.enter_async_context(client))

    async def host(self) -> Actor:
        host = await self.actor("Host", 0)
        await grant(host.employee, "expert", self.unit)
        return host


@pytest_asyncio.fixture(scope="module")
async def company(kit: Settings) -> AsyncIterator[Company]:
    async with AsyncExitStack() as stack:
        webs = [await stack.enter_async_context(web(kit)) for _ in range(2)]
        yield Company(await make_unit(await make_org()), webs, stack)


@asynccontextmanager
async def joined(actor: Actor, session: str, since: int | None = None) -> AsyncIterator[Ear]:
    room = await call(actor, "POST", f"{session}/join", {"device": "phone"})
    async with listening(actor, room["ticket"], room["seq"] if since is None else since) as ear:
        yield ear


async def test_two_processes_tell_the_same_in_the_same_order(company: Company) -> None:
    host = await company.host()
    session = await go_live(host, company.unit)
    speakers = [await company.actor(f"S{number}", number % 2) for number in range(8)]
    async with joined(speakers[0], session) as here, joined(speakers[1], session) as there:
        await asyncio.gather(
            *(say(one, session, f"{one.employee.name} {turn}", 201) for turn in range(5) for one in speakers)
        )
        await eventually("everything is heard", lambda: len(here.texts()) == len(there.texts()) == 40)
        assert here.texts() == there.texts()
        assert here.seq == there.seq == 41


async def test_who_comes_back_hears_what_was_missed_and_nothing_twice(company: Company) -> None:
    host = await company.host()
    session = await go_live(host, company.unit)
    phone = await company.actor("Phone", 1)
    async with joined(phone, session) as ear:
        await say(host, session, "one", 201)
        await eventually("one is heard", lambda: ear.texts() == ["one"])
    await say(host, session, "two", 201)
    async with joined(phone, session, ear.seq) as again:
        await say(host, session, "three", 201)
        await eventually("the rest is heard", lambda: again.texts() == ["two", "three"])
    async with joined(phone, session, 10**30) as strange:
        await say(host, session, "four", 201)
        await eventually("a number from nowhere does no harm", lambda: strange.socket.state.name == "OPEN")
    async with joined(phone, session, 0) as whole:
        await eventually("all is heard", lambda: whole.texts() == ["one", "two", "three", "four"])


async def test_hearts_are_told_as_a_sum_and_phones_learn_of_a_start(company: Company) -> None:
    host, phone, other = await company.host(), await company.actor("Phone", 1), await company.actor("Other", 0)
    ticket = (await phone.client.post("/api/socket-tickets")).json()["ticket"]
    async with listening(phone, ticket, 0) as feed:
        session = await go_live(host, company.unit)
        await eventually("the start is hinted", lambda: {"type": "live"} in feed.heard)
    async with joined(phone, session) as ear:
        await asyncio.gather(*(call(one, "POST", f"{session}/reactions") for one in (phone, other) for _ in range(20)))
        await eventually("all hearts arrive", lambda: ear.count("reactions") == 40)
        assert sum(event["type"] == "reactions" for event in ear.heard) <= 6
        await call(phone, "POST", f"{session}/reactions", status=429)


async def test_the_room_hears_how_many_are_there_and_how_many_receive_nothing(company: Company) -> None:
    host, phone, other = await company.host(), await company.actor("Phone", 1), await company.actor("Other", 0)
    session = await go_live(host, company.unit)
    relay = Relay(httpx.AsyncHTTPTransport(), session, company.webs[1])
    seeing, blind = Viewer(phone), Viewer(other)
    async with joined(host, session) as ear:
        await relay.joined(seeing, blind)
        later = clock.now() + 20 * SECOND
        await relay.beat(seeing, at=later)
        await relay.beat(blind, at=later, media_ms=0)

        def told() -> bool:
            return {"count": 2, "notReceiving": 1} in [one["data"] for one in ear.heard if one["type"] == "viewers"]

        await eventually("the host hears it", told)
    await relay.close()


async def test_chat_goes_on_while_valkey_is_gone(company: Company, redis: Redis) -> None:
    host = await company.host()
    session = await go_live(host, company.unit)
    here, there = await company.actor("Here", 0), await company.actor("There", 1)
    async with joined(here, session) as near, joined(there, session) as far:
        await say(here, session, "before", 201)
        await eventually("both hear", lambda: near.texts() == far.texts() == ["before"])
        redis.kill()
        await say(here, session, "lost", 201)
        await say(there, session, "and", 201)
        await eventually(
            "both hear what Valkey could not tell", lambda: near.texts() == far.texts() == ["before", "lost", "and"]
        )
        redis.revive()
        await say(here, session, "found", 201)
        await eventually("both hear", lambda: near.texts()[3:] == far.texts()[3:] == ["found"])
