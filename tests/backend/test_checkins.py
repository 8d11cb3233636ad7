"""Check-ins: one tap, one day, once; also offline, late, again, all at the same time, and answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx

from backend.kit import clock, db
from backend.kit.ids import uuid7
from tests.backend.test_people import problem
from tests.cast import ADDRESS, Actor, Cast, cookies
from tests.make import make_employee
from tests.rebuild import assert_rebuild_equals_live

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def act(at: datetime, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "occurredAt": at.isoformat()} | more


async def send(actor: Actor, body: dict[str, Any], arriving: datetime) -> httpx.Response:
    with clock.travel(arriving):
        return await actor.client.post("/api/check-ins", json=body)


async def tap(actor: Actor, at: datetime, arriving: datetime | None = None, **more: Any) -> dict[str, Any]:
    answer = await send(actor, act(at, **more), arriving or at)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def status(actor: Actor, at: datetime) -> dict[str, Any]:
    with clock.travel(at):
        return dict((await actor.client.get("/api/check-ins/today")).raise_for_status().json())


@asynccontextmanager
async def somebody(cast: Cast, zone: str = "Asia/Shanghai") -> AsyncIterator[Actor]:
    """A new colleague of Bob's."""
    employee = await make_employee(cast.team, zone=zone)
    transport = cast.bob.client._transport
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(employee)) as client:
        yield Actor(employee, client)


async def entries(actor: Actor) -> int:
    count: int = await db.fetchval("select count(*) from point_entry where employee = $1", actor.employee.id)
    return count


async def test_one_tap_credits_the_day_and_the_second_does_not(cast: Cast) -> None:
    async with somebody(cast) as bob:
        first = await tap(bob, MONDAY)
        assert {**first, "id": None} == {
            "id": None,
            "day": "2026-11-23",
            "zone": "Asia/Shanghai",
            "outcome": "credited",
            "points": 10,
            "streak": 1,
            "milestone": None,
            "right": None,
        }
        again = await tap(bob, MONDAY + HOUR)
        assert (again["outcome"], again["points"], again["streak"]) == ("already", 0, 1)
        assert await entries(bob) == 1


async def test_the_card_of_the_day(cast: Cast) -> None:
    async with somebody(cast) as bob:
        await tap(bob, MONDAY)
        found = await status(bob, MONDAY + DAY)
        assert [day["state"] for day in found["week"]] == ["done", "today", "ahead", "ahead", "ahead", "off", "off"]
        assert (found["done"], found["streak"], found["freezes"], found["nextMilestone"]) == (False, 1, 2, 7)
        assert found["points"] == 10
        await tap(bob, MONDAY + DAY)
        found = await status(bob, MONDAY + DAY)
        assert (found["done"], found["streak"], found["longest"]) == (True, 2, 2)


async def test_the_seventh_day_in_a_row_is_a_milestone(cast: Cast) -> None:
    async with somebody(cast) as bob:
        answers = [await tap(bob, MONDAY + n * DAY) for n in range(8)]
        assert [answer["streak"] for answer in answers] == list(range(1, 9))
        assert [answer["milestone"] for answer in answers] == [None] * 6 + [7, None]


async def test_the_same_act_again_gets_the_first_answer_however_late(cast: Cast) -> None:
    async with somebody(cast) as bob:
        body = act(MONDAY, mood=4)
        first = await send(bob, body, MONDAY)
        assert (await send(bob, body, MONDAY + 50 * HOUR)).json() == first.json()
        late = act(MONDAY - 60 * HOUR)
        first = await send(bob, late, MONDAY + DAY)
        assert first.json()["outcome"] == "late"
        assert (await send(bob, late, MONDAY + 4 * DAY)).json() == first.json()
        assert await entries(bob) == 2


async def test_the_same_id_for_another_act_is_a_conflict(cast: Cast) -> None:
    body = act(MONDAY)
    assert (await send(cast.bob, body, MONDAY)).status_code == 201
    for actor, other in ((cast.bob, body | {"mood": 2}), (cast.bob, act(MONDAY + HOUR) | {"id": body["id"]}),
                         (cast.carol, body), (cast.mallory, body)):  # fmt: skip
        answer = await send(actor, other, MONDAY)
        assert answer.status_code == 409
        assert problem(answer) == "/problems/trace-conflict"


async def test_an_offline_tap_before_midnight_counts_for_its_own_day(cast: Cast) -> None:
    async with somebody(cast) as bob:
        contact = (await status(bob, MONDAY))["contact"]
        tapped = datetime.fromisoformat("2026-11-23T23:58:00+08:00")
        answer = await tap(bob, tapped, tapped + 9 * HOUR, contact=contact)
        assert (answer["day"], answer["outcome"]) == ("2026-11-23", "credited")
        answer = await tap(bob, tapped + 9 * HOUR, contact=contact)
        assert (answer["day"], answer["outcome"], answer["streak"]) == ("2026-11-24", "credited", 2)


async def test_a_day_that_comes_late_joins_the_streak_in_its_place(cast: Cast) -> None:
    async with somebody(cast) as bob:
        contact = (await status(bob, MONDAY - HOUR))["contact"]
        offline = act(MONDAY + DAY, contact=contact)
        await tap(bob, MONDAY)
        assert (await tap(bob, MONDAY + DAY + 14 * HOUR))["streak"] == 2  # Tuesday is frozen
        answer = (await send(bob, offline, MONDAY + DAY + 15 * HOUR)).json()
        assert (answer["day"], answer["outcome"]) == ("2026-11-24", "credited")
        found = await status(bob, MONDAY + 2 * DAY)
        assert (found["streak"], found["freezes"]) == (3, 2)


