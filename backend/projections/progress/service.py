"""Lesson progress follows from `progressed` and `completed` traces: one row per employee and lesson.

Their result says `version`, `card`, `cards` and `answers` in its extensions, and `score`.
"""

from collections.abc import Sequence, Set
from uuid import UUID

import msgspec
from msgspec.structs import astuple

from backend.kit import db
from backend.projections.progress.rules import Standing, advance
from backend.traces.projection import Projection, Told, nothing
from backend.traces.statement import Trace
from backend.traces.verbs import COMPLETED, PROGRESSED

_READ = f"""
select employee, lesson, state, card, cards, version, score, answers::text answers
from {db.unnest("uuid uuid")} as asked (employee, lesson) join lesson_progress using (employee, lesson)
"""
_COLUMNS = ("employee", "lesson", "state", "card", "cards", "version", "score", "answers", "at")
_CHANGE = f"""
update lesson_progress set state = new.state, card = new.card, cards = new.cards, version = new.version,
    score = new.score, answers = new.answers::jsonb, at = new.at
from {db.unnest("uuid uuid text int int int int text timestamptz")}
    as new (employee, lesson, state, card, cards, version, score, answers, at)
where lesson_progress.employee = new.employee and lesson_progress.lesson = new.lesson
"""

_Key = tuple[UUID, UUID]


async def project(traces: Sequence[Trace]) -> Told:
    """Bring every touched lesson of every employee forward."""
    relevant = [(key, trace) for trace in traces if (key := _key(trace))]
    if not relevant:
        return []
    before = await _read({key for key, _ in relevant})
    standing = dict(before)
    changed: dict[_Key, Trace] = {}
    for key, trace in relevant:
        after = advance(standing.get(key), trace.statement)
        if after is not standing.get(key):
            standing[key], changed[key] = after, trace
    rows = {key: _row(key, standing[key], trace) for key, trace in changed.items()}
    await db.copy("lesson_progress", _COLUMNS, [row for key, row in rows.items() if key not in before])
    if known := [row for key, row in rows.items() if key in before]:
        await db.execute(_CHANGE, *db.arrays(known))
    return []


def _key(trace: Trace) -> _Key | None:
    statement = trace.statement
    learnt = statement.verb in {PROGRESSED, COMPLETED} and statement.object.type == "lesson"
    return (statement.actor, statement.object.id) if learnt and statement.actor else None


async def _read(keys: Set[_Key]) -> dict[_Key, Standing]:
    rows = await db.fetch(_READ, *db.arrays(keys))
    return {
        (row["employee"], row["lesson"]): Standing(
            row["state"], row["card"], row["cards"], row["version"], row["score"], msgspec.json.decode(row["answers"])
        )
        for row in rows
    }


def _row(key: _Key, standing: Standing, trace: Trace) -> tuple[object, ...]:
    *place, answers = astuple(standing)
    return *key, *place, msgspec.json.encode(answers).decode(), trace.statement.timestamp


PROJECTION = Projection("progress", ("lesson_progress",), project, nothing)
