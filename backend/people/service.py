"""What is done to people: log in and out, change oneself, change an employee."""

from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET

from backend.kit import clock, db, redis
from backend.kit.hub import hub
from backend.kit.problems import Invalid, NotFound, Problem, TooMany
from backend.people.access import require
from backend.people.passwords import check_password, hash_password
from backend.people.principal import Login, Principal, directory
from backend.people.schemas import ChangeEmployee, ChangeMe, ChangePassword, LogIn

_PER_NUMBER, _NUMBER_SECONDS = 5, 15 * 60
_PER_ADDRESS, _ADDRESS_SECONDS = 30, 60

LEFT = b'{"type":"left"}'


class WrongCredentials(Problem):
    """Does not tell whether the number or the password is wrong."""

    status = 401
    title = "Number and password do not match"


class CompanyNeeded(Problem):
    status = 422
    title = "Say which company: this number exists in several"


async def log_in(data: LogIn, address: str) -> Login:
    """Check number and password. Raises WrongCredentials, CompanyNeeded or TooMany."""
    number, source = f"number:{data.company}:{data.employee_number.lower()}", f"address:{address}"
    await _admit(number, _PER_NUMBER, _NUMBER_SECONDS)
    await _admit(source, _PER_ADDRESS, _ADDRESS_SECONDS)
    row = await _employee(data)
    if not await check_password(row["password"] if row else None, data.password) or row is None:
        raise WrongCredentials
    await redis.forget(f"login:{number}")
    await redis.refund(f"login:{source}")
    return new_login(row["id"], row["org"], row["epoch"])


async def _admit(key: str, limit: int, seconds: int) -> None:
    """Count the attempt before it is made, so that many at once do not slip through."""
    if not await redis.allow(f"login:{key}", limit, seconds):
        raise TooMany(retryAfter=seconds)


async def _employee(data: LogIn) -> db.Row | None:
    rows = await db.fetch(
        "select e.id, e.org, e.epoch, e.password from employee e join org o on o.id = e.org "
        "where lower(e.number) = lower($1) and ($2 = '' or o.slug = $2) and e.status <> 'left' limit 2",
        data.employee_number,
        data.company,
    )
    if len(rows) > 1:
        raise CompanyNeeded
    return rows[0] if rows else None


def new_login(employee: UUID, org: UUID, epoch: int) -> Login:
    """A login that begins now."""
    return Login(employee, org, epoch, clock.milliseconds())


async def end_logins(employee: UUID) -> int:
    """End every login of an employee and close their sockets; the new epoch."""
    async with db.transaction():
        epoch: int = await db.fetchval(
            "update employee set epoch = epoch + 1, epoch_at = $2 where id = $1 returning epoch", employee, clock.now()
        )
        db.after_commit(lambda: _expel(employee))
    return epoch


async def _expel(employee: UUID) -> None:
    directory.forget(employee)
    await hub.expel(employee, LEFT)


async def change_me(principal: Principal, data: ChangeMe) -> None:
    """Set the fields that were sent. Raises Invalid for a zone that IANA does not know."""
    if data.zone is not UNSET and data.zone not in _zones():
        raise Invalid(errors=[{"path": "/body/zone", "message": "unknown time zone"}])
    await _update(principal.employee, msgspec.structs.asdict(data))


@cache
def _zones() -> set[str]:
    return available_timezones()


async def _update(employee: UUID, fields: dict[str, object]) -> None:
    """Set the columns whose names are the fields of a request struct."""
    columns = {name: value for name, value in fields.items() if value is not UNSET}
    if columns:
        sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
        async with db.transaction():
            # The names are our own structs' attributes.
            await db.execute(f"update employee set {sets} where id = $1", employee, *columns.values())  # noqa: S608
            db.after_commit(lambda: _forget(employee))


async def _forget(employee: UUID) -> None:
    """Their next request may come before the database has told this process of the change."""
    directory.forget(employee)


async def change_password(principal: Principal, data: ChangePassword) -> Login:
    """Replace the password and end all other logins. Raises WrongCredentials, TooMany."""
    await _admit(f"password:{principal.employee}", _PER_NUMBER, _NUMBER_SECONDS)
    stored = await db.fetchval("select password from employee where id = $1", principal.employee)
    if not await check_password(stored, data.current):
        raise WrongCredentials
    hashed = await hash_password(data.new)
    async with db.transaction():
        await db.execute("update employee set password = $2 where id = $1", principal.employee, hashed)
        epoch = await end_logins(principal.employee)
    await redis.forget(f"login:password:{principal.employee}")
    return new_login(principal.employee, principal.org, epoch)


async def change_employee(principal: Principal, employee: UUID, data: ChangeEmployee) -> None:
    """Set status or unit, as admin over both units. `left` ends their logins and sockets at once."""
    unit = await db.fetchval("select unit from employee where id = $1 and org = $2", employee, principal.org)
    if unit is None:
        raise NotFound
    await require(principal, "admin", unit)
    if data.unit is not UNSET:
        await require(principal, "admin", data.unit)
    async with db.transaction():
        await _update(employee, msgspec.structs.asdict(data))
        if data.status == "left":
            await end_logins(employee)
