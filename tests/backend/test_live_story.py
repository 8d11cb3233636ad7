"""A live share from its start to everybody's points, and what goes wrong in between."""

import asyncio
from datetime import datetime
from uuid import UUID

import httpx
import pytest

from backend.features.live import duties
from backend.kit import clock, db
from tests.backend.live import MINUTE, NOON, SECOND, Relay, Viewer, call, close, go_live, recomputed
from tests.cast import Actor, Cast


async def points(actor: Actor, account: str = "learning") -> int:
    sql = "select coalesce(sum(amount), 0) from point_entry where employee = $1 and account = $2"
    return int(await db.fetchval(sql, actor.employee.id, account))


async def taught(actor: Actor) -> int:
    return await points(actor, "teaching")


class Story:
    """A session from noon on: Bob stays, Carol loses her network from 12:10 to 12:20."""

    def __init__(self, cast: Cast, transport: httpx.ASGITransport) -> None:
        self.cast, self.transport = cast, transport

    async def begin(self) -> None:
        with clock.travel(NOON):
            self.session = await go_live(self.cast.chen, self.cast.region)
            self.relay = Relay(self.transport, self.session)
            self.publication = await self.relay.published(self.cast.chen)
            self.bob, self.carol = Viewer(self.cast.bob), Viewer(self.cast.carol)
            await self.relay.joined(self.bob, self.carol)

    async def pass_until(self, last: datetime, *viewers: Viewer) -> None:
        at = clock.now()
        while at < last:
            at += 10 * SECOND
            await self.relay.beat(*viewers, at=at)

    async def end(self, at: datetime) -> None:
        with clock.travel(at):
            await call(self.cast.chen, "POST", f"{self.session}/end")
            await self.relay.unpublished(self.cast.chen, self.publication)
            await close(self.session)


async def test_who_was_there_is_credited_by_the_rule_and_the_host_for_them(
    cast: Cast, transport: httpx.ASGITransport
) -> None:
    story = Story(cast, transport)
    await story.begin()
    before = await points(cast.bob), await points(cast.carol), await taught(cast.chen)
    with clock.travel(NOON):
        await story.pass_until(NOON + 10 * MINUTE, story.bob, story.carol)
    with clock.travel(NOON + 10 * MINUTE):
        await story.pass_until(NOON + 20 * MINUTE, story.bob)
        back = Viewer(cast.carol)
        await story.relay.joined(back, at=NOON + 20 * MINUTE)
    with clock.travel(NOON + 20 * MINUTE):
        await story.pass_until(NOON + 30 * MINUTE, story.bob, back)
    await story.end(NOON + 30 * MINUTE)

    assert await points(cast.bob) == before[0] + 20
    assert await points(cast.carol) == before[1] + 13
    assert await taught(cast.chen) == before[2] + 50
    mine = await call(cast.carol, "GET", f"{story.session}/attendance/mine")
    (line,) = mine["people"]
    assert line["creditedMs"] == 20 * 60_000
    assert line["share"] == 6666
    assert line["gaps"] == [{"startMs": 600_000, "endMs": 1_200_000, "why": "network"}]
    shown = await call(cast.carol, "GET", story.session)
    assert (shown["state"], shown["attendedMs"], shown["share"], shown["points"]) == ("closed", 1_200_000, 6666, 13)
