"""`/api/leaderboard`: who has gathered how much. Those who opted out are not shown to anybody."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Router, get
from litestar.params import FromQuery, QueryParameter

from backend.kit import db
from backend.people.principal import Principal, WakeRequest
from backend.people.schemas import Person
from backend.reports.points import monday_of, quarter_of, today_of
from backend.reports.schemas import Account, Leaderboard, Rank

_SHOWN = 50

Scope = Literal["team", "company"]
Period = Literal["week", "month", "quarter"]

_RANKS = """
with board as (
    select p.id, p.name, u.name unit, coalesce(sum(d.amount), 0)::int points
    from employee p join unit u on u.id = p.unit
    left join point_day d on d.employee = p.id and d.account = $4 and d.day between $5 and $6
    where p.org = $1 and p.status <> 'left' and p.on_leaderboards and ($2::uuid is null or $2 = any(u.path))
    group by p.id, u.name
), ranked as (
    select *, rank() over (order by points desc)::int rank, row_number() over (order by points desc, name, id) place,
        count(*) over ()::int people
    from board
)
select * from ranked where (points > 0 and place <= $7) or id = $3 order by place
"""


async def board(principal: Principal, scope: Scope, period: Period, account: Account) -> Leaderboard:
    """The first 50 with points of a unit (and all below) or the company; equal points share a rank."""
    today = today_of(principal)
    unit = principal.unit if scope == "team" else None
    rows = await db.fetch(
        _RANKS, principal.org, unit, principal.employee, account, first_day(today, period), today, _SHOWN
    )
    ranks = [_rank(row, principal) for row in rows]
    return Leaderboard(
        scope=scope,
        period=period,
        account=account,
        rows=[rank for rank, row in zip(ranks, rows, strict=True) if rank.points > 0 and row["place"] <= _SHOWN],
        mine=next((rank for rank in ranks if rank.me), None),
        people=rows[0]["people"] if rows else 0,
    )


def first_day(today: date, period: Period) -> date:
    """The day on which the period began."""
    if period == "week":
        return monday_of(today)
    return quarter_of(today) if period == "quarter" else today.replace(day=1)


def _rank(row: Any, principal: Principal) -> Rank:  # noqa: ANN401 - an asyncpg record
    return Rank(
        row["rank"], Person(row["id"], row["name"], row["unit"]), row["points"], row["id"] == principal.employee
    )


@get("/", operation_id="leaderboard")
async def leaderboard(
    request: WakeRequest,
    where: Annotated[Scope, QueryParameter(name="scope")],  # the name is Litestar's own
    period: FromQuery[Period],
    account: FromQuery[Account],
) -> Leaderboard:
    """The ranks of your unit or company."""
    return await board(request.user, where, period, account)


router = Router("/api/leaderboard", route_handlers=[leaderboard], tags=["points"])
