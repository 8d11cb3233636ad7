"""The one road in: `record` appends statements to the log and lets every projection follow, in one transaction."""

from collections import defaultdict
from collections.abc import Container, Sequence
from itertools import islice
from uuid import UUID

import asyncpg
import msgspec

from backend.kit import clock, db
from backend.kit.commit import Culprits, GroupCommit
from backend.kit.problems import Conflict
from backend.projections.attendance.service import PROJECTION as ATTENDANCE
from backend.projections.points.service import PROJECTION as POINTS
from backend.projections.progress.service import PROJECTION as PROGRESS
from backend.projections.streaks.service import PROJECTION as STREAKS
from backend.traces import service as log
from backend.traces.projection import Notice, Projection, Told
from backend.traces.statement import Draft, Statement, Trace, draft, same_act

PROJECTIONS: tuple[Projection, ...] = (POINTS, STREAKS, PROGRESS, ATTENDANCE)


class TraceConflict(Conflict):
    """An id that is known for another act."""

    title = "This id belongs to another act"


class Recorded(msgspec.Struct, frozen=True):
    """The statement as it stands in the log. `fresh`: it was not there before; `notices` are the same either way."""

    statement: Statement
    fresh: bool
    notices: tuple[Notice, ...]


async def record(*statements: Statement) -> list[Recorded]:
    """Record statements, all or none, and answer after the commit, in their order.

    Inside a transaction it is a part of it; outside, concurrent callers share one. A statement that is known is
    answered as before; an id that is known for another act raises TraceConflict, and nothing of the call is kept.
    """
    if not statements:
        return []
    drafts = [draft(statement) for statement in statements]
    try:
        if not db.in_transaction():
            return await _road.put(drafts)
        async with db.transaction():
            return await _append(drafts)
    except Culprits as fault:
        raise next(iter(fault.faults.values())) from fault
    except asyncpg.UniqueViolationError as fault:
        # Two employees used one id at the same time: their locks differ, so the log itself told.
        raise TraceConflict from fault


async def _commit(calls: Sequence[Sequence[Draft]]) -> list[list[Recorded]]:
    """Many calls in one transaction; the culprits are calls."""
    everything = [draft for call in calls for draft in call]
    owner = [number for number, call in enumerate(calls) for _ in call]
    try:
        async with db.transaction():
            recorded = iter(await _append(everything))
    except Culprits as fault:
        raise Culprits({owner[index]: own for index, own in fault.faults.items()}) from fault
    return [list(islice(recorded, len(call))) for call in calls]


_road: GroupCommit[Sequence[Draft], list[Recorded]] = GroupCommit(_commit, weight=len)


async def _append(drafts: Sequence[Draft]) -> list[Recorded]:
    statements = [draft.statement for draft in drafts]
    await log.lock(statements)
    fresh = await log.append(drafts, clock.now())
    told = await _project(fresh)
    if len(fresh) == len(statements):
        return _answers(fresh, frozenset(), told)
    standing = {trace.statement.id: trace for trace in fresh}
    known = await log.found([statement.id for statement in statements if statement.id not in standing])
    standing |= known
    _refuse_conflicts(statements, standing)
    for projection in PROJECTIONS if known else ():
        told += await projection.recall(list(known.values()))
    return _answers([standing[statement.id] for statement in statements], known, told)


def _refuse_conflicts(statements: Sequence[Statement], standing: dict[UUID, Trace]) -> None:
    conflicts: dict[int, Exception] = {
        index: TraceConflict(id=str(statement.id))
        for index, statement in enumerate(statements)
        if (kept := standing[statement.id].statement) is not statement and not same_act(kept, statement)
    }
    if conflicts:
        raise Culprits(conflicts)


async def _project(traces: Sequence[Trace]) -> Told:
    told: Told = []
    for projection in PROJECTIONS if traces else ():
        told += await projection.project(traces)
    return told


def _answers(traces: Sequence[Trace], known: Container[UUID], told: Told) -> list[Recorded]:
    notices: dict[UUID, list[Notice]] = defaultdict(list)
    for trace, notice in told:
        notices[trace].append(notice)
    answers: list[Recorded] = []
    seen: set[UUID] = set()
    for statement in (trace.statement for trace in traces):
        fresh = statement.id not in known and statement.id not in seen
        seen.add(statement.id)
        answers.append(Recorded(statement, fresh, tuple(notices[statement.id])))
    return answers


async def rebuild(*names: str) -> int:
    """Empty the named projections (none: all) and let them follow the log again; answers how many traces it has.

    In one transaction in which nobody else can record; readers see the old rows until it commits.
    """
    chosen = [projection for projection in PROJECTIONS if not names or projection.name in names]
    async with db.transaction():
        await db.execute("lock table trace in exclusive mode")
        for table in _tables(chosen):
            await db.execute(f"delete from {table}")  # noqa: S608 - our own tables
        return await _replay(chosen)


async def differences() -> list[str]:
    """Rebuild everything aside and compare it with what is live, row for row; empty is the proof that they are equal.

    Nobody waits for it: temporary tables stand in front of the real ones, and one snapshot covers log and rows.
    """
    async with db.transaction():
        await db.execute("set transaction isolation level repeatable read")
        for table in _tables(PROJECTIONS):
            await db.execute(f"create temp table {table} (like public.{table} including all) on commit drop")
        await db.execute("discard plans")
        await _replay(PROJECTIONS)
        return [line for table in _tables(PROJECTIONS) for line in await _compare(table)]


def _tables(projections: Sequence[Projection]) -> list[str]:
    return [table for projection in projections for table in projection.tables]


async def _replay(projections: Sequence[Projection]) -> int:
    count = 0
    async for page in log.in_order():
        for projection in projections:
            await projection.project(page)
        count += len(page)
    return count


async def _compare(table: str) -> list[str]:
    only = "select row_to_json(r)::text from (table {0}.{2} except all table {1}.{2}) r limit 3"
    live = await db.fetch(only.format("public", "pg_temp", table))
    rebuilt = await db.fetch(only.format("pg_temp", "public", table))
    return [f"{table}, only {name}: {row[0]}" for name, rows in (("live", live), ("rebuilt", rebuilt)) for row in rows]
