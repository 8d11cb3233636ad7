"""Check in for the day, and ask the question of a day."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.features.channels.service import require_publisher
from backend.features.checkins import queries
from backend.features.checkins.rules import answered_right, day_of, is_late
from backend.features.checkins.schemas import AskQuestion, CheckIn, CheckInToday, Question
from backend.kit import clock, db, tokens
from backend.kit.ids import derived
from backend.kit.problems import Invalid
from backend.people.principal import Principal
from backend.projections.points.notices import Credited
from backend.projections.streaks.notices import StreakGrown
from backend.record import Recorded, record
from backend.traces.problems import TraceConflict
from backend.traces.service import found
from backend.traces.statement import Object, Result, Statement
from backend.traces.verbs import CHECKED_IN

_CONTACT = "check-in contact"
_CONTACT_LIFE = timedelta(days=30)
_CLAIMS = ("mood", "answer", "choice")


class Contact(Struct, frozen=True, array_like=True):
    """When (server time) the app of an employee last heard from us."""

    employee: UUID
    at: datetime


def contact_token(principal: Principal) -> str:
    """Proof for the app that it has heard from us now."""
    return tokens.sign(_CONTACT, Contact(principal.employee, clock.now()), _CONTACT_LIFE)


def last_contact(principal: Principal, token: str) -> datetime | None:
    """The instant in a token of this employee; None proves nothing."""
    contact = tokens.verify(_CONTACT, token, Contact) if token else None
    return contact.at if contact and contact.employee == principal.employee else None


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
        object=Object(derived(principal.org, "check-in"), "check-in", "check-in"),
        timestamp=claimed,
        day=day,
        source="app",
        result=Result(extensions=extensions) if extensions else None,
        context={"zone": principal.zone},
    )


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
        raise TraceConflict
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
        streak=grown.streak if grown else await queries.streak(principal),
        milestone=grown.milestone if grown else None,
        right=extensions.get("right"),
    )


class QuestionUnclear(Invalid):
    title = "A quiz needs at least two choices and one that is right; other questions have none"


class DayIsOver(Invalid):
    title = "That day is over"


async def ask(principal: Principal, channel: UUID, act: AskQuestion) -> Question:
    """Ask a channel's people something on one day, in the place of what it asked before.

    Raises DayIsOver for days that are over everywhere, QuestionUnclear for a quiz without an answer.
    """
    await require_publisher(principal, channel)
    if act.day < (clock.now() - timedelta(hours=12)).date():
        raise DayIsOver
    clear = act.right is not None and act.right < len(act.choices) if act.kind == "quiz" else act.right is None
    if not clear or (len(act.choices) > 1) != (act.kind == "quiz"):
        raise QuestionUnclear
    id_ = derived(channel, str(act.day), act.kind, act.text, *act.choices, str(act.right))
    await db.execute(
        _ASK, id_, principal.org, channel, act.day, act.kind, act.text, act.choices, act.right, principal.employee
    )
    return await queries.question(channel, act.day)


# What is asked has an id of its own: an answer says which of two questions of a day it is to.
_ASK = """
insert into question (id, org, channel, day, kind, text, choices, "right", asked_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (channel, day) do update set id = excluded.id, kind = excluded.kind, text = excluded.text,
    choices = excluded.choices, "right" = excluded."right", asked_by = excluded.asked_by
"""
