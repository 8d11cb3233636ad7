"""Transactions keep or drop exactly their own work, and always give their connection back."""

import asyncio

import asyncpg
import pytest
import pytest_asyncio

from backend.kit import db
from backend.kit.settings import Settings
from tests.expect import eventually


@pytest_asyncio.fixture(scope="module", autouse=True)
async def table(kit: Settings) -> None:
    await db.execute(
        "create table thing (n int primary key); "
        "create table late (n int references thing deferrable initially deferred)"
    )


async def things() -> set[int]:
    return {row["n"] for row in await db.fetch("select n from thing")}


async def insert_and_fail(number: int) -> None:
    async with db.transaction():
        await db.execute("insert into thing values ($1)", number)
        raise ZeroDivisionError


async def insert_what_the_commit_refuses() -> None:
    async with db.transaction():
        await db.execute("insert into late values (-1)")


async def sleeping() -> bool:
    return bool(await db.fetchval("select exists (select from pg_stat_activity where wait_event = 'PgSleep')"))


def everything_is_back() -> bool:
    pool = db.engine.pool
    return pool is not None and pool.get_idle_size() == pool.get_size()


async def test_a_failed_inner_transaction_takes_only_its_own_work_along() -> None:
    async with db.transaction():
        await db.execute("insert into thing values (1)")
        with pytest.raises(ZeroDivisionError):
            await insert_and_fail(2)
        async with db.transaction():
            await db.execute("insert into thing values (3)")
    assert {1, 3} <= await things()
    assert 2 not in await things()


async def test_a_refused_statement_in_an_inner_transaction_can_be_survived() -> None:
    async with db.transaction():
        await db.execute("insert into thing values (10)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await insert_and_fail(10)
        await db.execute("insert into thing values (11)")
    assert {10, 11} <= await things()


async def test_a_failed_commit_gives_the_connection_back() -> None:
    for _ in range(20):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await insert_what_the_commit_refuses()
    assert not db.in_transaction()
    assert everything_is_back()


async def test_a_cancelled_transaction_gives_the_connection_back() -> None:
    async def slow() -> None:
        async with db.transaction():
            await db.execute("insert into thing values (20)")
            await db.execute("select pg_sleep(60)")

    for _ in range(10):
        task = asyncio.create_task(slow())
        await eventually("the query runs", sleeping)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert 20 not in await things()
    assert everything_is_back()


async def test_hooks_run_after_the_outermost_commit_and_not_after_a_rollback() -> None:
    seen: list[str] = []

    async def note(what: str) -> None:
        assert not db.in_transaction()
        seen.append(what)

    async def fail(what: str) -> None:
        async with db.transaction():
            db.after_commit(lambda: note(what))
            raise ZeroDivisionError

    async with db.transaction():
        db.after_commit(lambda: note("outer"))
        async with db.transaction():
            db.after_commit(lambda: note("inner"))
        with pytest.raises(ZeroDivisionError):
            await fail("failed inner")
        assert seen == []
    with pytest.raises(ZeroDivisionError):
        await fail("failed outer")
    assert seen == ["outer", "inner"]


async def test_a_hook_outside_a_transaction_is_a_bug() -> None:
    async def nothing() -> None:
        raise AssertionError

    with pytest.raises(RuntimeError, match="outside"):
        db.after_commit(nothing)


async def test_a_killed_connection_tells_the_first_fault_and_the_pool_recovers() -> None:
    async def suffer() -> None:
        async with db.transaction():
            mine = await db.fetchval("select pg_backend_pid()")
            async with asyncpg.create_pool(**db.engine.config, min_size=1, max_size=1) as other:
                await other.execute("select pg_terminate_backend($1)", mine)
            await db.execute("select 1")

    with pytest.raises((asyncpg.AdminShutdownError, *db.GONE)):
        await suffer()
    assert await db.fetchval("select 1") == 1
