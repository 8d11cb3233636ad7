"""Redis for what may be lost: fan-out between processes, rate limits, one-time marks.

Truth is in PostgreSQL. Every function here but `ask` works without Redis, within one process, and never raises
because it is away.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

_log = logging.getLogger("wake.redis")

_AWAY = (RedisError, OSError, TimeoutError)
_FIRST_DELAY, _LAST_DELAY = 0.1, 2.0
_LOCAL_KEYS = 10_000
_TIMEOUT = 1.0
_CONNECTIONS = 64

_client: Redis | None = None
_url = ""
_local: dict[str, tuple[float, int]] = {}

# Counts one more in a window that begins with the first.
_COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return n
"""
_REFUND = "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('DECR', KEYS[1]) end return 0"


def open_redis(url: str) -> None:
    """Use this server from now on; connects when first needed and again whenever it has to."""
    global _client, _url
    _url = url
    _client = Redis.from_pool(
        BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_TIMEOUT,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 1),
        )
    )


async def close_redis() -> None:
    """Forget the server and the in-process fall-backs."""
    global _client
    _local.clear()
    if _client is not None:
        client, _client = _client, None
        await client.aclose()


async def reachable() -> bool:
    """Whether Redis answers now."""
    try:
        return _client is not None and bool(await _client.execute_command("PING"))
    except _AWAY:
        return False


async def publish(topic: str, data: bytes) -> bool:
    """Tell every subscribed process; False when Redis is away and nobody was told."""
    if _client is None:
        return False
    try:
        await _client.publish(topic, data)
    except _AWAY as fault:
        _log.warning("publish to %s lost: %r", topic, fault)
        return False
    return True


async def subscribe(*patterns: str) -> AsyncIterator[tuple[str, bytes]]:
    """(topic, data) of everything published under the patterns, for ever, across Redis restarts.

    What is published while Redis is away is lost: readers fetch by sequence number after a gap.
    """
    delay = _FIRST_DELAY
    while True:
        try:
            async for message in _listen(patterns):
                delay = _FIRST_DELAY
                yield message
        except _AWAY as fault:
            _log.warning("subscription lost, again in %.1f s: %r", delay, fault)
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LAST_DELAY)


async def _listen(patterns: tuple[str, ...]) -> AsyncIterator[tuple[str, bytes]]:
    if _client is None:
        return
    # Without a socket timeout: with one, redis 8.1 sends through asyncio.wait_for, which on Python 3.11
    # may swallow the cancellation that ends us.
    listener = Redis.from_url(_url, socket_connect_timeout=_TIMEOUT, socket_timeout=None, retry=Retry(NoBackoff(), 0))
    async with listener, listener.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.psubscribe(*patterns)
        while True:
            message = await channel.get_message(timeout=None)
            if message is not None:
                yield message["channel"].decode(), message["data"]


async def allow(key: str, limit: int, seconds: int) -> bool:
    """Count one more under the key; False once more than `limit` fell into the fixed window."""
    return await _count(f"allow:{key}", seconds) <= limit


async def once(key: str, seconds: int) -> bool:
    """True for the first caller of the key within `seconds`, False for every later one."""
    return await _count(f"once:{key}", seconds) == 1


async def forget(key: str) -> None:
    """Start the count of `allow` anew."""
    _local.pop(f"allow:{key}", None)
    await _try("DEL", f"allow:{key}")


async def refund(key: str) -> None:
    """Take back one that `allow` counted."""
    if kept := _local.get(f"allow:{key}"):
        _local[f"allow:{key}"] = (kept[0], kept[1] - 1)
    await _try("EVAL", _REFUND, 1, f"allow:{key}")


class Away(Exception):
    """Redis does not answer."""


async def ask(*command: str | bytes | int) -> Any:  # noqa: ANN401 - whatever the command answers
    """The answer of one command, for who has something to do without it. Raises Away."""
    if _client is None:
        raise Away
    try:
        return await _client.execute_command(*command)
    except _AWAY as fault:
        raise Away(repr(fault)) from fault
    finally:
        _end_when_cancelled()


def _end_when_cancelled() -> None:
    """redis 8.1 sends through asyncio.wait_for, which on Python 3.11 may swallow a cancellation: a caller that asks for
    ever would never end."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _try(*command: str | int) -> None:
    if _client is not None:
        try:
            await _client.execute_command(*command)
        except _AWAY as fault:
            _log.warning("%s %s lost: %r", command[0], command[-1], fault)


async def _count(key: str, seconds: int) -> int:
    if _client is not None:
        try:
            return int(await _client.eval(_COUNT, 1, key, str(seconds)))
        except _AWAY as fault:
            _log.warning("counting %s in this process: %r", key, fault)
    return _count_here(key, seconds)


def _count_here(key: str, seconds: int) -> int:
    present = time.monotonic()
    if len(_local) >= _LOCAL_KEYS:
        for old in [name for name, (end, _) in _local.items() if end <= present]:
            del _local[old]
    end, count = _local.get(key, (0.0, 0))
    if end <= present:
        end, count = present + seconds, 0
    _local[key] = (end, count + 1)
    return count + 1
