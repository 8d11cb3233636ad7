"""What tests are made of: `await make_employee(unit)` and its kin write rows and answer structs."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.people.passwords import hash_password
from backend.people.principal import Login
from backend.people.schemas import Role

ZONE = "Asia/Shanghai"


class Unit(Struct, frozen=True):
    """A unit that was made."""

    id: UUID
    org: UUID
    path: tuple[UUID, ...]
    name: str


class Employee(Struct, frozen=True):
    """An employee that was made."""

    id: UUID
    org: UUID
    unit: UUID
    number: str
    name: str

    def login(self, epoch: int = 0) -> Login:
        """What their cookie says."""
        return Login(self.id, self.org, epoch, 0)


async def make_org(name: str = "Org") -> UUID:
    """An org without units."""
    org = uuid7()
    await db.execute("insert into org values ($1, $2, $3)", org, f"org-{org}", name)
    return org


async def make_unit(org: UUID, parent: Unit | None = None, name: str = "Unit", kind: str = "team") -> Unit:
    """A unit below another or, without one, the top of its org."""
    id = uuid7()  # noqa: A001 - the field's name
    path = (*(parent.path if parent else ()), id)
    await db.execute(
        "insert into unit (id, org, parent, path, name, kind, rank) values ($1, $2, $3, $4, $5, $6, 0)",
        id, org, parent.id if parent else None, list(path), name, kind if parent else "company",
    )  # fmt: skip
    return Unit(id, org, path, name)


async def make_employee(
    unit: Unit,
    name: str = "Somebody",
    *,
    number: str = "",
    password: str | None = None,
    zone: str = ZONE,
    status: str = "regular",
    hired_on: date = date(2024, 1, 8),
) -> Employee:
    """An employee of the unit; without a password they cannot log in by one."""
    one = Employee(uuid7(), unit.org, unit.id, number or f"n-{uuid7()}", name)
    hashed = await hash_password(password) if password else None
    await db.execute(
        "insert into employee (id, org, unit, number, name, position, level, zone, language, hired_on, status,"
        " on_leaderboards, password, epoch, epoch_at)"
        " values ($1, $2, $3, $4, $5, 'Engineer', 'P5', $6, 'zh', $7, $8, true, $9, 0, $10)",
        one.id, one.org, one.unit, one.number, one.name, zone, hired_on, status, hashed, clock.now(),
    )  # fmt: skip
    return one


async def grant(employee: Employee, role: Role, unit: Unit) -> None:
    """Give the role over the unit."""
    await db.execute(
        "insert into role_grant (id, employee, role, unit) values ($1, $2, $3, $4)", uuid7(), employee.id, role, unit.id
    )


async def make_channel(unit: Unit, publisher: Employee, name: str = "Channel") -> UUID:
    """A channel for the people of the unit."""
    channel = uuid7()
    await db.execute(
        "insert into channel values ($1, $2, $3, $4, $5, '📣')", channel, unit.org, unit.id, publisher.id, name
    )
    return channel
