"""The record road: append-only, idempotent, all or nothing, and alone with one's own mistake."""

import asyncio
from datetime import UTC, date, datetime

import asyncpg
import msgspec
import pytest

from backend.kit import db
from backend.kit.commit import DatabaseAway
from backend.kit.ids import uuid7
from backend.kit.settings import Settings
from backend.projections.points.notices import Credited
from backend.projections.streaks.notices import StreakGrown
from backend.record import TraceConflict, rebuild, record
from backend.traces.statement import Result, Unkeepable
from backend.traces.verbs import COMPLETED
from tests.backend.acts import MONDAY, NOON, balance, make_check_in
from tests.rebuild import assert_rebuild_equals_live

pytestmark = pytest.mark.usefixtures("kit")


async def test_check_in_credits_points_and_a_day() -> None:
    act = make_check_in()
    (recorded,) = await record(act)
    assert recorded.fresh
    credited, grown = recorded.notices
    assert isinstance(credited, Credited)
    assert (credited.employee, credited.account, credited.amount, credited.capped) == (act.actor, "learning", 10, 0)
    assert isinstance(grown, StreakGrown)
    assert (grown.day, grown.streak, grown.longest, grown.freezes, grown.milestone) == (MONDAY, 1, 1, 2, None)
    assert await balance(act.actor) == 10


@pytest.mark.parametrize(
    "sql", ["update trace set verb = 'x'", "delete from trace", "truncate trace", "delete from seal"]
)
async def test_the_log_refuses_to_change(sql: str) -> None:
    await record(make_check_in())
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await db.execute(sql)


async def test_the_same_act_again_answers_the_same_and_does_nothing() -> None:
    act = make_check_in()
    (first,) = await record(act)
    later = msgspec.structs.replace(act, day=date(2026, 11, 24))  # the server decides the day anew on a retry
    (second,) = await record(later)
    assert (first.fresh, second.fresh) == (True, False)
    assert second.notices == first.notices
    assert second.statement == act
    assert await balance(act.actor) == 10


async def test_another_act_under_a_known_id_is_a_conflict_and_nothing_of_the_call_is_kept() -> None:
    act, other = make_check_in(), make_check_in()
    await record(act)
    with pytest.raises(TraceConflict):
        await record(other, msgspec.structs.replace(act, timestamp=datetime(2026, 1, 1, tzinfo=UTC)))
    assert await balance(other.actor) == 0
    with pytest.raises(TraceConflict):
        async with db.transaction():
            await record(msgspec.structs.replace(act, actor=uuid7()))


async def test_a_conflict_in_a_shared_batch_stays_alone() -> None:
    act = make_check_in()
    await record(act)
    crowd = [make_check_in() for _ in range(20)]
    liar = msgspec.structs.replace(act, verb=COMPLETED)
    outcomes = await asyncio.gather(*map(record, [*crowd[:10], liar, *crowd[10:]]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(TraceConflict) == 1
    assert isinstance(outcomes[10], TraceConflict)
    assert sum([await balance(one.actor) for one in crowd]) == 200


async def test_a_bad_row_fails_alone() -> None:
    crowd = [make_check_in() for _ in range(30)]
    bad = make_check_in(source="rumour")
    outcomes = await asyncio.gather(*map(record, [*crowd[:15], bad, *crowd[15:]]), return_exceptions=True)
    assert [index for index, outcome in enumerate(outcomes) if isinstance(outcome, BaseException)] == [15]
    assert isinstance(outcomes[15], asyncpg.CheckViolationError)
    assert sum([await balance(one.actor) for one in crowd]) == 300


async def test_what_cannot_be_kept_is_refused_before_it_joins_others() -> None:
    with pytest.raises(Unkeepable):
        await record(make_check_in(result=Result(response="a\x00b")))
    with pytest.raises(Unkeepable):
        await record(make_check_in(timestamp=NOON.replace(tzinfo=None)))
    (kept,) = await record(make_check_in(result=Result(response="a\\u0000b")))
    assert kept.fresh


async def test_five_hundred_of_a_hundred_keys_credit_a_hundred() -> None:
    acts = [make_check_in() for _ in range(100)]
    answers = await asyncio.gather(*(record(acts[number % 100]) for number in range(500)))
    assert sum(answer[0].fresh for answer in answers) == 100
    for number, (answer,) in enumerate(answers):
        assert sum(notice.amount for notice in answer.notices if isinstance(notice, Credited)) == 10
        assert answer.statement == acts[number % 100]
    assert [await balance(act.actor) for act in acts] == [10] * 100
    await assert_rebuild_equals_live()


async def test_the_day_cap_holds_when_one_employee_checks_in_fifty_times_at_once() -> None:
    employee = uuid7()

    async def inside() -> None:
        async with db.transaction():
            await record(make_check_in(employee))

    await asyncio.gather(*(record(make_check_in(employee)) for _ in range(25)), *(inside() for _ in range(25)))
    assert await balance(employee) == 10
    assert await db.fetchval("select count(*) from streak where employee = $1", employee) == 1
    await assert_rebuild_equals_live()


async def test_inside_a_transaction_it_is_a_part_of_it() -> None:
    act = make_check_in()

    async def fail() -> None:
        async with db.transaction():
            await record(act)
            assert await balance(act.actor) == 10
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await balance(act.actor) == 0


async def test_a_lost_connection_loses_nothing_that_was_answered() -> None:
    acts = [make_check_in() for _ in range(600)]

    async def cut() -> None:
        for _ in range(5):
            await db.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid()"
            )

    outcomes = await asyncio.gather(*map(record, acts), cut(), return_exceptions=True)
    for act, outcome in zip(acts, outcomes[:-1], strict=True):
        assert await balance(act.actor) == 10 if isinstance(outcome, list) else isinstance(outcome, DatabaseAway)
    for act in acts:
        await record(act)
    assert sum([await balance(act.actor) for act in acts]) == 6000
    await assert_rebuild_equals_live()


async def test_whoever_gives_up_while_waiting_is_left_out_and_the_others_are_served() -> None:
    acts = [make_check_in() for _ in range(3)]
    tasks = [asyncio.create_task(record(act)) for act in acts]
    await asyncio.sleep(0)
    tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert [await balance(act.actor) for act in acts] == [10, 0, 10]


async def test_rebuild_brings_back_what_was_destroyed() -> None:
    act = make_check_in()
    await record(act)
    await db.execute("update point_balance set amount = amount + 1 where employee = $1", act.actor)
    with pytest.raises(AssertionError):
        await assert_rebuild_equals_live()
    await rebuild("points")
    assert await balance(act.actor) == 10
    await assert_rebuild_equals_live()


async def test_more_employees_than_locks_in_one_call(kit: Settings) -> None:
    acts = [make_check_in() for _ in range(2_500)]
    answers = await record(*acts)
    assert all(answer.fresh for answer in answers)
    assert kit.pool
