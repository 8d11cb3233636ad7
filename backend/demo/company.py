"""The people: units, employees, roles and channels of company.toml."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from backend.kit import db
from backend.kit.ids import derived
from backend.people.passwords import hash_password
from backend.people.principal import Login, Principal, directory
from backend.people.schemas import Language, Role, Status

FOLDER = Path(__file__).parent
PASSWORD = "wake-demo"  # noqa: S105 - the known one; accounts with it exist only here
ACCOUNTS = frozenset({"admin", "alice", "bob", "carol", "chen"})
ZONE = ZoneInfo("Asia/Shanghai")

_ROOT = UUID("6e617669-6761-5465-8000-77616b65aaaa")


class UnitLine(Struct, frozen=True, rename={"parent": "in"}):
    """A unit; `parent` is the key of the one above."""

    key: str
    name: str
    kind: str
    parent: str = ""


class PersonLine(Struct, frozen=True):
    """An employee; `hired` in days ago, `keen` in percent of working days with a check-in."""

    number: str
    name: str
    unit: str
    position: str
    level: str
    hired: int
    keen: int
    status: Status = "regular"
    zone: str = "Asia/Shanghai"
    language: Language = "zh"
    grants: dict[Role, str] = {}


class ChannelLine(Struct, frozen=True):
    """A channel; `publisher` is an employee number."""

    key: str
    name: str
    emoji: str
    unit: str
    publisher: str


class Company(Struct, frozen=True):
    """company.toml."""

    slug: str
    name: str
    units: list[UnitLine]
    people: list[PersonLine]
    channels: list[ChannelLine]


COMPANY = msgspec.toml.decode((FOLDER / "company.toml").read_bytes(), type=Company)


class People(Struct, frozen=True):
    """Who is there: principals by number, how keen they are, and the ids of channels and units by key."""

    principals: dict[str, Principal]
    lines: dict[str, PersonLine]

    def publisher(self, channel: str) -> Principal:
        """Who publishes through the channel with this key."""
        return self.principals[next(line.publisher for line in COMPANY.channels if line.key == channel)]


def org() -> UUID:
    """The company's id; the same everywhere."""
    return uuid5(_ROOT, COMPANY.slug)


def unit(key: str) -> UUID:
    """The id of the unit with this key."""
    return derived(org(), "unit", key)


def channel(key: str) -> UUID:
    """The id of the channel with this key."""
    return derived(org(), "channel", key)


def audience(key: str) -> UUID:
    """The unit that the channel with this key speaks to."""
    return unit(next(line.unit for line in COMPANY.channels if line.key == key))


def employee(number: str) -> UUID:
    """The id of the employee with this number."""
    return derived(org(), "employee", number)


async def found(now: datetime) -> People:
    """Write everybody down and answer them as principals."""
    await db.execute("insert into org (id, slug, name) values ($1, $2, $3)", org(), COMPANY.slug, COMPANY.name)
    await _units()
    await _employees(now)
    await db.executemany(
        "insert into role_grant (id, employee, role, unit) values ($1, $2, $3, $4)",
        [
            (derived(employee(line.number), role, key), employee(line.number), role, unit(key))
            for line in COMPANY.people
            for role, key in line.grants.items()
        ],
    )
    await db.executemany(
        "insert into channel (id, org, unit, publisher, name, emoji) values ($1, $2, $3, $4, $5, $6)",
        [
            (channel(line.key), org(), unit(line.unit), employee(line.publisher), line.name, line.emoji)
            for line in COMPANY.channels
        ],
    )
    principals = {line.number: await _principal(line.number) for line in COMPANY.people}
    return People(principals, {line.number: line for line in COMPANY.people})


async def _units() -> None:
    paths: dict[str, list[UUID]] = {"": []}
    for rank, line in enumerate(COMPANY.units):
        paths[line.key] = [*paths[line.parent], unit(line.key)]
        await db.execute(
            "insert into unit (id, org, parent, path, name, kind, rank) values ($1, $2, $3, $4, $5, $6, $7)",
            *(unit(line.key), org(), unit(line.parent) if line.parent else None),
            *(paths[line.key], line.name, line.kind, rank),
        )


async def _employees(now: datetime) -> None:
    today = now.astimezone(ZONE).date()
    hashed = await hash_password(PASSWORD)
    await db.executemany(
        "insert into employee (id, org, unit, number, name, position, level, zone, language, hired_on, status,"
        " on_leaderboards, password, epoch, epoch_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, true, $12, 0, $13)",
        [
            (
                *(employee(line.number), org(), unit(line.unit), line.number, line.name, line.position, line.level),
                *(line.zone, line.language, today - timedelta(days=line.hired), line.status),
                *(hashed if line.number in ACCOUNTS else None, now),
            )
            for line in COMPANY.people
        ],
    )


async def _principal(number: str) -> Principal:
    found = await directory.find(Login(employee(number), org(), 0, 0))
    if found is None:
        raise RuntimeError(f"{number} was not written down")
    return found
