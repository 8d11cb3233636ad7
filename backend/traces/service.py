"""Appending to the log, and reading it in its order. Only `backend.record` appends."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.kit import db
from backend.traces.statement import Statement, Trace, canonical, decode
from backend.traces.verbs import VOIDED

# Beyond this many employees one lock on the log is cheaper than one on each (and PostgreSQL's lock table is finite).
_MANY = 2_000

_APPEND = """
with fresh as (
    insert into trace (id, org, actor, verb, object, object_type, timestamp, stored, day, source, statement)
    select id, org, actor, verb, object, object_type, timestamp, $11, day, source, statement
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[],
        $8::date[], $9::text[], $10::text[])
        as new (id, org, actor, verb, object, object_type, timestamp, day, source, statement)
    on conflict (id) do nothing
    returning position, id
), waiting as (insert into unsealed (trace) select id from fresh)
select position, id from fresh order by position
"""
_FOUND = "select position, stored, statement from trace where id = any($1) order by position"
_OWNERS = "select actor from trace where id = any($1) and actor is not null"
_LOCK = "select count(pg_advisory_xact_lock(key)) from unnest($1::bigint[]) key"
_PAGE = "select position, stored, statement from trace where position > $1 order by position limit $2"


async def lock(statements: Sequence[Statement]) -> None:
    """Let nobody else record for these employees until the transaction ends; in one order, so nobody deadlocks."""
    people = {statement.actor for statement in statements if statement.actor is not None}
    if voided := [statement.object.id for statement in statements if statement.verb == VOIDED]:
        people |= {row["actor"] for row in await db.fetch(_OWNERS, voided)}
    if len(people) > _MANY:
        await db.execute("lock table trace in share row exclusive mode")
    elif people:
        await db.fetchval(_LOCK, sorted({_lock_key(person) for person in people}))


def _lock_key(person: UUID) -> int:
    return int.from_bytes(person.bytes[8:], signed=True)


async def append(statements: Sequence[Statement], stored: datetime) -> list[Trace]:
    """Add what is not there yet to the log and answer it in the log's order."""
    things = [statement.object for statement in statements]
    rows = await db.fetch(
        _APPEND,
        [statement.id for statement in statements],
        [statement.org for statement in statements],
        [statement.actor for statement in statements],
        [statement.verb for statement in statements],
        [thing.id for thing in things],
        [thing.type for thing in things],
        [statement.timestamp for statement in statements],
        [statement.day for statement in statements],
        [statement.source for statement in statements],
        [canonical(statement) for statement in statements],
        stored,
    )
    by_id: dict[UUID, Statement] = {}
    for statement in statements:
        by_id.setdefault(statement.id, statement)
    return [Trace(row["position"], stored, by_id[row["id"]]) for row in rows]


async def found(ids: Sequence[UUID]) -> dict[UUID, Trace]:
    """The traces with these ids, as far as they exist."""
    traces = [_trace(row) for row in await db.fetch(_FOUND, ids)]
    return {trace.statement.id: trace for trace in traces}


async def in_order(size: int = 500) -> AsyncIterator[list[Trace]]:
    """The whole log from its beginning, in pages."""
    position = 0
    while rows := await db.fetch(_PAGE, position, size):
        position = rows[-1]["position"]
        yield [_trace(row) for row in rows]


def _trace(row: asyncpg.Record) -> Trace:
    return Trace(row["position"], row["stored"], decode(row["statement"]))
