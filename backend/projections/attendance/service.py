"""The raw record of live sessions, as the relay, the host and the viewers told it, and what was credited.

A live session's trace has the session as its object; what the relay told has the relay's own words in the
result's extensions. It may come late and in any order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.kit import db
from backend.projections.attendance import writes
from backend.traces import verbs
from backend.traces.projection import Projection, Told, nothing
from backend.traces.statement import Statement, Trace

SESSION = "live-session"

_EPOCH = datetime.fromtimestamp(0, UTC)

_Row = tuple[object, ...]
_Rows = Iterator[tuple[str, _Row]]


def milliseconds(instant: datetime) -> int:
    """An instant as whole milliseconds since the Unix epoch, rounded down."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def _instant(value: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=value)


def _told(statement: Statement) -> dict[str, Any]:
    return statement.result.extensions if statement.result else {}


def _window(one: Statement) -> _Rows:
    opened = one.verb == verbs.OPENED
    at = one.timestamp
    yield writes.WINDOW, (one.object.id, at if opened else None, None if opened else at)


def _stay(one: Statement) -> _Rows:
    told = _told(one)
    left = one.timestamp if one.verb == verbs.LEFT else None
    yield writes.STAY, (UUID(told["stay"]), one.object.id, one.actor, told["device"], one.timestamp, left, 0)


def _beat(one: Statement) -> _Rows:
    for each in _told(one)["people"]:
        stay, person = UUID(each["stay"]), UUID(each["person"])
        yield writes.STAY, (stay, one.object.id, person, each["device"], one.timestamp, None, int(each["mediaMs"]))


def _on_air(one: Statement) -> _Rows:
    told, began = _told(one), one.verb == verbs.PUBLISHED
    since, until = (one.timestamp, None) if began else (None, one.timestamp)
    yield writes.ON_AIR, (UUID(told["publication"]), one.object.id, told["seat"], since, until)


def _fault(one: Statement) -> _Rows:
    told = _told(one)
    yield writes.FAULT, (one.id, one.object.id, _instant(told["from"]), _instant(told["to"]))


def _act(one: Statement) -> _Rows:
    yield writes.ACT, (one.id, one.object.id, one.actor, one.timestamp)


def _prompt(one: Statement) -> _Rows:
    yield writes.PROMPT, (one.id, one.object.id, one.timestamp)


def _answer(one: Statement) -> _Rows:
    yield writes.ANSWER, (UUID(_told(one)["prompt"]), one.actor, one.object.id, one.timestamp)


def _replay(one: Statement) -> _Rows:
    told = _told(one)
    yield writes.REPLAY, (one.id, one.object.id, one.actor, _instant(told["from"]), _instant(told["to"]))


_RAW: dict[str, Callable[[Statement], _Rows]] = {
    verbs.OPENED: _window,
    verbs.ENDED: _window,
    verbs.JOINED: _stay,
    verbs.LEFT: _stay,
    verbs.BEAT: _beat,
    verbs.PUBLISHED: _on_air,
    verbs.UNPUBLISHED: _on_air,
    verbs.FAULTED: _fault,
    verbs.COMMENTED: _act,
    verbs.PROMPTED: _prompt,
    verbs.CONFIRMED: _answer,
    verbs.REPLAYED: _replay,
}


async def project(traces: Sequence[Trace]) -> Told:
    """Keep what was told, one statement for each kind of it."""
    rows: dict[str, list[_Row]] = defaultdict(list)
    for trace in traces:
        statement = trace.statement
        if statement.object.type == SESSION and (read := _RAW.get(statement.verb)):
            for sql, row in read(statement):
                rows[sql].append(row)
    for sql, each in sorted(rows.items()):
        await db.execute(sql, *db.arrays(each))
    await _credit([trace.statement for trace in traces])
    return []


async def _credit(statements: Sequence[Statement]) -> None:
    standing: dict[tuple[UUID, UUID | None], _Row] = {}
    voided: set[UUID] = set()
    for one in statements:
        if one.verb == verbs.VOIDED:
            voided.add(one.object.id)
        elif one.verb == verbs.ATTENDED:
            standing[one.object.id, one.actor] = _attended(one)
    if voided:
        await db.execute(writes.TAKE_BACK, list(voided))
    if kept := [row for row in standing.values() if row[7] not in voided]:
        await db.execute(writes.ATTENDED, *db.arrays(kept))


def _attended(one: Statement) -> _Row:
    told = _told(one)
    figures = (told[name] for name in ("liveMs", "replayMs", "creditedMs", "onAirMs", "share"))
    return (one.object.id, one.actor, *figures, one.id, told.get("revision", 1))


PROJECTION = Projection(
    "attendance",
    ("session_window", "stay", "on_air", "fault", "act", "prompt", "prompt_answer", "replay", "attended"),
    project,
    nothing,
)
