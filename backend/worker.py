"""The worker process: jobs, rounds by the clock, the sealing of traces, and a heartbeat."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence

from backend.features.files import storage
from backend.features.live import duties, media
from backend.features.replays import duties as recordings
from backend.kit import db, jobs, redis, tokens
from backend.kit.commit import LOSSES
from backend.kit.health import beat
from backend.kit.settings import Settings
from backend.traces.seals import seal

_log = logging.getLogger("wake.worker")

SEAL_SECONDS = 1.0
BEAT_SECONDS = 3.0
DUTIES = (duties, recordings)  # importing a module of jobs registers them


def main(_arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Work until SIGTERM or SIGINT; what is under way is finished. Answers the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(run(Settings.load(environ)))
    return 0


async def run(settings: Settings) -> None:
    """Open what is needed and work until a signal says to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tokens.use(settings.secret)
    media.use(settings)
    recordings.use(storage.of(settings))
    redis.open_redis(settings.redis_url)
    await db.open_pool(settings)
    try:
        await work(stop, settings.database_url)
    finally:
        await db.close_pool()
        await redis.close_redis()


async def work(stop: asyncio.Event, dsn: str) -> None:
    """Do everything side by side until `stop` is set."""
    await asyncio.gather(
        jobs.work(stop, dsn),
        _again(stop, SEAL_SECONDS, seal),
        _again(stop, BEAT_SECONDS, lambda: beat("worker")),
    )


async def _again(stop: asyncio.Event, seconds: float, task: Callable[[], Awaitable[object]]) -> None:
    """Do it again and again; while the database is away, keep trying."""
    while not stop.is_set():
        try:
            await task()
        except LOSSES as fault:
            _log.warning("the database is away: %r", fault)
        await jobs.pause(stop, seconds)
