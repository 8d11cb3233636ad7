"""A room larger than one relay: edges pull it from where its host publishes, once each, and it outlives any of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest_asyncio

from backend.features.live import media
from backend.kit import db
from backend.kit.settings import Settings
from tests.backend.fleet import MOVED, Company, Guest, running
from tests.backend.live import call, close, recomputed
from tests.expect import eventually

NAMES = ("Bob", "Carol", "Eve", "Frank")


@pytest_asyncio.fixture
async def company(kit: Settings, tmp_path: Path) -> AsyncIterator[Company]:
    """A relay for each, full with one: the host's has no room for a viewer, and viewers spread."""
    async with running(kit, tmp_path) as company:
        for name in ("one", "two", "three", "four", "five"):
            await company.fleet.add(name, MEDIA_NODE_VIEWERS="1")
        yield company


async def connections(company: Company, name: str) -> int:
    """How many a relay counts, upstreams of others among them."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return int((await http.get(f"{company.fleet.nodes[name].url}/health")).json()["viewers"])


async def crowd(company: Company, session: str) -> list[Guest]:
    """Viewers who all see."""
    viewers: list[Guest] = []
    for name in NAMES:
        viewers.append(Guest(await company.actor(name), session))
        await eventually(f"{name} sees", viewers[-1].sees)
    return viewers


async def test_a_room_spans_relays_and_outlives_an_edge_and_its_origin(company: Company) -> None:
    fleet = company.fleet
    host, session = await company.show("Chen")
    viewers = await crowd(company, session)
    origin = fleet.named(host.url)
    places = [fleet.named(viewer.url) for viewer in viewers]
    assert origin not in places
    assert len(set(places)) >= 2
    assert await connections(company, origin) == len(set(places)), "one upstream for each relay, whoever watches there"

    edge = places[0]
    there = [viewer for viewer, place in zip(viewers, places, strict=True) if place == edge]
    before = [viewer.client for viewer in there]
    await fleet.nodes[edge].kill()
    await eventually(
        "who was at the edge sees again",
        lambda: all(viewer.client not in before and viewer.sees() for viewer in there),
        MOVED,
    )
    others = [viewer for viewer in viewers if viewer not in there]
    assert all(viewer.sees() for viewer in others), "nobody else has noticed"

    pictures = [viewer.viewer.video.received for viewer in viewers]
    publisher = host.client
    await fleet.nodes[origin].kill()
    await eventually("the host is on the air again", lambda: host.client is not publisher and host.url, MOVED)
    assert fleet.named(host.url) != origin
    await eventually(
        "all go on seeing",
        lambda: all(
            viewer.sees() and viewer.viewer.video.received > seen + 100
            for viewer, seen in zip(viewers, pictures, strict=True)
        ),
        MOVED,
    )
    for guest in (*viewers, host):
        await guest.leave()
    await _account(company, session)


async def _account(company: Company, session: str) -> None:
    """Each viewer is counted as one person, whole, and once, whatever the relays went through."""
    key = UUID(session[1:])
    sql = """select count(*) from stay where session = $1 and "left" is null
             and last_beat > now() - interval '5 seconds'"""

    async def gone() -> bool:
        return not await db.fetchval(sql, key)

    await eventually("all have left", gone)
    nobody = "select count(*) from stay where session = $1 and person = any($2)"
    assert await db.fetchval(nobody, key, [UUID(int=0)]) == 0, "a relay is nobody"
    assert await db.fetchval("select count(distinct person) from stay where session = $1", key) == len(NAMES)
    await call(company.host, "POST", f"{session}/end")
    media.use(company.settings)
    await close(session)
    attended = await db.fetch("select credited_ms, on_air_ms from attended where session = $1", key)
    assert len(attended) == len(NAMES)
    assert all(0 < row["credited_ms"] <= row["on_air_ms"] for row in attended)
    again = await recomputed(session)
    assert sorted(each.credited_ms for each in again.values() if each.credited_ms)[-len(NAMES) :] == sorted(
        row["credited_ms"] for row in attended
    )
