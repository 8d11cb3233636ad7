"""`record()` with batches of 500 statements and every projection, beside a floor that only keeps the traces.

`python -m tests.bench.bench_record`. Half the statements are check-ins, half completed lessons, by 10,000 employees.
The floors insert the same traces into one bare table: by asyncpg's `executemany`, and by one `unnest`.
"""

import itertools
import os
import random
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from uuid import UUID

import uvloop

from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.kit.settings import Settings
from backend.record import differences, record
from backend.traces.statement import Object, Result, Statement, canonical
from backend.traces.verbs import CHECKED_IN, COMPLETED
from tests.bench.harness import Figure, Run, in_turn, measured, median, publish
from tests.bench.served import migrated, stores

TARGET = 10_000
BATCH = 500
BATCHES = 20
ROUNDS = 5
PEOPLE = 10_000
LESSONS = 200
FIRST_DAY = date(2026, 1, 1)
ORG = UUID(int=1)

BARE = """
create table bare_trace (id uuid primary key, org uuid, actor uuid, verb text, object uuid, object_type text,
    timestamp timestamptz, stored timestamptz, day date, source text, statement text)
"""
MANY = "insert into bare_trace values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
UNNEST = """
insert into bare_trace select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[],
    $7::timestamptz[], $8::timestamptz[], $9::date[], $10::text[], $11::text[])
"""

chance = random.Random(1)
turns = itertools.count()
people = [uuid7() for _ in range(PEOPLE)]
lessons = [Object(uuid7(), "lesson", "信息安全 · 第 3 课") for _ in range(LESSONS)]
check_in = Object(uuid7(), "check-in", "check-in")


def make_statement(number: int) -> Statement:
    """The next check-in (everybody once a day, day after day), or a lesson with three answers by anybody."""
    if number % 2:
        turn = next(turns)
        actor, day = people[turn % PEOPLE], FIRST_DAY + timedelta(days=turn // PEOPLE)
        verb, thing, result = CHECKED_IN, check_in, Result(extensions={"mood": 3})
    else:
        actor, day = chance.choice(people), FIRST_DAY
        answers = [{"card": str(uuid7()), "chosen": [1]} for _ in range(3)]
        verb, thing = COMPLETED, chance.choice(lessons)
        result = Result(100, True, True, 90_000, None, {"answers": answers})
    return Statement(
        id=uuid7(),
        org=ORG,
        actor=actor,
        verb=verb,
        object=thing,
        timestamp=clock.now(),
        day=day,
        source="app",
        result=result,
        context={"zone": "Asia/Shanghai"},
    )


def bare(statement: Statement) -> tuple[object, ...]:
    """The columns of a trace."""
    thing, at = statement.object, statement.timestamp
    return (
        statement.id, statement.org, statement.actor, statement.verb, thing.id, thing.type, at, at, statement.day,
        statement.source, canonical(statement),
    )  # fmt: skip


async def by_record(batch: Sequence[Statement]) -> None:
    """All of it: group commit, log, seal queue, points, streaks, progress, attendance."""
    await record(*batch)


async def by_many(batch: Sequence[Statement]) -> None:
    """The traces alone, row by row."""
    await db.executemany(MANY, [bare(statement) for statement in batch])


async def by_unnest(batch: Sequence[Statement]) -> None:
    """The traces alone, as arrays."""
    await db.execute(UNNEST, *(list(column) for column in zip(*map(bare, batch), strict=True)))


def contender(write: Callable[[Sequence[Statement]], Awaitable[None]]) -> Callable[[], Awaitable[Run]]:
    """Write some batches, one after the other."""

    async def run() -> Run:
        batches = [[make_statement(number) for number in range(BATCH)] for _ in range(BATCHES)]
        async with measured([os.getpid()], BATCH * BATCHES) as measure:  # PostgreSQL is our child
            for batch in batches:
                await write(batch)
        return measure

    return run


def rate(runs: Sequence[Run]) -> float:
    """Statements per second of wall clock, the median of the rounds."""
    return statistics.median(run.units / run.wall for run in runs)


async def main() -> int:
    """Print the table and write the result; 1 when the promise is broken."""
    with stores() as environment:
        await migrated(environment)
        await db.open_pool(Settings.load(environment))
        try:
            await db.execute(BARE)
            contenders = {
                "record": contender(by_record),
                "executemany": contender(by_many),
                "unnest": contender(by_unnest),
            }
            await in_turn(contenders, rounds=1)
            runs = await in_turn(contenders, ROUNDS)
            if wrong := await differences():
                raise RuntimeError(wrong[0])
        finally:
            await db.close_pool()
    figures = [
        Figure("record(), all projections", rate(runs["record"]), "statements/s", least=TARGET),
        Figure("floor: executemany into one table", rate(runs["executemany"]), "statements/s"),
        Figure("floor: one unnest into one table", rate(runs["unnest"]), "statements/s"),
        Figure("record(), with PostgreSQL", median(runs["record"]), "µs CPU/statement"),
        Figure("executemany, with PostgreSQL", median(runs["executemany"]), "µs CPU/statement"),
        Figure("unnest, with PostgreSQL", median(runs["unnest"]), "µs CPU/statement"),
    ]
    return 0 if publish("record", "record() in batches of 500", figures, runs) else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
