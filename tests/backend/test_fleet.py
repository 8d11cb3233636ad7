"""Several relays and one backend: rooms are placed, and when a relay dies or drains its people are with another one."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest_asyncio

from backend.kit import db
from backend.kit.settings import Settings
from tests.backend.fleet import MOVED, Company, Guest, open_stays, running
from tests.expect import eventually


@pytest_asyncio.fixture
async def company(kit: Settings, tmp_path: Path) -> AsyncIterator[Company]:
    async with running(kit, tmp_path) as company:
        for name in ("one", "two"):
            await company.fleet.add(name, MEDIA_GRACE="20")
        yield company


async def test_rooms_are_spread_and_a_killed_relay_s_people_go_on_at_another(company: Company) -> None:
    fleet = company.fleet
    first, session = await company.show("Chen")
    others = [first]
    while len({fleet.named(host.url) for host in others}) < 2:  # the backend may hear of a relay half a second late
        assert len(others) < 5
        others.append((await company.show("Dana"))[0])
    viewers = [Guest(await company.actor(name), session) for name in ("Bob", "Carol", "Eve")]
    await eventually("all see", lambda: all(viewer.sees() for viewer in viewers))
    home = fleet.named(first.url)
    assert {fleet.named(viewer.url) for viewer in viewers} == {home}
    before = [viewer.client for viewer in viewers]

    await fleet.nodes[home].kill()

    def moved() -> bool:
        return all(viewer.client not in before and viewer.sees() for viewer in viewers)

    await eventually("all see again", moved, MOVED)
    assert {fleet.named(guest.url) for guest in [first, *viewers]} == {"one", "two"} - {home}
    publications = "select since, until from on_air where session = $1 order by since"

    async def told() -> bool:
        rows = await db.fetch(publications, UUID(session[1:]))
        return [row["until"] is None for row in rows] == [False, True]

    await eventually("the record knows what has ended and what began", told)
    faults = await db.fetch("select since, until from fault where session = $1", UUID(session[1:]))
    assert len(faults) == 1
    for guest in [*others, *viewers]:
        await guest.leave()


async def test_a_relay_that_drains_sends_its_people_on(company: Company) -> None:
    fleet = company.fleet
    host, session = await company.show("Chen")
    viewer = Guest(await company.actor("Bob"), session)
    await eventually("Bob sees", viewer.sees)
    home = fleet.named(viewer.url)
    fleet.nodes[home].start_draining()
    await eventually("both are elsewhere", lambda: home not in {fleet.named(host.url), fleet.named(viewer.url)}, MOVED)
    await eventually("Bob sees again", viewer.sees, MOVED)
    await eventually("the relay has ended: nobody is left", fleet.nodes[home].ended, MOVED)
    assert not await db.fetch("select * from fault where session = $1", UUID(session[1:]))
    for guest in (host, viewer):
        await guest.leave()

    async def nobody() -> bool:
        return await open_stays(session) == 0

    await eventually("nobody is there", nobody)
