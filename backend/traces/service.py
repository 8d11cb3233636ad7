"""Appending to the log, and reading it in its order. Only `backend.record` appends."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.kit import db
from backend.traces.statement import Draft, Statement, Trace, decode
from backend.traces.verbs import VOIDED

# Beyond this many employees one lock on the log is cheaper than one on each (and PostgreSQL's lock table is finite).
_MANY = 2_000
_KEY = (1 << 63) - 1

_COLUMNS = (
    "position", "id", "org", "actor", "verb", "object", "object_type",
    "timestamp", "stored", "day", "source", "statement",
)  # fmt: skip
_PLACES = """
with place as (
    select nextval('trace_position_seq') position from generate_series(1, $2)
), waiting as (
    insert into unsealed select min(position), max(position) from place
)
select array(select id from trace where id = any($1::text::uuid[])) known, array(select position from place) positions
"""
_FOUND = "select position, stored, statement from trace where id = any($1) order by position"
_OWNERS = "select actor from trace where id = any($1) and actor is not null"
_LOCK = f"select count(pg_advisory_xact_lock(key)) from {db.unnest('bigint')} key"
_PAGE = "select position, stored, statement from trace where position > $1 order by position limit $2"


async def lock(statements: Sequence[Statement]) -> None:
    """Let nobody else record for these employees until the transaction ends; in one order, so nobody deadlocks.

    What the platform says belongs to nobody: there its id is locked, so that the same said twice meets itself.
    """
    owners = {(statement.actor or statement.id).int & _KEY for statement in statements}
    if voided := [statement.object.id for statement in statements if statement.verb == VOIDED]:
        owners |= {row["actor"].int & _KEY for row in await db.fetch(_OWNERS, voided)}
    if len(owners) > _MANY:
        await db.execute("lock table trace in share row exclusive mode")
    else:
        await db.fetchval(_LOCK, *db.arrays((owner,) for owner in sorted(owners)))


async def append(drafts: Sequence[Draft], stored: datetime) -> list[Trace]:
    """Add what is not there yet to the log and answer it in the log's order. Needs the lock."""
    (ids,) = db.arrays((draft.statement.id,) for draft in drafts)
    ((known, positions),) = await db.fetch(_PLACES, ids, len(drafts))
    seen = set(known)
    fresh: list[Trace] = []
    rows = []
    for position, draft in zip(positions, drafts, strict=True):
        if draft.statement.id not in seen:
            seen.add(draft.statement.id)
            fresh.append(Trace(position, stored, draft.statement))
            rows.append(_row(position, stored, draft))
    await db.copy("trace", _COLUMNS, rows)
    return fresh


def _row(position: int, stored: datetime, draft: Draft) -> tuple[object, ...]:
    one = draft.statement
    return (
        position, one.id, one.org, one.actor, one.verb, one.object.id, one.object.type,
        one.timestamp, stored, one.day, one.source, draft.text,
    )  # fmt: skip


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
