"""The first people of a company: its top unit and one admin, who can then log in."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.people import rules
from backend.people.passwords import hash_password
from backend.people.schemas import Language


class Refused(Exception):
    """It cannot be done; `faults` are sentences that say why, all of them."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults


class NewCompany(Struct, frozen=True):
    """A company and its admin. `zone` is an IANA name, `slug` says which company one logs in to."""

    name: str
    slug: str
    number: str
    person: str
    zone: str
    language: Language = "zh"


class NewEmployee(Struct, frozen=True):
    """An employee to be written down; `password` is the hash."""

    org: UUID
    unit: UUID
    number: str
    name: str
    position: str
    level: str
    zone: str
    language: str
    hired_on: date
    password: str


async def require_possible(new: NewCompany) -> None:
    """Raise Refused for what cannot be a company or is taken already."""
    wrong = {
        "the company's name is empty, too long or has odd characters": rules.unfit(new.name, rules.LONGEST_NAME),
        "the admin's number is empty, too long or has odd characters": rules.unfit(new.number, rules.LONGEST_NUMBER),
        "the admin's name is empty, too long or has odd characters": rules.unfit(new.person, rules.LONGEST_NAME),
        f"there is no time zone {new.zone!r}": new.zone not in rules.zones(),
        f"the slug {new.slug!r} is not made of a-z, 0-9 and -": not new.slug or rules.slug(new.slug) != new.slug,
    }
    faults = [sentence for sentence, is_so in wrong.items() if is_so]
    if faults:
        raise Refused(*faults)
    if await db.fetchval("select exists (select from org where slug = $1)", new.slug):
        faults.append(f"there is a company {new.slug!r} already; give this one another --slug")
    if await db.fetchval("select exists (select from employee where lower(number) = lower($1))", new.number):
        faults.append(f"the number {new.number!r} is somebody's already; give the admin another one")
    if faults:
        raise Refused(*faults)


async def found(new: NewCompany, password: str) -> UUID:
    """Write the company down; answers its id. Raises Refused, then nothing is written."""
    if weak := rules.weakness(password, new.name, new.number, new.person):
        raise Refused(weak)
    hashed, org, top = await hash_password(password), uuid7(), uuid7()
    async with db.transaction():
        await db.execute("lock table org in exclusive mode")
        await require_possible(new)
        await db.execute("insert into org (id, slug, name) values ($1, $2, $3)", org, new.slug, new.name)
        await write_unit(org, top, [], new.name, "company")
        hired_on = clock.now().astimezone(ZoneInfo(new.zone)).date()
        admin = await write_employee(
            NewEmployee(org, top, new.number, new.person, "", "", new.zone, new.language, hired_on, hashed)
        )
        sql = "insert into role_grant (id, employee, role, unit) values ($1, $2, 'admin', $3)"
        await db.execute(sql, uuid7(), admin, top)
    return org


async def write_unit(org: UUID, unit: UUID, above: list[UUID], name: str, kind: str) -> None:
    """A unit below the units `above` (from the top), after its elders."""
    parent = above[-1] if above else None
    await db.execute(
        """insert into unit (id, org, parent, path, name, kind, rank) values ($1, $2, $3, $4, $5, $6,
           (select count(*) from unit where org = $2 and parent is not distinct from $3))""",
        unit, org, parent, [*above, unit], name, kind,
    )  # fmt: skip


async def write_employee(new: NewEmployee) -> UUID:
    """An employee who may log in; answers their id."""
    employee = uuid7()
    await db.execute(
        """insert into employee (id, org, unit, number, name, position, level, zone, language, hired_on, status,
           on_leaderboards, password, epoch, epoch_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'regular', true, $11, 0, $12)""",
        employee, new.org, new.unit, new.number, new.name, new.position, new.level, new.zone, new.language,
        new.hired_on, new.password, clock.now(),
    )  # fmt: skip
    return employee
