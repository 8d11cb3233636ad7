"""The web process: Litestar under `/api`, the hub at `/api/ws`, the built PWA everywhere else."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec
from litestar import Litestar, Response, get
from litestar.datastructures import ResponseHeader, State
from litestar.openapi.config import OpenAPIConfig
from litestar.types import HTTPScope, Receive, Scope, Send

from backend.features.channels.handlers import router as channels
from backend.features.checkins.handlers import router as checkins
from backend.features.files import storage
from backend.features.files.handlers import router as files
from backend.features.lessons.handlers import router as lessons
from backend.features.live import background, media
from backend.features.live.handlers import router as live
from backend.features.replays.handlers import router as replays
from backend.kit import db, redis, tokens
from backend.kit.documented import document_problems
from backend.kit.exchange import Answer, Asked
from backend.kit.health import health
from backend.kit.hub import hub
from backend.kit.problems import exception_handlers
from backend.kit.settings import Settings
from backend.kit.static import Static
from backend.people.handlers import router as people
from backend.people.logins import guarded
from backend.people.principal import directory
from backend.reports.attendance_handlers import router as attendance
from backend.reports.home import router as home
from backend.reports.leaderboard import router as leaderboard
from backend.reports.points import router as points

BUILT = Path(__file__).parents[1] / "pwa" / "build"
LARGEST_BODY = 1_000_000


@get("/api/openapi.json", opt={"public": True}, include_in_schema=False, cache=True)
async def openapi(state: State) -> Response[bytes]:
    """The contract of this process (OpenAPI 3.1)."""
    document = msgspec.json.encode(state.openapi.to_schema())
    return Response(document, media_type="application/json")


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    """The pool, Redis and the tasks that listen, from the first request to the last."""
    settings: Settings = app.state.settings
    redis.open_redis(settings.redis_url)
    await db.open_pool(settings)
    await asyncio.to_thread(storage.sweep, settings)
    listeners = (directory.listen(settings.database_url), hub.relay(), background.run())
    tasks = [asyncio.create_task(listener) for listener in listeners]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await db.close_pool()
        await redis.close_redis()


class App:
    """ASGI: hands each request to the part it is for."""

    def __init__(self, litestar: Litestar, static: Static) -> None:
        self.litestar = litestar
        self.static = static

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, path = str(scope["type"]), scope.get("path", "")
        if kind == "http" and not path.startswith("/api/"):
            await self.static(cast("HTTPScope", scope), send)
        elif kind == "websocket" and path == "/api/ws":
            await hub(scope, receive, send)
        else:
            await self.litestar(scope, receive, send)


def create_app(settings: Settings | None = None, built: Path = BUILT) -> App:
    """The app over these settings, or over the environment's (uvicorn's factory has no arguments)."""
    settings = settings or Settings.load(os.environ)  # noqa: TID251 - see above
    tokens.use(settings.secret)
    media.use(settings)
    litestar = Litestar(
        route_handlers=[
            *(health, openapi, people, channels, files, checkins, lessons, live, replays),
            *(attendance, home, points, leaderboard),
        ],
        before_request=guarded,
        exception_handlers=exception_handlers,
        request_class=Asked,
        response_class=Answer,
        lifespan=[_running],
        state=State({"settings": settings, "storage": storage.of(settings)}),
        request_max_body_size=LARGEST_BODY,
        response_headers=[
            ResponseHeader(name="cache-control", value="no-store"),
            ResponseHeader(name="x-content-type-options", value="nosniff"),
        ],
        openapi_config=OpenAPIConfig(title="Wake", version="0.1.0", render_plugins=()),
        logging_config=None,
    )
    document_problems(litestar)
    litestar.state.openapi = litestar.openapi_schema
    return App(litestar, Static(built, settings.media_url, settings.port + 1, settings.media_sources))
