"""Lesson progress follows from `progressed` and `completed` traces: one row per employee and lesson.

Their result says `version`, `card`, `cards` and `answers` in its extensions, and `score`.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from backend.kit import db
from backend.projections.progress.rules import Standing, advance
from backend.traces.projection import Projection, Told, nothing
from backend.traces.statement import Trace
from backend.traces.verbs import COMPLETED, PROGRESSED

_READ = """
select employee, lesson, state, card, cards, version, score, answers::text answers
from unnest($1::uuid[], $2::uuid[]) as asked (employee, lesson) join lesson_progress using (employee, lesson)
"""
_WRITE = """
insert into lesson_progress (employee, lesson, state, card, cards, version, score, answers, at)
select employee, lesson, state, card, cards, version, score, answers::jsonb, at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[], $8::text[],
    $9::timestamptz[]) as new (employee, lesson, state, card, cards, version, score, answers, at)
on conflict (employee, lesson) do update set
    state = excluded.state, card = excluded.card, cards = excluded.cards, version = excluded.version,
    score = excluded.score, answers = excluded.answers, at = excluded.at
"""

_Key = tuple[UUID, UUID]


async def project(traces: Sequence[Trace]) -> Told:
    """Bring every touched lesson of every employee forward."""
    relevant = [(key, trace) for trace in traces if (key := _key(trace))]
    if not relevant:
        return []
    standing = await _read(sorted({key for key, _ in relevant}))
    changed: dict[_Key, Trace] = {}
    for key, trace in relevant:
        after = advance(standing.get(key), trace.statement)
        if after is not standing.get(key):
            standing[key], changed[key] = after, trace
    await _write([(key, standing[key], trace) for key, trace in changed.items()])
    return []


def _key(trace: Trace) -> _Key | None:
    statement = trace.statement
    learnt = statement.verb in {PROGRESSED, COMPLETED} and statement.object.type == "lesson"
    return (statement.actor, statement.object.id) if learnt and statement.actor else None


async def _read(keys: Sequence[_Key]) -> dict[_Key, Standing]:
    rows = await db.fetch(_READ, [employee for employee, _ in keys], [lesson for _, lesson in keys])
    return {
        (row["employee"], row["lesson"]): Standing(
            row["state"], row["card"], row["cards"], row["version"], row["score"], msgspec.json.decode(row["answers"])
        )
        for row in rows
    }


async def _write(changed: Sequence[tuple[_Key, Standing, Trace]]) -> None:
    if changed:
        await db.execute(
            _WRITE,
            [employee for (employee, _), _, _ in changed],
            [lesson for (_, lesson), _, _ in changed],
            [standing.state for _, standing, _ in changed],
            [standing.card for _, standing, _ in changed],
            [standing.cards for _, standing, _ in changed],
            [standing.version for _, standing, _ in changed],
            [standing.score for _, standing, _ in changed],
            [msgspec.json.encode(standing.answers).decode() for _, standing, _ in changed],
            [trace.statement.timestamp for _, _, trace in changed],
        )


PROJECTION = Projection("progress", ("lesson_progress",), project, nothing)
