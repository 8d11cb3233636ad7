"""The hash chain: what was sealed cannot be altered, removed, added or reordered unseen."""

import asyncio

import pytest

from backend.commands import verify as wake_verify
from backend.kit import db
from backend.kit.settings import Settings
from backend.record import record
from backend.traces.seals import seal, verify_chain
from tests.backend.acts import ORG, make_check_in

pytestmark = pytest.mark.usefixtures("kit")


async def seal_all() -> None:
    while await seal():
        pass


async def tamper(sql: str, *args: object) -> list[str]:
    """Do what only an owner of the database could, look, and undo it."""
    breaks: list[str] = []
    try:
        async with db.transaction():
            await db.execute("alter table trace disable trigger all; alter table seal disable trigger all")
            await db.execute(sql, *args)
            breaks += (await verify_chain()).breaks
            raise LookupError
    except LookupError:
        return breaks


async def test_the_chain_holds_and_tells_its_tail() -> None:
    await record(*(make_check_in() for _ in range(5)))
    assert await seal() == 5
    await record(make_check_in())
    report = await verify_chain()
    assert (report.sealed, report.tail, report.breaks) == (5, 1, [])
    await seal_all()
    assert [row["seq"] for row in await db.fetch("select seq from seal where org = $1 order by seq", ORG)] == [
        *range(1, 7)
    ]


async def test_sealers_do_not_meet() -> None:
    await asyncio.gather(*(record(make_check_in()) for _ in range(50)))
    counts = await asyncio.gather(*(seal() for _ in range(4)))
    assert sum(counts) + await seal() == 50
    assert (await verify_chain()).breaks == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("update trace set statement = replace(statement, 'checked-in', 'checked-on') where id = $1", "was altered"),
        ("update trace set stored = stored + interval '1 second' where id = $1", "was altered"),
        ("update trace set actor = gen_random_uuid() where id = $1", "a column was altered"),
        ("update trace set day = day - 1 where id = $1", "a column was altered"),
        ("delete from trace where id = $1", "the trace is gone"),
        ("delete from seal where trace = $1", "follows"),
        ("update seal set hash = sha256(hash) where trace = $1", "was altered"),
    ],
)
async def test_tampering_is_found(sql: str, why: str) -> None:
    act = make_check_in()
    await record(make_check_in(), act, make_check_in())
    await seal_all()
    assert any(why in line for line in await tamper(sql, act.id))
    assert (await verify_chain()).breaks == []


async def test_a_trace_that_was_never_recorded_is_found() -> None:
    smuggled = make_check_in()
    (line,) = await tamper(
        "insert into trace (id, org, actor, verb, object, object_type, timestamp, stored, day, source, statement)"
        " select $1, org, actor, verb, object, object_type, timestamp, stored, day, source, statement from trace"
        " limit 1",
        smuggled.id,
    )
    assert "never recorded" in line


async def test_wake_verify_says_so(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "WAKE_SECRET": settings.secret,
        "WAKE_MEDIA_SECRET": settings.media_secret,
    }
    act = make_check_in()
    await record(act)
    await db.close_pool()
    try:
        assert await asyncio.to_thread(wake_verify, [], environ) == 0
        told = capsys.readouterr().out
    finally:
        await db.open_pool(settings)
    assert "0 breaks" in told
    assert "rebuilt equals live" in told
