"""The backend in the test's own loop, over a fresh database per module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.kit import db, redis, tokens
from backend.kit.settings import Settings
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
