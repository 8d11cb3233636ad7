"""What one may do is role × unit. `admin` includes every other role; a grant holds for all below."""

from collections.abc import Collection
from uuid import UUID

from backend.kit import db
from backend.kit.problems import Forbidden, NotFound
from backend.people.principal import Principal
from backend.people.schemas import Role


def granted(principal: Principal, *roles: Role) -> list[UUID]:
    """The units over which any of the roles was granted; for SQL: `unit.path && $n`."""
    return [grant.unit for grant in principal.grants if grant.role in roles or grant.role == "admin"]


def holds_on_path(principal: Principal, role: Role, path: Collection[UUID]) -> bool:
    """Whether the role reaches the unit whose path (top → itself) this is."""
    return any(unit in path for unit in granted(principal, role))


async def holds(principal: Principal, role: Role, unit: UUID) -> bool:
    """Whether the role reaches the unit; False for a unit of another org."""
    path = await path_of(principal, unit)
    return path is not None and holds_on_path(principal, role, path)


async def require(principal: Principal, role: Role, unit: UUID) -> None:
    """Raise NotFound for a unit that is not the org's, Forbidden where the role does not reach."""
    path = await path_of(principal, unit)
    if path is None:
        raise NotFound
    if not holds_on_path(principal, role, path):
        raise Forbidden


async def path_of(principal: Principal, unit: UUID) -> list[UUID] | None:
    """The units from the top to this one; None when it is not one of the principal's org."""
    path: list[UUID] | None = await db.fetchval(
        "select path from unit where id = $1 and org = $2", unit, principal.org
    )
    return path


async def units_under(principal: Principal, *roles: Role) -> list[UUID]:
    """Every unit that any of the roles reaches."""
    rows = await db.fetch(
        "select id from unit where org = $1 and path && $2::uuid[]", principal.org, granted(principal, *roles)
    )
    return [row["id"] for row in rows]
