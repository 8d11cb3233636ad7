"""`GET /api/health`: the parts of the platform and how they are."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import httpx
import msgspec
from litestar import Response, get
from litestar.datastructures import State

from backend.kit import clock, db, redis
from backend.kit.commit import LOSSES
from backend.kit.settings import Settings
from backend.kit.wire import Wire

_PATIENCE_SECONDS = 1.0
_ALIVE = timedelta(seconds=15)

Condition = Literal["up", "down"]


class Part(Wire):
    """A process under the supervisor; `state` and `restarts` are its words."""

    state: str
    restarts: int


class Health(Wire):
    """`ok` when everything is up. `supervised` is empty without the supervisor. `demo`: the demo company lives here."""

    status: Literal["ok", "degraded", "down"]
    database: Condition
    redis: Condition
    relay: Condition
    worker: Condition
    supervised: dict[str, Part]
    demo: bool


class _Line(msgspec.Struct):
    state: str
    restarts: int


@get("/api/health", operation_id="health", opt={"public": True})
async def health(state: State) -> Response[Health]:
    """200, or 503 when the database is away: then nothing works."""
    settings: Settings = state.settings
    (database, worker), fan_out, relay = await asyncio.gather(_database(), _redis(), _relay(settings))
    conditions = {database, worker, fan_out, relay}
    status: Literal["ok", "degraded", "down"] = "ok" if conditions == {"up"} else "degraded"
    status = "down" if database == "down" else status
    return Response(
        Health(
            status, database, fan_out, relay, worker, await asyncio.to_thread(_supervised, settings.data), settings.demo
        ),
        status_code=HTTPStatus.SERVICE_UNAVAILABLE if database == "down" else HTTPStatus.OK,
    )


async def beat(part: str) -> None:
    """Write down that a part without a door is alive."""
    await db.execute(
        "insert into heartbeat values ($1, $2) on conflict (part) do update set at = excluded.at", part, clock.now()
    )


async def _database() -> tuple[Condition, Condition]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            last = await db.fetchval("select max(at) from heartbeat where part = 'worker'")
    except LOSSES:
        return "down", "down"
    return "up", "up" if last and clock.now() - last < _ALIVE else "down"


async def _redis() -> Condition:
    return "up" if await redis.reachable() else "down"


async def _relay(settings: Settings) -> Condition:
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_SECONDS) as client:
            answer = await client.get(f"{settings.media_control}/health")
    except httpx.HTTPError:
        return "down"
    return "up" if answer.is_success else "down"


def _supervised(data: Path) -> dict[str, Part]:
    try:
        lines = msgspec.json.decode((data / "parts.json").read_bytes(), type=dict[str, _Line])
    except (FileNotFoundError, msgspec.MsgspecError):
        return {}
    return {name: Part(line.state, line.restarts) for name, line in lines.items()}
