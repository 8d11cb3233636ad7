"""The backend in the test's own loop, over a fresh database per module."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from backend.app import App, create_app
from backend.kit import db, redis, tokens
from backend.kit.settings import Settings
from tests.backend.contracted import Contracted
from tests.cast import ADDRESS, Cast, make_cast
from tests.conftest import Databases


@pytest_asyncio.fixture(scope="module")
async def settings(
    postgres: Databases, valkey: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings over a fresh database."""
    data: Path = tmp_path_factory.mktemp("data")
    return Settings.load(
        {
            "DATABASE_URL": await postgres.fresh_database(),
            "REDIS_URL": valkey,
            "WAKE_DATA": str(data),
            "WAKE_SECRET": "a secret of the tests, 32 characters",
            "WAKE_MEDIA_SECRET": "another secret of the tests, 32 long",
            "WAKE_POOL": "8",
        }
    )


@pytest_asyncio.fixture(scope="module")
async def kit(settings: Settings) -> AsyncIterator[Settings]:
    """The open pool, Redis and the secret, without the app."""
    tokens.use(settings.secret)
    redis.open_redis(settings.redis_url)
    await db.open_pool(settings)
    yield settings
    await db.close_pool()
    await redis.close_redis()


@pytest_asyncio.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[App]:
    """The whole app, started, in this loop."""
    app = create_app(settings)
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.litestar.lifespan():
            started.set()
            await stop.wait()

    life = asyncio.create_task(live())  # one task for both ends: Litestar's lifespan wants that
    await asyncio.wait({life, asyncio.create_task(started.wait())}, return_when=asyncio.FIRST_COMPLETED)
    yield app
    stop.set()
    await life


@pytest.fixture(scope="module")
def transport(app: App) -> Contracted:
    """The way in."""
    return Contracted(app)


@pytest_asyncio.fixture
async def client(transport: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not logged in."""
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


@pytest_asyncio.fixture(scope="module")
async def cast(transport: httpx.ASGITransport) -> AsyncIterator[Cast]:
    """Everybody, logged in."""
    async with make_cast(transport) as cast:
        yield cast
