"""What follows from traces, in the database: reversal, late days, progress, and the same again after a rebuild."""

import random
from datetime import date, timedelta
from uuid import UUID

import pytest

from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.projections.points.notices import Credited
from backend.projections.streaks.notices import StreakGrown
from backend.projections.streaks.queries import streak_on
from backend.record import rebuild, record
from backend.traces.statement import Object, Result, Statement
from backend.traces.verbs import ATTENDED, CHECKED_IN, COMPLETED, PROGRESSED, TAUGHT
from tests.backend.acts import MONDAY, NOON, ORG, balance, make_act, make_check_in, make_void
from tests.rebuild import assert_rebuild_equals_live

pytestmark = pytest.mark.usefixtures("kit")


def make_completion(employee: UUID, lesson: UUID, score: int = 100) -> Statement:
    result = Result(score=score, extensions={"version": 1, "answers": []})
    return make_act(COMPLETED, employee, Object(lesson, "lesson", "Lesson"), result=result)


async def test_a_voided_trace_is_reversed_and_recredited() -> None:
    employee, lesson = uuid7(), uuid7()
    first = make_completion(employee, lesson)
    await record(first, make_completion(employee, lesson, 50))
    assert await balance(employee) == 10
    (voided,) = await record(make_void(first))
    (reversal,) = voided.notices
    assert isinstance(reversal, Credited)
    assert (reversal.employee, reversal.amount) == (employee, -10)
    assert await balance(employee) == 0
    await record(make_void(first))
    assert await balance(employee) == 0
    await record(make_completion(employee, lesson))
    assert await balance(employee) == 10
    await assert_rebuild_equals_live()


async def test_attendance_and_teaching_pay_by_share_and_minutes() -> None:
    viewer, host, session = uuid7(), uuid7(), Object(uuid7(), "live-session", "Live")
    figures = {"liveMs": 1, "replayMs": 0, "creditedMs": 1, "onAirMs": 1, "share": 7500}
    attended = make_act(ATTENDED, viewer, session, result=Result(extensions=figures))
    taught = make_act(TAUGHT, host, session, result=Result(extensions={"minutes": 90}))
    told = await record(attended, taught)
    assert [notice.amount for one in told for notice in one.notices if isinstance(notice, Credited)] == [15, 60]
    assert (await balance(viewer), await balance(host, "teaching")) == (15, 60)
    assert await db.fetchval("select share from attended where person = $1", viewer) == 7500
    better = make_act(ATTENDED, viewer, session, result=Result(extensions={**figures, "share": 10000, "revision": 2}))
    await record(make_void(attended), better)
    assert await balance(viewer) == 20
    row = await db.fetchrow("select share, trace, revision from attended where person = $1", viewer)
    assert row is not None
    assert tuple(row) == (10000, better.id, 2)
    await assert_rebuild_equals_live()


async def test_a_new_version_of_a_rule_pays_from_its_day_on_and_is_never_retroactive() -> None:
    employee = uuid7()
    change = NOON + timedelta(days=30)
    await db.execute("update point_rule set valid_to = $1 where code = 'check-in' and version = 1", change)
    await db.execute(
        "insert into point_rule select code, 2, verb, object_type, account, 5, per, once, 5, week_cap, $1, null"
        " from point_rule where code = 'check-in' and version = 1",
        change,
    )
    with clock.travel(NOON):
        await record(make_check_in(employee))
    with clock.travel(change):
        await record(make_check_in(employee, MONDAY + timedelta(days=30)))
    amounts = await db.fetch("select version, amount from point_entry where employee = $1 order by position", employee)
    assert [tuple(row) for row in amounts] == [(1, 10), (2, 5)]
    await assert_rebuild_equals_live()


async def test_a_check_in_that_comes_late_joins_the_streak() -> None:
    employee = uuid7()
    days = [date(2026, 11, day) for day in (9, 10, 12, 13)]
    for day in days:
        await record(make_check_in(employee, day))
    assert (await streak_on(employee, ORG, date(2026, 11, 13))).streak == 4
    (late,) = await record(make_check_in(employee, date(2026, 11, 11)))
    assert any(isinstance(notice, StreakGrown) and notice.streak == 3 for notice in late.notices)
    seen = await streak_on(employee, ORG, date(2026, 11, 13))
    assert (seen.streak, seen.longest, seen.freezes, seen.done) == (5, 5, 2, True)
    assert [state for _, state in seen.week] == ["done"] * 5 + ["off"] * 2
    await assert_rebuild_equals_live()


