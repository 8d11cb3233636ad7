"""Check in for the day, and ask the question of a day."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.features.channels.service import require_publisher
from backend.features.checkins import queries
from backend.features.checkins.rules import Verdict, answered_right, verdict
from backend.features.checkins.schemas import AskQuestion, CheckIn, CheckInToday, Question
from backend.kit import clock, db, tokens
from backend.kit.ids import derived
from backend.kit.problems import Invalid
from backend.people.principal import Principal
from backend.projections.points.notices import Credited
from backend.projections.streaks.notices import StreakGrown
from backend.record import Recorded, TraceConflict, record
from backend.traces.statement import Object, Result, Statement
from backend.traces.verbs import CHECKED_IN

_CONTACT = "check-in contact"
_CONTACT_LIFE = timedelta(days=30)
_YESTERDAY = timedelta(days=1)


class Contact(Struct, frozen=True, array_like=True):
    """When (server time) the app of an employee last heard from us."""

    employee: UUID
    at: datetime


def contact_token(principal: Principal) -> str:
    """Proof for the app that it heard from us now."""
    return tokens.sign(_CONTACT, Contact(principal.employee, clock.now()), _CONTACT_LIFE)


def last_contact(principal: Principal, token: str) -> datetime | None:
    """The instant in a token of this employee; None proves nothing."""
    found = tokens.verify(_CONTACT, token, Contact) if token else None
    return found.at if found and found.employee == principal.employee else None


async def check_in(principal: Principal, act: CheckInToday) -> CheckIn:
    """Count the act for the local day that can be believed. The same act again answers the same."""
    zone = ZoneInfo(principal.zone)
    found = verdict(act.occurred_at, clock.now(), last_contact(principal, act.contact), zone)
    statement = await _statement(principal, act, found)
    try:
        (recorded,) = await record(statement)
    except TraceConflict:
        return await _first_answer(principal, act)
    if not recorded.fresh:
        return await _first_answer(principal, act)
    return await _answer(principal, recorded)
