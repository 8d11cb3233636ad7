"""Jobs commit with the work they follow from, are done once it has committed, and outlive lost connections."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
import pytest_asyncio

from backend.kit import db, jobs
from backend.kit.settings import Settings
from tests.expect import eventually


class Note(msgspec.Struct):
    """What the test's job is given."""

    text: str


done: list[str] = []
failures: dict[str, int] = {}


@jobs.job("note")
async def note(payload: Note) -> None:
    if failures.get(payload.text, 0) > 0:
        failures[payload.text] -= 1
        raise ValueError(payload.text)
    done.append(payload.text)


@pytest_asyncio.fixture(scope="module", autouse=True)
async def worker(kit: Settings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(jobs.work(stop, kit.database_url))
    yield
    stop.set()
    await task


async def test_a_job_is_done_after_its_transaction_and_not_without_it() -> None:
    async def roll_back() -> None:
        async with db.transaction():
            await jobs.enqueue("note", Note("rolled back"))
            raise ZeroDivisionError

    async with db.transaction():
        await jobs.enqueue("note", Note("committed"))
        assert "committed" not in done
    with pytest.raises(ZeroDivisionError):
        await roll_back()
    await eventually("the job is done", lambda: "committed" in done)
    assert "rolled back" not in done


async def test_a_failing_job_is_tried_again() -> None:
    failures["shaky"] = 1
    async with db.transaction():
        await jobs.enqueue("note", Note("shaky"))
    await eventually("the job is done at last", lambda: "shaky" in done)


async def keyed() -> int:
    return int(await db.fetchval("select count(*) from pgqueuer where dedupe_key = 'k'"))


async def nothing_keyed() -> bool:
    return await keyed() == 0


async def test_the_same_key_waits_only_once() -> None:
    for _ in range(3):
        async with db.transaction():
            await jobs.enqueue("note", Note("keyed"), delay=timedelta(seconds=0.5), dedupe_key="k")
    assert await keyed() == 1
    await eventually("the job is done", lambda: "keyed" in done)
    await eventually("its key is free", nothing_keyed)
    async with db.transaction():
        await jobs.enqueue("note", Note("keyed later"), dedupe_key="k")
    await eventually("the later job is done", lambda: "keyed later" in done)


async def test_jobs_go_on_after_every_connection_was_cut() -> None:
    await db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
        " and datname = current_database()"
    )

    async def enqueue() -> bool:
        async with db.transaction():
            await jobs.enqueue("note", Note("after the cut"))
        return True

    await enqueue()
    await eventually("the worker is back", lambda: "after the cut" in done, timeout=20)