async def test_a_voided_check_in_leaves_the_streak() -> None:
    employee = uuid7()
    acts = [make_check_in(employee, date(2026, 11, day)) for day in (9, 10, 11)]
    await record(*acts)
    await record(make_void(acts[1]))
    seen = await streak_on(employee, ORG, date(2026, 11, 12))
    assert (seen.streak, seen.longest, seen.freezes) == (2, 2, 1)
    assert [state for _, state in seen.week] == ["done", "frozen", "done", "today", "ahead", "off", "off"]
    await assert_rebuild_equals_live()


async def test_a_day_off_counts_from_its_declaration() -> None:
    employee = uuid7()
    await record(make_check_in(employee, date(2026, 11, 9)))
    await record(make_check_in(employee, date(2026, 11, 16)))
    assert (await streak_on(employee, ORG, date(2026, 11, 16))).streak == 1
    for day in (10, 11, 12, 13):
        await db.execute("insert into day_off values ($1, $2, $3)", ORG, date(2026, 11, day), clock.now())
    other = uuid7()
    await record(make_check_in(other, date(2026, 11, 9)))
    await record(make_check_in(other, date(2026, 11, 16)))
    assert (await streak_on(other, ORG, date(2026, 11, 16))).streak == 2
    assert (await streak_on(employee, ORG, date(2026, 11, 16))).streak == 1
    await assert_rebuild_equals_live()


async def test_progress_goes_forward_only() -> None:
    employee, lesson = uuid7(), Object(uuid7(), "lesson", "Lesson")
    for card in (2, 4, 1):
        told = {"version": 1, "card": card, "cards": 5, "answers": [{"chosen": [card]}]}
        await record(make_act(PROGRESSED, employee, lesson, result=Result(extensions=told)))
    row = await db.fetchrow("select state, card, answers::text from lesson_progress where employee = $1", employee)
    assert row is not None
    assert tuple(row) == ("started", 4, '[{"chosen": [4]}]')
    await record(make_completion(employee, lesson.id, 80), make_completion(employee, lesson.id, 60))
    row = await db.fetchrow("select state, card, score from lesson_progress where employee = $1", employee)
    assert row is not None
    assert tuple(row) == ("done", 5, 80)
    await assert_rebuild_equals_live()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_rebuilt_equals_live_whatever_happened_in_whatever_batches(seed: int) -> None:
    chance = random.Random(seed)
    people, lessons = [uuid7() for _ in range(8)], [uuid7() for _ in range(3)]
    said: list[Statement] = []

    def make_any() -> Statement:
        kind = chance.choice([CHECKED_IN, CHECKED_IN, COMPLETED, PROGRESSED, TAUGHT, "void"])
        who, lesson = chance.choice(people), Object(chance.choice(lessons), "lesson", "Lesson")
        if kind == "void" and said:
            return make_void(chance.choice(said))
        told = {"version": chance.randint(1, 2), "card": chance.randint(0, 5), "cards": 6, "minutes": 25}
        day = MONDAY + timedelta(days=chance.randint(-20, 20))
        return make_act(kind, who, lesson, day=day, result=Result(score=chance.randint(0, 100), extensions=told))

    for size in (1, 40, 3, 100, 1, 1, 60):
        batch = [make_any() for _ in range(size)]
        said += batch
        await record(*batch)
    await assert_rebuild_equals_live()
    sums = "select employee, account, sum(amount) from {} group by 1, 2 order by 1, 2"
    live = await db.fetch(sums.format("point_entry"))
    assert live == await db.fetch(sums.format("point_day")) == await db.fetch(sums.format("point_balance"))
    before = await db.fetch("select * from streak order by employee, day")
    await rebuild()
    assert await db.fetch("select * from streak order by employee, day") == before
    await assert_rebuild_equals_live()
