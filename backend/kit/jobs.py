"""Work for later: enqueued inside the business transaction, done by the worker, at least once.

A job's row commits together with what it follows from (the outbox). Jobs are idempotent: a worker that
dies in the middle leaves its job to another one. A job that fails is tried again with back-off.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import msgspec
from pgqueuer import PgQueuer, Queries
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.errors import PgqException
from pgqueuer.models import Job, Schedule

from backend.kit import db

_log = logging.getLogger("wake.jobs")

J = TypeVar("J", bound=Callable[..., Awaitable[None]])

_jobs: dict[str, Callable[..., Awaitable[None]]] = {}
_rounds: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {}

_ATTEMPTS = 12
_LONGEST_DELAY = timedelta(minutes=2)
_DEQUEUE = timedelta(seconds=5)
_ORPHANED = timedelta(seconds=10)
_RECONNECT_SECONDS = 0.5
_AWAY = (asyncpg.PostgresError, *db.GONE, TimeoutError, PgqException)


async def enqueue(
    entrypoint: str, payload: msgspec.Struct, *, delay: timedelta = timedelta(0), dedupe_key: str | None = None
) -> None:
    """Do `entrypoint` with `payload` once the current transaction has committed and `delay` passed.

    With a `dedupe_key`, nothing happens while another job has the same key: until it is done and, for
    moments, after. Such a job therefore reads the present state and does not carry it.
    """
    queries = Queries(AsyncpgDriver(db.connection()))
    await queries.enqueue(
        entrypoint,
        msgspec.json.encode(payload),
        execute_after=delay,
        dedupe_key=dedupe_key,
        on_conflict="skip",
    )


def job(entrypoint: str) -> Callable[[J], J]:
    """The decorated `async def f(payload: SomeStruct) -> None` does jobs of this name."""

    def register(function: J) -> J:
        _jobs[entrypoint] = function
        return function

    return register


def every(expression: str) -> Callable[[J], J]:
    """The decorated `async def f() -> None` runs by this crontab expression, on one worker at a time."""

    def register(function: J) -> J:
        _rounds[f"{function.__module__}.{function.__name__}"] = (expression, function)
        return function

    return register


async def work(stop: asyncio.Event, dsn: str) -> None:
    """Do jobs until `stop` is set; what is under way is finished. Outlives PostgreSQL's restarts."""
    while not stop.is_set():
        try:
            await _work_once(stop, dsn)
        except _AWAY as fault:
            _log.warning("jobs pause: %r", fault)
            await pause(stop, _RECONNECT_SECONDS)


async def _work_once(stop: asyncio.Event, dsn: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=2, max_size=4, command_timeout=30) as pool:
        queuer = PgQueuer(AsyncpgPoolDriver(pool))
        for name, function in _jobs.items():
            _register(queuer, name, function)
        for name, (expression, round_) in _rounds.items():
            _schedule(queuer, name, expression, round_)
        ending = asyncio.create_task(_end(stop, queuer.shutdown))
        try:
            await queuer.run(
                dequeue_timeout=_DEQUEUE, heartbeat_timeout=_ORPHANED, shutdown_on_listener_failure=True
            )
        finally:
            ending.cancel()


def _register(queuer: PgQueuer, name: str, function: Callable[..., Awaitable[None]]) -> None:
    (parameter,) = inspect.signature(function).parameters.values()

    async def run(one: Job) -> None:
        await function(msgspec.json.decode(one.payload or b"{}", type=parameter.annotation))

    queuer.entrypoint(name, on_failure="hold", executor_factory=_patient)(run)


def _patient(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
    return DatabaseRetryEntrypointExecutor(parameters, max_attempts=_ATTEMPTS, max_delay=_LONGEST_DELAY)


def _schedule(queuer: PgQueuer, name: str, expression: str, round_: Callable[[], Awaitable[None]]) -> None:
    async def run(_: Schedule) -> None:
        await round_()

    queuer.schedule(name, expression, clean_old=True)(run)


async def _end(stop: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stop.wait()
    shutdown.set()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so many seconds, or less when `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def registered() -> dict[str, Any]:
    """The names of all jobs and rounds, for tests and for the worker's greeting."""
    return {"jobs": sorted(_jobs), "rounds": sorted(_rounds)}