async def test_what_cannot_be_believed_counts_for_its_arrival(cast: Cast) -> None:
    async with somebody(cast) as bob, somebody(cast) as carol:
        old = (await status(bob, MONDAY - 3 * DAY))["contact"]
        new = (await status(bob, MONDAY))["contact"]
        others = (await status(carol, MONDAY - 3 * DAY))["contact"]
        yesterday = MONDAY - 12 * HOUR
        for n, (claimed, contact) in enumerate(
            [(yesterday, new), (yesterday, ""), (yesterday, others), (yesterday, "forged"), (yesterday, old + "x"),
             (MONDAY - 60 * HOUR, old), (MONDAY + 90 * DAY, new)]
        ):  # fmt: skip
            arriving = MONDAY + n * DAY
            moved = claimed + n * DAY if claimed == yesterday else claimed
            answer = await tap(bob, moved, arriving, contact=contact)
            assert (answer["day"], answer["outcome"]) == (str(arriving.date()), "late"), (n, answer)


async def test_a_clock_that_runs_fast_by_minutes_is_forgiven(cast: Cast) -> None:
    async with somebody(cast) as bob:
        arriving = datetime.fromisoformat("2026-11-23T23:57:00+08:00")
        answer = await tap(bob, arriving + timedelta(minutes=5), arriving)
        assert (answer["day"], answer["outcome"]) == ("2026-11-23", "credited")


async def test_the_day_is_that_of_the_employee_s_own_zone(cast: Cast) -> None:
    instant = datetime.fromisoformat("2026-11-23T23:30:00+00:00")
    for zone, day in (("Asia/Shanghai", "2026-11-24"), ("America/Los_Angeles", "2026-11-23"),
                      ("Pacific/Kiritimati", "2026-11-24"), ("Asia/Kolkata", "2026-11-24")):  # fmt: skip
        async with somebody(cast, zone) as traveller:
            answer = await tap(traveller, instant)
            assert (answer["day"], answer["zone"]) == (day, zone)


async def test_days_with_a_changing_clock_are_days(cast: Cast) -> None:
    async with somebody(cast, "Europe/Berlin") as traveller:
        taps = [f"2026-10-{day}T{hour}" for day, hour in (("24", "23:30:00+02:00"), ("25", "00:10:00+02:00"),
                ("25", "23:50:00+01:00"), ("26", "00:05:00+01:00"))]  # fmt: skip
        answers = [await tap(traveller, datetime.fromisoformat(at)) for at in taps]
        assert [answer["outcome"] for answer in answers] == ["credited", "credited", "already", "credited"]
        assert answers[-1]["streak"] == 3


async def test_moving_to_another_zone_never_credits_a_day_twice(cast: Cast) -> None:
    async with somebody(cast) as traveller:
        evening = datetime.fromisoformat("2026-11-24T08:00:00+08:00")
        assert (await tap(traveller, evening))["day"] == "2026-11-24"
        body = {"zone": "America/Los_Angeles"}
        assert (await traveller.client.patch("/api/me", json=body)).status_code == 200
        answer = await tap(traveller, evening + HOUR)
        assert (answer["day"], answer["outcome"], answer["zone"]) == ("2026-11-23", "credited", "America/Los_Angeles")
        answer = await tap(traveller, evening + 17 * HOUR)
        assert (answer["day"], answer["outcome"]) == ("2026-11-24", "already")


async def test_five_hundred_at_once_of_a_hundred_people_credit_a_hundred(cast: Cast) -> None:
    people = [await make_employee(cast.team) for _ in range(100)]
    transport = cast.bob.client._transport
    clients = [httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(person)) for person in people]
    bodies = [act(MONDAY) for _ in people]
    with clock.travel(MONDAY):
        answers = await asyncio.gather(
            *(
                client.post("/api/check-ins", json=body if n % 2 else act(MONDAY))
                for n in range(5)
                for client, body in zip(clients, bodies, strict=True)
            )
        )
    assert Counter(answer.status_code for answer in answers) == {201: 500}
    ids = [person.id for person in people]
    credited = await db.fetchval("select count(*) from point_entry where employee = any($1)", ids)
    assert credited == 100
    assert await db.fetchval("select sum(amount) from point_balance where employee = any($1)", ids) == 1000
    assert await db.fetchval("select count(*) from streak where employee = any($1)", ids) == 100


async def test_garbage_is_refused_and_counts_nothing(cast: Cast) -> None:
    async with somebody(cast) as bob:
        good = act(MONDAY)
        for wrong in (
            *(
                {"id": "x"},
                {"occurredAt": "yesterday"},
                {"occurredAt": "2026-11-23T10:00:00"},
                {"mood": 6},
                {"mood": "fine"},
            ),
            *({"answer": "x" * 201}, {"choice": -1}, {"surprise": 1}, {"contact": "x" * 257}, {"id": None}),
        ):
            answer = await send(bob, good | wrong, MONDAY)
            assert answer.status_code == 422, (wrong, answer.text)
            assert problem(answer) == "/problems/invalid"
        for body in (b"", b"{", b"[]", b"\xff\xfe"):
            answer = await bob.client.post("/api/check-ins", content=body, headers={"content-type": "application/json"})
            assert answer.status_code in (400, 422), (body, answer.text)
        for edge in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
            assert (await send(bob, good | {"occurredAt": edge, "id": str(uuid7())}, MONDAY)).status_code == 201
        assert await entries(bob) == 1


async def test_the_rebuilt_projections_equal_the_live_ones(cast: Cast) -> None:
    """Last: over all that the tests above have done."""
    await assert_rebuild_equals_live()
