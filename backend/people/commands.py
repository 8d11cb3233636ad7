"""`wake company` and `wake people import`: how the first people come into an installation."""

import argparse
import asyncio
import csv
import getpass
import io
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from backend.kit import db
from backend.kit.settings import Settings
from backend.people import founding, roster, rules
from backend.people.founding import NewCompany, Refused
from backend.people.roster import Roster


def company(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Make a company with its admin; 1 and the reasons when it cannot be."""
    parser = argparse.ArgumentParser("wake company", description="Make a company and its first admin.")
    parser.add_argument("name", help="the company's name")
    parser.add_argument("--admin", required=True, metavar="NUMBER", help="the admin's employee number")
    parser.add_argument("--name", required=True, dest="person", metavar="PERSON", help="the admin's name")
    parser.add_argument("--zone", default="Asia/Shanghai", help="the admin's time zone (%(default)s)")
    parser.add_argument("--language", default="zh", choices=rules.LANGUAGES, help="the admin's (%(default)s)")
    parser.add_argument("--slug", help="the company's short name (made from its name)")
    told = parser.parse_args(arguments)
    slug = rules.slug(told.name) if told.slug is None else told.slug
    return _connected(
        environ, lambda: _found(NewCompany(told.name, slug, told.admin, told.person, told.zone, told.language))
    )


def people(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Import a roster; 1 and every reason when anything in it cannot be."""
    parser = argparse.ArgumentParser("wake people", description="Bring people in.")
    commands = parser.add_subparsers(required=True)
    importing = commands.add_parser("import", description=f"Columns: {','.join(roster.COLUMNS)}.")
    importing.add_argument("file", type=Path, help="a CSV file in UTF-8")
    importing.add_argument("--company", default="", metavar="SLUG", help="which one, where there are several")
    told = parser.parse_args(arguments)
    return _connected(environ, lambda: _import(_read(told.file), told.company))


async def _found(new: NewCompany) -> None:
    await founding.require_possible(new)
    await founding.found(new, _password())
    sys.stdout.write(f"{new.name} ({new.slug}) is there; {new.person} may log in as {new.number}\n")


def _password() -> str:
    """From the terminal, twice; else a line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().removesuffix("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise Refused("the two passwords differ")
    return password


def _read(file: Path) -> Roster:
    try:
        return roster.read(io.StringIO(file.read_text("utf-8-sig"), newline=""))
    except OSError as fault:
        raise Refused(f"{file} cannot be read: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise Refused(f"{file} is not in UTF-8: save it as “CSV UTF-8”") from fault


async def _import(told: Roster, slug: str) -> None:
    async with db.transaction():
        done = await roster.enlist(await roster.company(slug), told)
        _hand_out(done.passwords)  # before the commit: nobody is in whose password was not told
    for unit in done.units:
        sys.stderr.write(f"made the unit {unit}\n")
    same = len(told.lines) - len(done.passwords) - done.changed
    sys.stderr.write(f"{len(done.passwords)} new, {done.changed} changed, {same} as before\n")


def _hand_out(passwords: Mapping[str, str]) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("number", "password"))
    table.writerows(passwords.items())
    sys.stdout.flush()


def _connected(environ: Mapping[str, str], command: Callable[[], Awaitable[None]]) -> int:
    async def connected() -> None:
        await db.open_pool(Settings.load(environ))
        try:
            await command()
        finally:
            await db.close_pool()

    try:
        asyncio.run(connected())
    except Refused as refused:
        sys.stderr.writelines(f"{fault}\n" for fault in refused.faults)
        return 1
    return 0
