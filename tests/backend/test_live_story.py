"""A live share from its start to everybody's points, and what goes wrong in between."""

import asyncio
import itertools
from datetime import timedelta
from uuid import UUID

import httpx
import pytest_asyncio

from backend.features.live import duties
from backend.kit import clock, db
from tests.backend.live import MINUTE, NOON, SECOND, Relay, Viewer, call, close, go_live, recomputed
from tests.cast import Actor, Cast
from tests.rebuild import assert_rebuild_equals_live

_days = itertools.count()


async def points(actor: Actor, account: str = "learning") -> int:
    sql = "select coalesce(sum(amount), 0) from point_entry where employee = $1 and account = $2"
    return int(await db.fetchval(sql, actor.employee.id, account))


class Story:
    """A share of Chen's from noon to 12:30 of a day of its own, told in minutes after noon."""

    def __init__(self, cast: Cast, transport: httpx.ASGITransport) -> None:
        self.cast, self.transport = cast, transport
        self.noon = NOON + timedelta(days=next(_days))

    async def begin(self) -> "Story":
        with clock.travel(self.noon):
            self.before = [await points(each) for each in (self.cast.bob, self.cast.carol)]
            self.taught = await points(self.cast.chen, "teaching")
            self.session = await go_live(self.cast.chen, self.cast.region)
            self.relay = Relay(self.transport, self.session)
            self.publication = await self.relay.published(self.cast.chen)
        return self

    async def watch(self, actor: Actor, since: int, until: int, *, leave: bool = False) -> Viewer:
        """A stay with its beats; without `leave` the relay has not noticed that it ended."""
        viewer = Viewer(actor)
        with clock.travel(self.noon + until * MINUTE):
            await self.relay.joined(viewer, at=self.noon + since * MINUTE)
            for minute in range(since + 1, until + 1):
                await self.relay.beat(viewer, at=self.noon + minute * MINUTE)
            if leave:
                await self.relay.left(viewer)
        return viewer

    async def end(self, minute: int = 30) -> None:
        with clock.travel(self.noon + minute * MINUTE):
            await call(self.cast.chen, "POST", f"{self.session}/end")
            await self.relay.unpublished(self.cast.chen, self.publication)
            await self.close()

    async def close(self) -> None:
        await close(self.session)

    async def earned(self) -> tuple[int, int, int]:
        """What Bob, Carol and, for teaching, Chen have got."""
        bob, carol = [await points(each) for each in (self.cast.bob, self.cast.carol)]
        taught = await points(self.cast.chen, "teaching")
        return bob - self.before[0], carol - self.before[1], taught - self.taught

    async def credited(self, actor: Actor) -> int:
        """Seconds; the same to whoever asks: the record, the report and an auditor."""
        sql = "select credited_ms from attended where session = $1 and person = $2"
        stands = await db.fetchval(sql, UUID(self.session[1:]), actor.employee.id)
        report = await call(actor, "GET", f"{self.session}/attendance/mine")
        audited = (await recomputed(self.session))[str(actor.employee.id)]
        assert stands == report["people"][0]["creditedMs"] == audited.credited_ms
        assert report["onAirMs"] == audited.on_air_ms
        return int(stands) // 1000


@pytest_asyncio.fixture
async def story(cast: Cast, transport: httpx.ASGITransport) -> Story:
    return await Story(cast, transport).begin()


async def test_who_was_there_is_credited_by_the_rule_and_the_host_for_them(story: Story, cast: Cast) -> None:
    await story.watch(cast.bob, 0, 30)
    await story.watch(cast.carol, 0, 10)
    await story.watch(cast.carol, 20, 30)
    await story.end()
    assert await story.earned() == (20, 13, 50)
    mine = await call(cast.carol, "GET", f"{story.session}/attendance/mine")
    (line,) = mine["people"]
    assert (line["creditedMs"], line["share"], line["points"]) == (20 * 60_000, 6666, 13)
    assert line["gaps"] == [{"startMs": 600_000, "endMs": 1_200_000, "why": "network"}]
    assert mine["provisional"] is False
    shown = await call(cast.carol, "GET", story.session)
    assert (shown["state"], shown["attendedMs"], shown["share"], shown["points"]) == ("closed", 1_200_000, 6666, 13)
    assert (await call(cast.chen, "GET", story.session))["points"] == 50


