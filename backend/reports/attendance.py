"""Attendance of a live session as people read it: computed from the raw record by the rule, before and
after closing, so that it equals what `wake attendance recompute` makes of the export."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from backend.features.live import sessions
from backend.features.live.sessions import Session
from backend.kit import db
from backend.kit.problems import Forbidden, NotFound
from backend.people import access
from backend.people.principal import Principal
from backend.people.schemas import Person
from backend.projections.attendance.explain import explain
from backend.projections.attendance.intervals import intersect, measure, union
from backend.projections.attendance.queries import case_of
from backend.projections.attendance.rules import POLICY_VERSION, Case, Record, attend
from backend.reports.schemas import AttendanceLine, AttendanceReport, Gap

_EPOCH = datetime.fromtimestamp(0, UTC)

_PEOPLE = """
select e.id, e.name, u.name as unit, coalesce(sum(p.amount), 0)::int as points
from employee e join unit u on u.id = e.unit
    left join point_entry p on p.employee = e.id and p.object = $1 and p.account = 'learning'
where e.id = any($2) and ($3::uuid[] is null or u.path && $3)
group by e.id, u.id order by e.name, e.id
"""

_REACH = """
select count(*) from employee e join unit u on u.id = e.unit where u.path @> array[$1::uuid] and e.status <> 'left'
"""


async def everybody(principal: Principal, session: UUID) -> AttendanceReport:
    """Everybody's lines for the host; for a manager those of the people they manage. Else Forbidden."""
    found = await _found(principal, session)
    managed = None if found.host == principal.employee else access.granted(principal, "manager")
    if managed == []:
        raise Forbidden
    case = await case_of(session)
    people = [UUID(person) for person in case.people if UUID(person) != found.host]
    return await _report(found, case, people, managed)


async def mine(principal: Principal, session: UUID) -> AttendanceReport:
    """My own line, also when I was never there."""
    found = await _found(principal, session)
    case = await case_of(session, principal.employee)
    own = {str(principal.employee): case.people.get(str(principal.employee), Record())}
    return await _report(found, replace(case, people=own), [principal.employee], None)


async def _found(principal: Principal, session: UUID) -> Session:
    """A session that was addressed to me, or that I lead or whose audience I manage."""
    found = await sessions.find(session)
    if found is None or found.org != principal.org or found.started_at is None:
        raise NotFound
    if found.unit in principal.unit_path or found.host == principal.employee:
        return found
    if await access.holds(principal, "manager", found.unit):
        return found
    raise NotFound


async def _report(session: Session, case: Case, people: list[UUID], managed: list[UUID] | None) -> AttendanceReport:
    rows = await db.fetch(_PEOPLE, session.id, people, managed)
    lines = [_line(case, Person(row["id"], row["name"], row["unit"]), row["points"]) for row in rows]
    window = (case.session.opened, case.session.closed)
    on_air = intersect(union(case.session.on_air), union([window]))
    return AttendanceReport(
        session=session.id,
        title=session.title,
        opened_at=_instant(case.session.opened),
        closed_at=session.ended_at,
        provisional=session.state != "closed",
        on_air_ms=measure(on_air),
        on_air=[_shifted(case, span) for span in on_air],
        policy=POLICY_VERSION,
        people=lines,
        average_share=sum(line.share for line in lines) // len(lines) if lines else 0,
        reach=int(await db.fetchval(_REACH, session.unit)),
    )


def _line(case: Case, person: Person, points: int) -> AttendanceLine:
    name = str(person.id)
    alone = replace(case, people={name: case.people[name]})
    credit, why = attend(alone)[name], explain(alone, name)
    return AttendanceLine(
        person=person,
        live_ms=credit.live_ms,
        replay_ms=credit.replay_ms,
        credited_ms=credit.credited_ms,
        on_air_ms=credit.on_air_ms,
        share=credit.share,
        points=points,
        present=[_shifted(case, span) for span in why.present],
        gaps=[Gap(*_shifted(case, (gap.start, gap.end)), gap.why) for gap in why.gaps],
        devices=len({stay.device for stay in case.people[name].stays}),
    )


def _shifted(case: Case, span: tuple[int, int]) -> tuple[int, int]:
    """From the case's clock to milliseconds since the opening."""
    return span[0] - case.session.opened, span[1] - case.session.opened


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)
