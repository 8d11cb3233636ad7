"""Reads about people. Everything is scoped to the principal's org."""

from uuid import UUID

from backend.kit import clock, db
from backend.kit.problems import Forbidden, Invalid, NotFound
from backend.people.access import granted
from backend.people.principal import Principal
from backend.people.schemas import Employee, EmployeePage, GrantedRole, Me, UnitNode, UnitRef

_PAGE = 50

_ME = """
select e.*, o.name as company, u.name as unit_name,
       array(select p.name from unit p where p.id = any(u.path) order by cardinality(p.path)) as names
from employee e join unit u on u.id = e.unit join org o on o.id = e.org where e.id = $1
"""

_ROLES = """
select g.role, u.id, u.name from role_grant g join unit u on u.id = g.unit
where g.employee = $1 order by cardinality(u.path), u.rank, g.role
"""

_UNITS = """
select u.id, u.parent, u.name, u.kind, coalesce(m.members, 0) as members from unit u
left join (select above as id, count(*) as members
           from employee e join unit own on own.id = e.unit, unnest(own.path) above
           where e.org = $1 and e.status <> 'left' group by above) m using (id)
where u.org = $1 order by cardinality(u.path), u.rank, u.name, u.id
"""

_COLUMNS = """
select e.id, e.number, e.name, e.unit, u.name as unit_name, e.position, e.level, e.status, e.hired_on, e.zone
from employee e join unit u on u.id = e.unit
"""

_EMPLOYEES = """
where e.org = $1 and u.path && $2::uuid[]
  and ($3::uuid is null or $3 = any(u.path))
  and ($4 = '' or strpos(lower(e.name), lower($4)) > 0 or strpos(lower(e.number), lower($4)) > 0)
  and ($5::uuid is null or (e.name, e.id) > (select a.name, a.id from employee a where a.id = $5 and a.org = $1))
order by e.name, e.id limit $6
"""


_EMPLOYEE = "where e.id = $1 and e.org = $2"


async def me(principal: Principal) -> Me:
    """The employee behind the cookie, as they see themselves."""
    row = await db.fetchrow(_ME, principal.employee)
    if row is None:
        raise NotFound
    roles = await db.fetch(_ROLES, principal.employee)
    held = {grant.role for grant in principal.grants}
    return Me(
        id=row["id"],
        employee_number=row["number"],
        name=row["name"],
        company=row["company"],
        unit=UnitRef(row["unit"], row["unit_name"]),
        path=list(row["names"]),
        position=row["position"],
        level=row["level"],
        zone=row["zone"],
        language=row["language"],
        hired_on=row["hired_on"],
        status=row["status"],
        on_leaderboards=row["on_leaderboards"],
        roles=[GrantedRole(one["role"], UnitRef(one["id"], one["name"])) for one in roles],
        can_host=bool(held & {"expert", "publisher", "admin"}),
        can_publish=bool(held & {"publisher", "admin"}),
        can_manage=bool(held & {"manager", "admin"}),
        can_administer="admin" in held,
        now=clock.now(),
    )


async def units(principal: Principal) -> list[UnitNode]:
    """The org's tree, parents before children."""
    rows = await db.fetch(_UNITS, principal.org)
    return [UnitNode(row["id"], row["parent"], row["name"], row["kind"], row["members"]) for row in rows]


async def employees(principal: Principal, search: str, unit: UUID | None, after: str) -> EmployeePage:
    """A page of 50 by name, of the units that the principal manages. Raises Forbidden, Invalid."""
    reach = granted(principal, "manager")
    if not reach:
        raise Forbidden
    rows = await db.fetch(_COLUMNS + _EMPLOYEES, principal.org, reach, unit, search.strip(), _cursor(after), _PAGE + 1)
    page = [_employee(row) for row in rows[:_PAGE]]
    return EmployeePage(page, str(page[-1].id) if len(rows) > _PAGE else None)


async def employee(principal: Principal, employee_id: UUID) -> Employee:
    """One employee of the org."""
    row = await db.fetchrow(_COLUMNS + _EMPLOYEE, employee_id, principal.org)
    if row is None:
        raise NotFound
    return _employee(row)


def _cursor(after: str) -> UUID | None:
    try:
        return UUID(after) if after else None
    except ValueError:
        raise Invalid(errors=[{"path": "/query/after", "message": "not a cursor of ours"}]) from None


def _employee(row: db.Row) -> Employee:
    return Employee(
        id=row["id"],
        employee_number=row["number"],
        name=row["name"],
        unit=UnitRef(row["unit"], row["unit_name"]),
        position=row["position"],
        level=row["level"],
        status=row["status"],
        hired_on=row["hired_on"],
        zone=row["zone"],
    )