async def test_closing_twice_at_once_and_again_later_credits_once(story: Story, cast: Cast) -> None:
    await story.watch(cast.bob, 0, 30)
    with clock.travel(story.noon + 30 * MINUTE):
        await call(cast.chen, "POST", f"{story.session}/end")
    await asyncio.gather(story.close(), story.close())
    await story.close()
    assert await story.earned() == (20, 0, 30)
    assert (
        await db.fetchval("select count(*) from trace where verb = 'attended' and object = $1", UUID(story.session[1:]))
        == 1
    )


async def test_a_lost_host_costs_nobody_and_the_room_says_why(story: Story, cast: Cast) -> None:
    await story.watch(cast.bob, 0, 30)
    with clock.travel(story.noon + 10 * MINUTE):
        await story.relay.unpublished(cast.chen, story.publication)
        assert (await call(cast.bob, "POST", f"{story.session}/join", {"device": "d"}))["state"]["slate"] == "hostLost"
    with clock.travel(story.noon + 15 * MINUTE):
        story.publication = await story.relay.published(cast.chen)
        assert (await call(cast.bob, "POST", f"{story.session}/join", {"device": "d"}))["state"]["slate"] == "none"
    await story.end()
    assert await story.credited(cast.bob) == 25 * 60
    assert await story.earned() == (20, 0, 25)


async def test_our_own_fault_costs_no_viewer(story: Story, cast: Cast) -> None:
    await story.watch(cast.bob, 0, 10)
    await story.watch(cast.bob, 12, 30)
    began, ended = story.noon + 10 * MINUTE, story.noon + 11 * MINUTE
    with clock.travel(ended):
        since, until = (int(at.timestamp() * 1000) for at in (began, ended))
        await story.relay.tell("fault", None, **{"from": since, "to": until, "kind": "restart"})
    await story.end()
    assert await story.credited(cast.bob) == 30 * 60


async def test_a_planned_break_counts_as_on_air(story: Story, cast: Cast) -> None:
    await story.watch(cast.bob, 0, 30)
    with clock.travel(story.noon + 10 * MINUTE):
        await call(cast.chen, "PATCH", f"{story.session}/room", {"slate": "break"})
        await story.relay.unpublished(cast.chen, story.publication)
    with clock.travel(story.noon + 20 * MINUTE):
        story.publication = await story.relay.published(cast.chen)
        joined = await call(cast.bob, "POST", f"{story.session}/join", {"device": "d"})
        assert (joined["state"]["slate"], joined["state"]["onAir"]) == ("break", True)
        await call(cast.chen, "PATCH", f"{story.session}/room", {"slate": "none"})
    await story.end()
    assert await story.credited(cast.bob) == 30 * 60


async def test_what_the_relay_tells_late_corrects_what_was_credited(story: Story, cast: Cast) -> None:
    carol = await story.watch(cast.carol, 0, 10)
    await story.end()
    assert await story.earned() == (0, 6, 10)
    jobs = "select count(*) from pgqueuer where entrypoint = 'close-live-session' and payload = $1"
    payload = b'{"session":"' + story.session[1:].encode() + b'"}'
    queued = await db.fetchval(jobs, payload)
    with clock.travel(story.noon + 40 * MINUTE):
        for minute in range(11, 31):
            await story.relay.beat(carol, at=story.noon + minute * MINUTE)
    assert await db.fetchval(jobs, payload) == queued + 1
    await story.close()
    assert await story.credited(cast.carol) == 30 * 60
    assert await story.earned() == (0, 20, 30)
    lines = "select amount from point_entry where employee = $1 and object = $2 order by position, id"
    rows = await db.fetch(lines, cast.carol.employee.id, UUID(story.session[1:]))
    assert [row["amount"] for row in rows] == [6, -6, 20]
    await assert_rebuild_equals_live()


async def test_messages_may_come_twice_and_in_any_order(story: Story, cast: Cast) -> None:
    viewer, relay = Viewer(cast.bob), story.relay
    with clock.travel(story.noon + 20 * MINUTE):
        told = [relay.message("joined", story.noon, **viewer.members)]
        for minute in range(1, 21):
            at = story.noon + minute * MINUTE
            told.append(relay.message("beat", at, people=[viewer.members | {"mediaMs": 10_000}]))
        told.append(relay.message("left", clock.now(), **viewer.members, reason="bye"))
        for body in (*reversed(told), *told):
            assert await relay.post(body) == httpx.codes.NO_CONTENT
    await story.end()
    assert await story.credited(cast.bob) == 20 * 60


