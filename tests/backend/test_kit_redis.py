"""What is built on Redis works within one process while Redis is away, and again when it is back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.kit import redis
from backend.supervisor.child import start, stop
from backend.supervisor.valkey import Valkey
from tests.expect import eventually


@pytest_asyncio.fixture
async def server(scratch: Path) -> AsyncIterator[Valkey]:
    """A Valkey of our own, not started, that the kit is to use."""
    server = Valkey(scratch / "own-valkey")
    redis.open_redis(server.url)
    yield server
    await redis.close_redis()


async def test_a_window_admits_so_many_and_can_be_forgotten_and_refunded(server: Valkey) -> None:
    process = start(server)
    try:
        assert [await redis.allow("a", 2, 60) for _ in range(3)] == [True, True, False]
        await redis.forget("a")
        assert await redis.allow("a", 2, 60)
        await redis.refund("a")
        assert [await redis.allow("a", 2, 60) for _ in range(3)] == [True, True, False]
        assert [await redis.once("t", 60) for _ in range(3)] == [True, False, False]
        await redis.refund("never counted")
        assert await redis.reachable()
    finally:
        stop(process, server.farewell)


async def test_counting_goes_on_in_this_process_when_redis_is_away(server: Valkey) -> None:
    assert [await redis.allow("b", 2, 60) for _ in range(3)] == [True, True, False]
    await redis.forget("b")
    assert await redis.allow("b", 2, 60)
    await redis.refund("b")
    assert [await redis.allow("b", 2, 60) for _ in range(3)] == [True, True, False]
    assert [await redis.once("u", 60) for _ in range(2)] == [True, False]
    assert not await redis.publish("topic", b"x")
    assert not await redis.reachable()


async def test_a_window_of_this_process_ends(server: Valkey) -> None:
    assert await redis.allow("short", 1, 1)
    assert not await redis.allow("short", 1, 1)

    async def admitted() -> bool:
        return await redis.allow("short", 1, 1)

    await eventually("the window is over", admitted)


async def test_a_subscription_outlives_restarts(server: Valkey) -> None:
    heard: set[tuple[str, bytes]] = set()

    async def listen() -> None:
        async for message in redis.subscribe("room:*", "other"):
            heard.add(message)

    listener = asyncio.create_task(listen())
    for round_ in (b"first", b"second"):
        process = start(server)

        async def arrives(data: bytes = round_) -> bool:
            await redis.publish("room:1", data)
            return ("room:1", data) in heard

        await eventually(f"{round_!r} is heard", arrives)
        stop(process, server.farewell)
    listener.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listener


@pytest.mark.parametrize("steps", range(0, 60, 4))
async def test_a_subscription_ends_at_once_when_it_is_cancelled(valkey: str, steps: int) -> None:
    redis.open_redis(valkey)

    async def listen() -> None:
        async for _ in redis.subscribe("x"):
            continue

    listener = asyncio.create_task(listen())
    for _ in range(steps):
        await asyncio.sleep(0)  # not to wait, but to cancel at every stage of connecting
    listener.cancel()
    done, _ = await asyncio.wait({listener}, timeout=5)
    await redis.close_redis()
    assert done
