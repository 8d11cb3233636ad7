"""Check in for the day: one act, one trace, and an answer made of what followed from it."""

from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.features.checkins import queries
from backend.features.checkins.contact import last_contact
from backend.features.checkins.rules import answered_right, day_of, is_late
from backend.features.checkins.schemas import CheckIn, CheckInToday
from backend.kit import clock
from backend.kit.ids import derived
from backend.people.principal import Principal
from backend.projections.points.notices import Credited
from backend.projections.streaks.notices import StreakGrown
from backend.projections.streaks.queries import streak_on
from backend.record import Recorded, TraceConflict, record
from backend.traces.service import found
from backend.traces.statement import Object, Result, Statement
from backend.traces.verbs import CHECKED_IN

_CLAIMS = ("mood", "answer", "choice")


async def check_in(principal: Principal, act: CheckInToday) -> CheckIn:
    """Count the act for the local day that can be believed; the same act again gets the first answer."""
    statement = await _statement(principal, act)
    try:
        (recorded,) = await record(statement)
    except TraceConflict:
        recorded = await _recorded_before(statement)
    return await _answer(principal, recorded)


async def _statement(principal: Principal, act: CheckInToday) -> Statement:
    zone, claimed, arrived = ZoneInfo(principal.zone), clock.claimed(act.occurred_at), clock.now()
    day = day_of(claimed, arrived, last_contact(principal, act.contact), zone)
    extensions = {name: value for name in _CLAIMS if (value := getattr(act, name)) is not None}
    if extensions:
        extensions |= await _question_answered(principal, day, act.choice)
    if is_late(claimed, arrived, day, zone):
        extensions["late"] = True
    return Statement(
        id=act.id,
        org=principal.org,
        actor=principal.employee,
        verb=CHECKED_IN,
        object=_daily(principal.org),
        timestamp=claimed,
        day=day,
        source="app",
        result=Result(extensions=extensions) if extensions else None,
        context={"zone": principal.zone},
    )


@lru_cache(maxsize=1024)
def _daily(org: UUID) -> Object:
    """What is checked in to: one thing per org."""
    return Object(derived(org, queries.OBJECT_TYPE), queries.OBJECT_TYPE, "check-in")


async def _question_answered(principal: Principal, day: date, choice: int | None) -> dict[str, Any]:
    """Which question the answer is to, and for a quiz whether it is right."""
    asked = await queries.question_of(principal, day)
    if asked is None:
        return {}
    right = answered_right(asked.right, choice)
    return {"question": str(asked.question.id)} | ({} if right is None else {"right": right})


async def _recorded_before(statement: Statement) -> Recorded:
    """The act on record, when it is the same but for what the server added to it (a question, its lateness)."""
    trace = (await found([statement.id])).get(statement.id)
    if trace is None or _claim(trace.statement) != _claim(statement):
        raise TraceConflict(id=str(statement.id))
    (recorded,) = await record(trace.statement)
    return recorded


def _claim(statement: Statement) -> tuple[object, ...]:
    extensions = statement.result.extensions if statement.result else {}
    return (
        *(statement.org, statement.actor, statement.verb, statement.timestamp),
        *(extensions.get(name) for name in _CLAIMS),
    )


async def _answer(principal: Principal, recorded: Recorded) -> CheckIn:
    statement, notices = recorded.statement, recorded.notices
    extensions = statement.result.extensions if statement.result else {}
    points = sum(notice.amount for notice in notices if isinstance(notice, Credited))
    grown = next((notice for notice in notices if isinstance(notice, StreakGrown)), None)
    return CheckIn(
        id=statement.id,
        day=statement.day,
        zone=statement.context["zone"],
        outcome="already" if not points else "late" if extensions.get("late") else "credited",
        points=points,
        streak=grown.streak if grown else await _streak(principal),
        milestone=grown.milestone if grown else None,
        right=extensions.get("right"),
    )


async def _streak(principal: Principal) -> int:
    return (await streak_on(principal.employee, principal.org, queries.today_of(principal))).streak