async def test_a_room_is_asked_and_who_does_not_answer_is_not_counted(story: Story, cast: Cast) -> None:
    bob, _ = await story.watch(cast.bob, 0, 30), await story.watch(cast.carol, 0, 30)
    with clock.travel(story.noon + 14 * MINUTE):
        await duties.look_after_rooms()
        assert await prompts(story) == []
    with clock.travel(story.noon + 15 * MINUTE):
        await duties.look_after_rooms()
        await duties.look_after_rooms()
        (prompt,) = await prompts(story)
    with clock.travel(story.noon + 15 * MINUTE + 30 * SECOND):
        answer = {"id": bob.members["stay"]}
        await call(cast.bob, "POST", f"{story.session}/prompts/{prompt}/answers", answer, 204)
    with clock.travel(story.noon + 15 * MINUTE + 40 * SECOND):
        await call(cast.bob, "POST", f"{story.session}/prompts/{prompt}/answers", answer, 204)
        await call(cast.carol, "POST", f"{story.session}/prompts/{prompt}/answers", answer, 409)
        await call(cast.bob, "POST", f"{story.session}/prompts/{bob.members['stay']}/answers", answer, 404)
    await story.end()
    assert await story.credited(cast.bob) == 30 * 60
    assert await story.credited(cast.carol) == 15 * 60
    gaps = (await call(cast.carol, "GET", f"{story.session}/attendance/mine"))["people"][0]["gaps"]
    assert gaps == [{"startMs": 900_000, "endMs": 1_800_000, "why": "prompt"}]


async def prompts(story: Story) -> list[str]:
    events = (await call(story.cast.bob, "GET", f"{story.session}/events?since=0"))["events"]
    return [event["data"]["id"] for event in events if event["type"] == "prompt"]


async def test_a_room_that_its_host_has_left_ends_by_itself(story: Story, cast: Cast) -> None:
    await story.watch(cast.bob, 0, 20)
    with clock.travel(story.noon + 5 * MINUTE):
        await story.relay.unpublished(cast.chen, story.publication)
    with clock.travel(story.noon + 14 * MINUTE):
        await duties.look_after_rooms()
        assert (await call(cast.bob, "GET", story.session))["state"] == "live"
    with clock.travel(story.noon + 15 * MINUTE):
        await duties.look_after_rooms()
        assert (await call(cast.bob, "GET", story.session))["state"] == "ended"
    with clock.travel(story.noon + 17 * MINUTE):
        await duties.look_after_rooms()
    assert await story.credited(cast.bob) == 5 * 60
    assert await story.earned() == (20, 0, 5)


async def test_reports_are_for_those_who_may_read_them(story: Story, cast: Cast) -> None:
    await story.watch(cast.bob, 0, 15, leave=True)
    await story.watch(cast.carol, 15, 30)
    with clock.travel(story.noon + 30 * MINUTE):
        running = await call(cast.chen, "GET", f"{story.session}/attendance")
        assert running["provisional"] is True
        assert {line["person"]["name"]: line["share"] for line in running["people"]} == {"Bob": 5000, "Carol": 5000}
    await story.end()
    whole = await call(cast.admin, "GET", f"{story.session}/attendance")
    assert [line["person"]["name"] for line in whole["people"]] == ["Bob", "Carol"]
    assert whole["averageShare"] == 5000
    assert whole["onAir"] == [[0, 1_800_000]]
    managed = await call(cast.alice, "GET", f"{story.session}/attendance")
    assert [line["person"]["name"] for line in managed["people"]] == ["Bob"]
    await call(cast.bob, "GET", f"{story.session}/attendance", status=403)
    await call(cast.mallory, "GET", f"{story.session}/attendance", status=404)
    await call(cast.mallory, "GET", f"{story.session}/attendance/mine", status=404)
    (never,) = (await call(cast.alice, "GET", f"{story.session}/attendance/mine"))["people"]
    assert never["gaps"] == [{"startMs": 0, "endMs": 1_800_000, "why": "away"}]
