"""Closing by the real worker, and the call that asks the real relay to tell what is left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
from msgspec.structs import replace

from backend import worker
from backend.features.live import media
from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.kit.settings import Settings
from tests.backend.live import SECOND, Relay, Viewer, call, go_live
from tests.cast import Cast
from tests.expect import eventually
from tests.media.receiver import SECRET
from tests.media.server import RelayProcess
from tests.rebuild import assert_rebuild_equals_live

CLOSED_WITHIN = 10.0


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """The worker's work in this loop."""
    stop = asyncio.Event()
    work = asyncio.create_task(worker.work(stop, settings.database_url))
    try:
        yield
    finally:
        stop.set()
        await work


async def test_within_ten_seconds_of_the_end_everybody_has_their_points(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings
) -> None:
    viewers = [Viewer(actor) for actor in (cast.bob, cast.carol, cast.alice)]
    began = clock.now() - 60 * SECOND
    with clock.travel(began):
        session = await go_live(cast.chen, cast.region)
        relay = Relay(transport, session)
        publication = await relay.published(cast.chen)
        await relay.joined(*viewers)
    async with working(settings):
        await relay.beat(*viewers)
        await call(cast.chen, "POST", f"{session}/end")
        await relay.unpublished(cast.chen, publication)
        for viewer in viewers:
            await relay.left(viewer)

        async def closed() -> bool:
            shown = await call(cast.bob, "GET", session)
            assert (shown["state"], shown["points"]) == ("closed", 20), shown
            return True

        await eventually("the session is closed and credited", closed, CLOSED_WITHIN)

        async def settled() -> bool:
            recount = "select not recount from live_session where id = $1"
            return bool(await db.fetchval(recount, UUID(session[1:])))

        await eventually("what was told late is looked at", settled, 15)
    sql = "select count(*), sum(share) from attended where session = $1"
    assert tuple(await db.fetchrow(sql, UUID(session[1:])) or ()) == (3, 30_000)
    await assert_rebuild_equals_live()


async def test_the_real_relay_closes_a_room_for_us_and_for_nobody_else(settings: Settings, tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay", "http://127.0.0.1:9/nowhere")
    await relay.start()
    try:
        media.use(replace(settings, media_control=relay.url, media_secret=SECRET))
        assert await media.close_room(uuid7()) is True
        media.use(replace(settings, media_control=relay.url))
        assert await media.close_room(uuid7()) is False
    finally:
        await relay.stop()
    assert await media.close_room(uuid7()) is False
