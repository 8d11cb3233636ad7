"""The demo company: believable, recorded through the services, and only ever in an empty database."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from backend import demo
from backend.kit import db
from backend.kit.settings import Settings
from backend.record import differences
from tests.cast import ADDRESS
from tests.conftest import Databases

CPU_SECONDS = 8


@pytest_asyncio.fixture(scope="module")
async def made(app: object, settings: Settings) -> float:
    """Seconds of CPU that it took: wall clock depends on who else uses the machine."""
    began = time.process_time()
    assert await demo.make(settings) == 0
    return time.process_time() - began


@pytest_asyncio.fixture
async def bob(made: float, transport: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        answer = await client.post("/api/login", json={"employeeNumber": "bob", "password": "wake-demo"})
        assert answer.status_code == 201
        yield client


async def test_it_is_made_quickly(made: float) -> None:
    assert made < CPU_SECONDS


async def test_bob_finds_his_month(bob: httpx.AsyncClient) -> None:
    home = (await bob.get("/api/home")).json()
    assert home["checkIn"]["streak"] == 12
    assert not home["checkIn"]["done"]
    assert home["checkIn"]["question"]
    assert len(home["upcoming"]) == 2
    assert sum(task["kind"] == "lesson" for task in home["tasks"]) >= 2
    balances = {balance["account"]: balance["total"] for balance in home["balances"]}
    assert balances["learning"] > 200
    past = (await bob.get("/api/live-sessions")).json()["past"]
    assert [share["state"] for share in past] == ["closed", "closed"]
    assert all(0 < share["share"] < 10_000 and share["points"] for share in past)


async def test_the_company_is_there(made: float) -> None:
    assert await db.fetchval("select count(*) from employee") == 60
    assert await db.fetchval("select count(*) from unit where kind = 'region'") == 4
    assert await db.fetchval("select count(*) from lesson where version = 1") >= 8
    assert await db.fetchval("select count(*) from trace") > 1500
    assert await db.fetchval("select count(*) from employee where password is not null") == 5


async def test_what_was_recorded_rebuilds_to_what_is_shown(made: float) -> None:
    assert await differences() == []


async def test_again_it_changes_nothing(made: float, settings: Settings) -> None:
    before = await db.fetchval("select count(*) from trace")
    assert await demo.make(settings) == 0
    assert await db.fetchval("select count(*) from trace") == before


async def test_it_refuses_a_database_of_others_and_an_environment_that_did_not_ask(
    postgres: Databases, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "WAKE_SECRET": settings.secret,
        "WAKE_MEDIA_SECRET": settings.media_secret,
    }
    assert demo.main([], environ) == 1
    assert "WAKE_DEMO" in caplog.text
