"""CPU of the web process per chat message delivered to one of 2,000 sockets of a room.

`python -m tests.bench.bench_chat`; the floor (tests/bench/floor_chat.py) sends the same frames from a bare loop. A
delivery of the app includes its share of everything else: the request, the log, the table, the other processes.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import NamedTuple
from uuid import UUID

import httpx
import uvloop

from backend.features.live import delivery
from backend.kit import db, tokens
from backend.kit.hub import hub
from backend.kit.ids import uuid7
from backend.kit.settings import Settings
from tests.bench.harness import Figure, Run, in_turn, measured, median, publish
from tests.bench.load import load, request
from tests.bench.readers import Room
from tests.bench.served import Served, migrated, served, stores
from tests.cast import cookies
from tests.expect import eventually
from tests.make import Employee, grant, make_employee, make_org, make_unit

TARGET = 20.0
SOCKETS = 2_000
MESSAGES = 20
PERIOD = 0.15  # seconds between two messages: each is a frame of its own
SPEAKERS = 90
ROUNDS = 4
MARK = b'"text":'
FLOOR = ("uvicorn", "tests.bench.floor_chat:app", "--port", "{port}", "--loop", "uvloop", "--http", "httptools",
         "--ws", "websockets-sansio", "--no-access-log", "--log-level", "warning", "--no-server-header")  # fmt: skip


class Stage(NamedTuple):
    """A live session and who talks in it."""

    session: UUID
    speakers: Iterator[Employee]


class Rooms(NamedTuple):
    """Both servers and their readers."""

    app: Served
    here: Room
    session: UUID
    floor: Served
    there: Room


async def staged(environment: dict[str, str]) -> tuple[Employee, UUID, list[Employee]]:
    """A host, the unit of their audience and people in it."""
    await migrated(environment)
    await db.open_pool(Settings.load(environment))
    unit = await make_unit(await make_org())
    host, *speakers = [await make_employee(unit, f"Colleague {number}") for number in range(SPEAKERS + 1)]
    await grant(host, "expert", unit)
    await db.close_pool()
    return host, unit.id, speakers


async def go_live(server: Served, host: Employee, unit: UUID) -> UUID:
    """The host's session, live."""
    session = uuid7()
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}/api/live-sessions", cookies=cookies(host)
    ) as http:
        plan = {"id": str(session), "title": "The weekly update", "unit": str(unit)}
        (await http.post("", json=plan)).raise_for_status()
        (await http.post(f"/{session}/start")).raise_for_status()
    return session


def said(stage: Stage, number: int) -> bytes:
    """The bytes of one message, from the next speaker."""
    body = json.dumps({"id": str(uuid7()), "text": f"第 {number} 条:这个流程我们团队上周也遇到了"}, ensure_ascii=False)
    cookie = f"wake={cookies(next(stage.speakers))['wake']}"
    path = f"/api/live-sessions/{stage.session}/messages"
    return request("POST", path, body.encode(), Cookie=cookie, Sec_Fetch_Site="same-origin")


def shouted(number: int) -> bytes:
    """The bytes of the same message for the floor: the frame as the app sends it."""
    person = {"id": str(uuid7()), "name": "Colleague 1", "unit": "Unit"}
    data = {"id": str(uuid7()), "person": person, "text": f"第 {number} 条:这个流程我们团队上周也遇到了", "host": False}
    event = {"seq": number, "type": "message", "at": "2026-11-23T12:00:00.000000Z", "data": data}
    return request("POST", "/", json.dumps([event], ensure_ascii=False, separators=(",", ":")).encode())


async def talk(server: Served, room: Room, messages: list[bytes]) -> Run:
    """Say everything at a steady pace, until everybody has heard it."""
    due = room.heard + len(messages) * SOCKETS
    async with measured([server.process.pid], len(messages) * SOCKETS) as run:
        for message in messages:
            tally = await load(server.port, [message], 1)
            if set(tally.statuses) != {201}:
                raise RuntimeError(f"{tally.statuses}: {tally.faulty[:1]!r}")
            await asyncio.sleep(PERIOD)
        await eventually("everybody hears everything", lambda: room.heard >= due, 20)
    if room.heard != due:
        raise RuntimeError(f"{room.heard} instead of {due} deliveries")
    return run


@asynccontextmanager
async def rooms(
    environment: dict[str, str], host: Employee, unit: UUID
) -> AsyncIterator[tuple[Served, Room, UUID, Served, Room]]:
    """The app and the floor, each with its readers."""
    async with (
        served(environment, "/api/health", "backend", "backend") as app,
        served(environment, "/", *FLOOR) as floor,
    ):
        session = await go_live(app, host, unit)
        topics = [delivery.topic(session)]
        here, there = Room(app.port, MARK), Room(floor.port, MARK)
        await here.enter([f"/api/ws?ticket={hub.ticket(uuid7(), topics)}&since=1" for _ in range(SOCKETS)])
        await there.enter(["/"] * SOCKETS)
        yield Rooms(app, here, session, floor, there)
        here.leave()
        there.leave()


async def compared(environment: dict[str, str]) -> dict[str, list[Run]]:
    """Both in turn, with all sockets open all the time."""
    host, unit, speakers = await staged(environment)
    async with rooms(environment, host, unit) as (app, here, session, floor, there):
        stage = Stage(session, cycle(speakers))

        async def by_app() -> Run:
            return await talk(app, here, [said(stage, number) for number in range(MESSAGES)])

        async def by_floor() -> Run:
            return await talk(floor, there, [shouted(number) for number in range(MESSAGES)])

        await in_turn({"app": by_app, "floor": by_floor}, rounds=1)
        return await in_turn({"app": by_app, "floor": by_floor}, rounds=ROUNDS)


async def main() -> int:
    """Print the table and write the result; 1 when the promise is broken."""
    with stores() as environment:
        tokens.use(environment["WAKE_SECRET"])
        runs = await compared(environment)
    app, floor = median(runs["app"]), median(runs["floor"])
    figures = [
        Figure("app", app, "µs CPU/delivery", most=TARGET),
        Figure("floor: bare ASGI broadcast loop", floor, "µs CPU/delivery"),
        Figure("app ÷ floor", app / floor, ""),
    ]
    return 0 if publish("chat", f"Chat to {SOCKETS:,} sockets of a room, CPU of the web process", figures, runs) else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
