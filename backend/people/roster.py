"""The roster: a CSV file of employees becomes people and units. Either all of it, or nothing and every reason why."""

import asyncio
import csv
import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from backend.kit import db
from backend.kit.ids import uuid7
from backend.people import rules
from backend.people.founding import NewEmployee, Refused, write_employee, write_unit
from backend.people.passwords import hash_password

COLUMNS = ("number", "name", "unit", "position", "level", "hired", "zone", "language")

_KINDS = ("company", "region", "department", "team")
_PASSWORD_BYTES = 9
Path = tuple[str, ...]


class Line(Struct, frozen=True):
    """One employee: `at` is the line in the file, `unit` the names from the top down."""

    at: int
    number: str
    name: str
    unit: Path
    position: str
    level: str
    hired: date
    zone: str
    language: str


class Fault(NamedTuple):
    """What is wrong with a line."""

    at: int
    why: str


class Roster(Struct, frozen=True):
    """What a file says: the lines that can be read, and what is wrong with the others."""

    lines: list[Line]
    faults: list[Fault]


class Enlisted(Struct, frozen=True):
    """What was done: the first password of each new number, how many were changed, and the units that were made."""

    passwords: dict[str, str]
    changed: int
    units: list[str]


def read(text: Iterable[str]) -> Roster:
    """Read a file. Raises Refused when its columns are others."""
    rows = csv.reader(text, strict=True)
    faults: list[Fault] = []
    lines: list[Line] = []
    try:
        heading = next(rows, [])
        if tuple(cell.strip().lower() for cell in heading) != COLUMNS:
            raise Refused(f"line 1: the columns must be {','.join(COLUMNS)}")
        for row in rows:
            if any(cell.strip() for cell in row):
                _read_line(rows.line_num, [cell.strip() for cell in row], lines, faults)
    except csv.Error as fault:
        faults.append(Fault(rows.line_num, str(fault)))
    return Roster(lines, faults + _twice(lines))


def _read_line(at: int, row: list[str], lines: list[Line], faults: list[Fault]) -> None:
    if len(row) != len(COLUMNS):
        faults.append(Fault(at, f"{len(row)} cells instead of {len(COLUMNS)}"))
        return
    cells = dict(zip(COLUMNS, row, strict=True))
    hired, unit = _day(cells.pop("hired")), tuple(name.strip() for name in cells.pop("unit").split("/"))
    wrong = {
        "number": rules.unfit(cells["number"], rules.LONGEST_NUMBER),
        "name": rules.unfit(cells["name"], rules.LONGEST_NAME),
        "unit (names from the top, with / between)": any(rules.unfit(name, rules.LONGEST_NAME) for name in unit),
        "position": rules.unfit(cells["position"], rules.LONGEST_NAME, empty=True),
        "level": rules.unfit(cells["level"], rules.LONGEST_NAME, empty=True),
        "hired (a date like 2026-11-23)": hired is None,
        "zone (a time zone like Asia/Shanghai)": cells["zone"] not in rules.zones(),
        "language (zh or en)": cells["language"] not in rules.LANGUAGES,
    }
    bad = [Fault(at, f"cannot use this {what}") for what, is_so in wrong.items() if is_so]
    faults += bad
    if hired is not None and not bad:
        lines.append(Line(at, hired=hired, unit=unit, **cells))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _twice(lines: list[Line]) -> list[Fault]:
    first: dict[str, int] = {}
    return [
        Fault(line.at, f"the number {line.number!r} stands in line {at} already")
        for line in lines
        if (at := first.setdefault(line.number.lower(), line.at)) != line.at
    ]


async def company(slug: str) -> UUID:
    """The company of this slug or, without one, the only one. Raises Refused."""
    rows = await db.fetch("select id, slug from org order by slug")
    chosen = [row for row in rows if slug in ("", row["slug"])]
    if len(chosen) == 1:
        org: UUID = chosen[0]["id"]
        return org
    known = ", ".join(row["slug"] for row in rows)
    raise Refused(f"say which company by --company: {known}" if rows else "there is no company yet: see `wake company`")


