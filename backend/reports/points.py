"""`/api/points`: balances, entries, and for each entry the trace and the rule that made it."""

from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Router, get
from litestar.params import FromPath, FromQuery

from backend.kit import clock, db
from backend.kit.problems import Invalid, NotFound
from backend.people.access import granted
from backend.people.principal import Principal, WakeRequest
from backend.reports.schemas import Account, Balance, PointLine, PointReason, PointsPage, RuleVersion, TraceView

_PAGE = 50
_MONTHS_OF_A_QUARTER = 3
_LAST = 2**63 - 1

_BALANCES = """
select a.account, coalesce(b.amount, 0)::int total,
    coalesce(sum(d.amount) filter (where d.day = $2), 0)::int today,
    coalesce(sum(d.amount) filter (where d.day >= $3), 0)::int week,
    coalesce(sum(d.amount) filter (where d.day >= $4), 0)::int quarter
from unnest(array['learning', 'teaching']) a (account)
left join point_balance b on b.employee = $1 and b.account = a.account
left join point_day d on d.employee = $1 and d.account = a.account and d.day between least($3::date, $4::date) and $2
group by a.account, b.amount order by a.account
"""

# A reversal is told by what it takes back: the act and its object, not the correction.
_LINES = """
select e.id, e.account, e.amount, e.capped, e.rule, e.version, e.position, e.trace, e.stored at, t.verb,
    t.object subject_id, t.object_type subject_type, t.statement::jsonb -> 'object' ->> 'name' subject,
    e.reverses is not null reversal
from point_entry e
left join point_entry o on o.id = e.reverses
join trace t on t.id = coalesce(o.trace, e.trace)
"""
_PAGE_OF_LINES = f"""
{_LINES}
where e.employee = $1 and ($2::text is null or e.account = $2) and (e.position, e.id) < ($3, $4)
order by e.position desc, e.id desc limit $5
"""
_LINE = f"""
{_LINES} join employee p on p.id = e.employee join unit u on u.id = p.unit
where e.id = $1 and e.org = $2 and (e.employee = $3 or u.path && $4::uuid[])
"""
_RULE = """
select code, version, verb, amount, per, day_cap, week_cap, valid_from, valid_to
from point_rule where code = $1 and version = $2
"""
_TRACE = """
select t.id, t.verb, t.source, t.timestamp, t.stored, s.seq, s.hash, t.statement
from trace t left join seal s on s.trace = t.id where t.id = $1
"""


def today_of(principal: Principal) -> date:
    """The local day now."""
    return clock.now().astimezone(ZoneInfo(principal.zone)).date()


def monday_of(day: date) -> date:
    """The first day of its week (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return day.replace(month=day.month - (day.month - 1) % _MONTHS_OF_A_QUARTER, day=1)


async def balances(principal: Principal) -> list[Balance]:
    """Both accounts."""
    today = today_of(principal)
    rows = await db.fetch(_BALANCES, principal.employee, today, monday_of(today), quarter_of(today))
    return [Balance(**row) for row in rows]


async def page(principal: Principal, account: Account | None, before: str | None) -> PointsPage:
    """The newest 50 entries before a cursor."""
    rows = await db.fetch(_PAGE_OF_LINES, principal.employee, account, *_cursor(before), _PAGE + 1)
    lines = [_line(row) for row in rows[:_PAGE]]
    last = rows[_PAGE - 1] if len(rows) > _PAGE else None
    return PointsPage(await balances(principal), lines, f"{last['position']}.{last['id']}" if last else None)


def _cursor(before: str | None) -> tuple[int, UUID]:
    if before is None:
        return _LAST, UUID(int=0)
    try:
        position, id_ = before.split(".")
        return min(int(position), _LAST), UUID(id_)
    except ValueError:
        raise Invalid(errors=[{"path": "/query/before", "message": "not a cursor of ours"}]) from None


async def reason(principal: Principal, entry: UUID) -> PointReason:
    """Why an entry exists: one's own, or one of the people that one manages; NotFound for others."""
    row = await db.fetchrow(_LINE, entry, principal.org, principal.employee, granted(principal, "manager"))
    if row is None:
        raise NotFound
    (rule,) = await db.fetch(_RULE, row["rule"], row["version"])
    (trace,) = await db.fetch(_TRACE, row["trace"])
    return PointReason(_line(row), RuleVersion(**rule), _trace(trace), row["capped"])


def _line(row: Any) -> PointLine:  # noqa: ANN401 - an asyncpg record
    return PointLine(**{name: row[name] for name in PointLine.__struct_fields__})


def _trace(row: Any) -> TraceView:  # noqa: ANN401 - an asyncpg record
    return TraceView(
        id=row["id"],
        verb=row["verb"],
        source=row["source"],
        timestamp=row["timestamp"],
        stored=row["stored"],
        sequence=row["seq"],
        hash=row["hash"].hex() if row["hash"] else None,
        statement=msgspec.Raw(row["statement"].encode()),
    )


@get("/", operation_id="points")
async def points(
    request: WakeRequest,
    account: FromQuery[Literal["learning", "teaching"] | None] = None,
    before: FromQuery[str | None] = None,
) -> PointsPage:
    """Your balances and entries, the newest first."""
    return await page(request.user, account, before)


@get("/{entry_id:uuid}", operation_id="pointReason")
async def point_reason(request: WakeRequest, entry_id: FromPath[UUID]) -> PointReason:
    """Why an entry exists."""
    return await reason(request.user, entry_id)


router = Router("/api/points", route_handlers=[points, point_reason], tags=["points"])
