"""CPU of the web process per check-in over real HTTP, beside a floor that does the least that one must.

`python -m tests.bench.bench_checkin`; the floor is tests/bench/floor.py. Both run under uvicorn with uvloop
and httptools, with 64 keep-alive connections and signed cookies verified.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import uvloop

from backend.kit import db, tokens
from backend.kit.ids import uuid7
from backend.kit.settings import Settings
from tests.bench.floor import TABLES
from tests.bench.harness import Figure, Run, in_turn, measured, median, publish, ratio
from tests.bench.load import load, request
from tests.bench.served import Served, migrated, served, stores
from tests.cast import cookies
from tests.make import Employee, make_employee, make_org, make_unit

TARGET = 1.3
CONNECTIONS = 64
ROUND = 500
ROUNDS = 40
FLOOR = ("uvicorn", "tests.bench.floor:app", "--port", "{port}", "--loop", "uvloop", "--http", "httptools",
         "--no-access-log", "--log-level", "warning", "--no-server-header")  # fmt: skip


async def staff(environment: dict[str, str], count: int) -> list[Employee]:
    """So many employees of one unit, and the tables of the floor."""
    await migrated(environment)
    await db.open_pool(Settings.load(environment))
    unit = await make_unit(await make_org())
    async with db.transaction():
        people = [await make_employee(unit) for _ in range(count)]
    await db.execute(TABLES)
    await db.execute("vacuum analyze")
    await db.close_pool()
    return people


def check_in(person: Employee) -> bytes:
    """The bytes of one tap."""
    body = {"id": str(uuid7()), "occurredAt": datetime.now(UTC).isoformat()}  # noqa: TID251 - a phone's clock
    cookie = f"wake={cookies(person)['wake']}"
    return request("POST", "/api/check-ins", json.dumps(body).encode(), Cookie=cookie, Sec_Fetch_Site="same-origin")


def greeting(person: Employee) -> bytes:
    """Opening the app a moment before: from then on the process knows who this is."""
    return request("GET", f"/api/files/{person.id}", Cookie=f"wake={cookies(person)['wake']}")


async def everybody(server: Served, people: list[Employee], *, greet: bool) -> Run:
    """All check in once; the run of the server's process."""
    if greet:
        await load(server.port, [greeting(person) for person in people], CONNECTIONS)
    requests = [check_in(person) for person in people]
    async with measured([server.process.pid], len(people)) as run:
        tally = await load(server.port, requests, CONNECTIONS)
    if set(tally.statuses) != {201}:
        raise RuntimeError(f"{tally.statuses}: {tally.faulty[:1]!r}")
    return run


@asynccontextmanager
async def contestants(environment: dict[str, str]) -> AsyncIterator[tuple[Served, Served]]:
    """The app and the floor, both running."""
    async with (
        served(environment, "/api/health", "backend", "backend") as app,
        served(environment, "/", *FLOOR) as floor,
    ):
        yield app, floor


async def compared(environment: dict[str, str], people: list[Employee]) -> dict[str, list[Run]]:
    """Rounds in turn; every one has a crowd of its own, for nobody can check in twice a day."""
    crowds = {name: iter(batched(people, ROUND)) for name in ("app", "floor")}
    async with contestants(environment) as (app, floor):

        async def by_app() -> Run:
            return await everybody(app, next(crowds["app"]), greet=True)

        async def by_floor() -> Run:
            return await everybody(floor, next(crowds["floor"]), greet=False)

        await in_turn({"app": by_app, "floor": by_floor}, rounds=1)
        return await in_turn({"app": by_app, "floor": by_floor}, rounds=ROUNDS)


def batched(people: list[Employee], size: int) -> list[list[Employee]]:
    """The people in crowds of this size."""
    return [people[at : at + size] for at in range(0, len(people), size)]


async def main() -> int:
    """Print the table and write the result; 1 when the promise is broken."""
    with stores() as environment:
        tokens.use(environment["WAKE_SECRET"])
        people = await staff(environment, (ROUNDS + 1) * ROUND)
        runs = await compared(environment, people)
        credited = await counted(environment)
    if credited != len(people):
        raise RuntimeError(f"{credited} of {len(people)} credited")
    app, floor = median(runs["app"]), median(runs["floor"])
    figures = [
        Figure("app", app, "µs CPU/check-in"),
        Figure("floor: bare ASGI + asyncpg, one statement", floor, "µs CPU/check-in"),
        Figure("app ÷ floor, round by round", ratio(runs["app"], runs["floor"]), "", most=TARGET),
    ]
    return 0 if publish("checkin", "A check-in over HTTP, CPU of the web process", figures, runs) else 1


async def counted(environment: dict[str, str]) -> int:
    """How many check-ins the app has credited."""
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        return int(await connection.fetchval("select count(*) from point_entry"))
    finally:
        await connection.close()


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