async def enlist(org: UUID, roster: Roster) -> Enlisted:
    """Write down who is new and change who is known by their number; nothing unless every line is good.

    Raises Refused with every fault of every line.
    """
    lines = roster.lines
    async with db.transaction():
        await db.execute("select from org where id = $1 for no key update", org)
        units, known = await _units(org), await _known(org)
        faults = sorted([*roster.faults, *_misfits(lines, units, known)])
        if faults:
            raise Refused(*(f"line {at}: {why}" for at, why in faults))
        made = await _make_units(org, lines, units)
        changed = [await _change(known[line.number.lower()]["id"], line, units) for line in lines if _old(line, known)]
        fresh = [line for line in lines if not _old(line, known)]
        passwords = {line.number: secrets.token_urlsafe(_PASSWORD_BYTES) for line in fresh}
        hashes = await asyncio.gather(*(hash_password(passwords[line.number]) for line in fresh))
        for line, hashed in zip(fresh, hashes, strict=True):
            await write_employee(_employee(org, line, units, hashed))
    return Enlisted(passwords, sum(changed), made)


def _old(line: Line, known: dict[str, db.Row]) -> bool:
    return line.number.lower() in known


def _misfits(lines: Sequence[Line], units: dict[Path, list[UUID]], known: dict[str, db.Row]) -> list[Fault]:
    tops = {path[0] for path in units}
    strangers = [
        Fault(line.at, f"the unit begins with {line.unit[0]!r}, not with {' or '.join(sorted(tops))!r}")
        for line in lines
        if line.unit[0] not in tops
    ]
    gone = [
        Fault(line.at, f"{line.number!r} has left the company; bring them back first")
        for line in lines
        if _old(line, known) and known[line.number.lower()]["status"] == "left"
    ]
    return strangers + gone


async def _units(org: UUID) -> dict[Path, list[UUID]]:
    """Every unit's path of ids by its path of names; of namesakes the elder."""
    sql = """select path, array(select a.name from unit a where a.id = any(u.path) order by cardinality(a.path)) names
             from unit u where org = $1 order by cardinality(path), rank desc, id desc"""
    return {tuple(row["names"]): list(row["path"]) for row in await db.fetch(sql, org)}


async def _known(org: UUID) -> dict[str, db.Row]:
    rows = await db.fetch("select id, lower(number) as number, status from employee where org = $1", org)
    return {row["number"]: row for row in rows}


async def _make_units(org: UUID, lines: Sequence[Line], units: dict[Path, list[UUID]]) -> list[str]:
    """Make what is missing, from the top down; `units` knows it then. Answers the new paths."""
    made = []
    for line in lines:
        for depth in range(1, len(line.unit)):
            path = line.unit[: depth + 1]
            if path not in units:
                unit, above = uuid7(), units[path[:-1]]
                await write_unit(org, unit, above, path[-1], _KINDS[min(depth, len(_KINDS) - 1)])
                units[path] = [*above, unit]
                made.append("/".join(path))
    return made


async def _change(employee: UUID, line: Line, units: dict[Path, list[UUID]]) -> bool:
    """Make a known employee what the line says; whether they were not."""
    sql = """update employee
             set (name, unit, position, level, hired_on, zone, language) = ($2, $3, $4, $5, $6, $7, $8)
             where id = $1 and (name, unit, position, level, hired_on, zone, language)
                 is distinct from ($2, $3, $4, $5, $6, $7, $8) returning true"""
    values = (line.name, units[line.unit][-1], line.position, line.level, line.hired, line.zone, line.language)
    return bool(await db.fetchval(sql, employee, *values))


def _employee(org: UUID, line: Line, units: dict[Path, list[UUID]], hashed: str) -> NewEmployee:
    return NewEmployee(
        org, units[line.unit][-1], line.number, line.name, line.position, line.level, line.zone, line.language,
        line.hired, hashed,
    )  # fmt: skip
