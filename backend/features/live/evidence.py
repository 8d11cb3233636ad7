"""Statements about a live session: who did what in it, and how we know."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.features.live.sessions import Session
from backend.kit import db
from backend.people.principal import Principal
from backend.traces.statement import Object, Result, Source, Statement

OBJECT_TYPE = "live-session"


def local_day(at: datetime, zone: str) -> date:
    """The date in a time zone (IANA name)."""
    return at.astimezone(ZoneInfo(zone)).date()


def by(
    principal: Principal,
    session: Session,
    verb: str,
    id_: UUID,
    at: datetime,
    source: Source,
    result: Result | None = None,
) -> Statement:
    """What a logged-in person did."""
    return about(session, verb, id_, at, source, (principal.employee, local_day(at, principal.zone)), result)


def about(
    session: Session,
    verb: str,
    id_: UUID,
    at: datetime,
    source: Source,
    actor: tuple[UUID, date] | None,
    result: Result | None = None,
) -> Statement:
    """What somebody (and their local day) or, with None, the platform did."""
    person, day = actor or (None, at.astimezone(UTC).date())
    return Statement(
        id=id_,
        org=session.org,
        actor=person,
        verb=verb,
        object=Object(id=session.id, type=OBJECT_TYPE, name=session.title),
        timestamp=at,
        day=day,
        source=source,
        result=result,
    )


async def days(people: list[UUID], at: datetime) -> dict[UUID, date]:
    """Each known person's local day at an instant."""
    rows = await db.fetch("select id, zone from employee where id = any($1)", people)
    return {row["id"]: local_day(at, row["zone"]) for row in rows}
