"""Statements for the tests of the record and its projections."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.kit import db
from backend.kit.ids import uuid7
from backend.traces.statement import Object, Result, Statement
from backend.traces.verbs import CHECKED_IN, VOIDED

MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ORG = UUID(int=1)


def make_act(verb: str, actor: UUID | None = None, thing: Object | None = None, **other: Any) -> Statement:
    """Any act; what is not said has a plain value."""
    fields: dict[str, Any] = {
        "id": uuid7(),
        "org": ORG,
        "actor": actor,
        "verb": verb,
        "object": thing or Object(UUID(int=2), "thing", "thing"),
        "timestamp": NOON,
        "day": MONDAY,
        "source": "app",
    }
    return Statement(**(fields | other))


def make_check_in(employee: UUID | None = None, day: date = MONDAY, **other: Any) -> Statement:
    """A check-in, by somebody new unless said."""
    return make_act(CHECKED_IN, employee or uuid7(), day=day, **other)


def make_void(trace: Statement) -> Statement:
    """The platform takes a trace back."""
    return make_act(VOIDED, None, Object(trace.id, "trace", "trace"), source="relay")


def make_told(session: UUID, verb: str, at: float, person: UUID | None = None, **told: Any) -> Statement:
    """Something about a live session, `at` seconds after noon."""
    return make_act(
        verb,
        person,
        Object(session, "live-session", "live"),
        timestamp=NOON + timedelta(seconds=at),
        source="relay",
        result=Result(extensions=told),
    )


async def balance(employee: UUID | None, account: str = "learning") -> int:
    """Points of an account."""
    sql = "select coalesce(sum(amount), 0) from point_balance where employee = $1 and account = $2"
    return int(await db.fetchval(sql, employee, account))
