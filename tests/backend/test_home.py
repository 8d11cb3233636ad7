"""The first screen: today's card, what is live, what is to do, in one request."""

from datetime import datetime, timedelta
from typing import Any

from backend.kit import clock
from tests.backend.live import call, go_live, plan
from tests.backend.test_checkins import somebody, tap
from tests.backend.test_lessons import begin, complete, keep, publish, put, text
from tests.cast import Actor, Cast
from tests.make import make_channel
from tests.rebuild import assert_rebuild_equals_live


async def home(actor: Actor) -> dict[str, Any]:
    return dict((await actor.client.get("/api/home")).raise_for_status().json())


def tasks(found: dict[str, Any]) -> list[tuple[str, int, bool]]:
    return [(task["title"], task["progress"], task["done"]) for task in found["tasks"]]


async def test_an_empty_day(cast: Cast) -> None:
    found = await home(cast.mallory)
    assert (found["live"], found["upcoming"], found["tasks"]) == ([], [], [])
    assert found["checkIn"]["done"] is False
    assert [each["total"] for each in found["balances"]] == [0, 0]


async def test_a_check_in_is_seen_at_once(cast: Cast) -> None:
    async with somebody(cast) as bob:
        await tap(bob, clock.now())
        found = await home(bob)
        assert (found["checkIn"]["done"], found["checkIn"]["streak"]) == (True, 1)
        assert found["balances"][0]["today"] == 10


async def test_lessons_to_do_begun_ones_first_and_those_done_today_last(cast: Cast) -> None:
    channel = await make_channel(cast.team, cast.alice.employee)
    lessons = []
    for number in range(6):
        draft = await begin(cast.alice, channel, f"Lesson {number}")
        saved = (await put(cast.alice, draft, cards=[text(), text()], summary="Five signs")).json()
        await publish(cast.alice, saved)
        lessons.append(draft["id"])
    async with somebody(cast) as bob:
        await keep(bob, lessons[0], 1, 1)
        done = await complete_now(bob, lessons[1])
        assert done["points"] == 10
        found = await home(bob)
        assert tasks(found) == [("Lesson 0", 50, False), ("Lesson 5", 0, False), ("Lesson 4", 0, False),
                                ("Lesson 3", 0, False), ("Lesson 1", 100, True)]  # fmt: skip
        assert {**found["tasks"][0], "id": None} == {
            "kind": "lesson", "id": None, "title": "Lesson 0", "detail": "Five signs", "emoji": "📘", "minutes": 3,
            "points": 10, "progress": 50, "done": False, "due": None,
        }  # fmt: skip


async def complete_now(actor: Actor, lesson: str) -> dict[str, Any]:
    return dict((await complete(actor, lesson, 1, at=clock.now().isoformat())).raise_for_status().json())


async def test_what_is_live_and_what_comes(cast: Cast) -> None:
    noon = datetime.fromisoformat("2026-11-24T12:00:00+08:00")
    with clock.travel(noon):
        live = await go_live(cast.chen, cast.region)
        later = await plan(cast.chen, cast.region, title="Tonight", startsAt=noon + timedelta(hours=8))
        await plan(cast.chen, cast.region, title="Tomorrow", startsAt=noon + timedelta(days=1))
        found = await home(cast.carol)
        assert [each["title"] for each in found["live"]] == ["Reading the new policy"]
        assert [each["title"] for each in found["upcoming"]] == ["Tonight", "Tomorrow"]
        shares = [task for task in found["tasks"] if task["kind"] == "live"]
        assert [(task["title"], task["points"], task["done"]) for task in shares] == [
            ("Reading the new policy", 20, False), ("Tonight", 20, False)]  # fmt: skip
        assert shares[0]["detail"] == "Chen"
        assert (await home(cast.mallory))["live"] == []
        assert [task for task in (await home(cast.chen))["tasks"] if task["kind"] == "live"] == []
        await call(cast.chen, "POST", f"{live}/end")
        found = await home(cast.carol)
        assert found["live"] == []
        assert [task["title"] for task in found["tasks"] if task["kind"] == "live"] == ["Tonight"]
        await call(cast.chen, "POST", f"{later}/cancel")
        assert [task for task in (await home(cast.carol))["tasks"] if task["kind"] == "live"] == []


async def test_the_rebuilt_projections_equal_the_live_ones(cast: Cast) -> None:
    """Last: over all that the tests above have done."""
    await assert_rebuild_equals_live()
