"""Planning, entering, talking and leading: who may, what happens twice, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from backend.features.live import duties
from backend.kit import clock, db
from backend.kit.ids import uuid7
from tests.backend.live import MINUTE, NOON, Relay, Viewer, call, go_live, plan, say
from tests.cast import Actor, Cast, make_cast
from tests.make import make_unit


async def enter(actor: Actor, session: str, status: int | None = None) -> Any:
    return await call(actor, "POST", f"{session}/join", {"device": "phone"}, status)


async def events(actor: Actor, session: str, since: int = 0) -> list[Any]:
    answer = await call(actor, "GET", f"{session}/events?since={since}")
    return list(answer["events"])


def problem(answer: dict[str, Any]) -> str:
    return str(answer["type"])


@pytest_asyncio.fixture
async def cast(transport: httpx.ASGITransport) -> AsyncIterator[Cast]:
    """People of their own for every test: nobody has used up their right to speak."""
    async with make_cast(transport) as cast:
        yield cast


@pytest_asyncio.fixture
async def session(cast: Cast) -> str:
    """A live session of Chen's for the region."""
    return await go_live(cast.chen, cast.region)


@pytest.fixture
def relay(session: str, transport: httpx.ASGITransport) -> Relay:
    """The relay of that session's room."""
    return Relay(transport, session)


async def test_only_hosts_plan_and_only_over_what_their_role_reaches(cast: Cast) -> None:
    body = {"title": "A share", "unit": cast.region.id}
    await call(cast.chen, "POST", "", body | {"id": uuid7()}, 201)
    await call(cast.chen, "POST", "", body | {"id": uuid7(), "unit": cast.team.id}, 201)
    await call(cast.chen, "POST", "", body | {"id": uuid7(), "unit": cast.company.id}, 403)
    await call(cast.chen, "POST", "", body | {"id": uuid7(), "unit": cast.elsewhere.id}, 404)
    await call(cast.alice, "POST", "", body | {"id": uuid7(), "unit": cast.next_team.id}, 403)
    await call(cast.bob, "POST", "", body | {"id": uuid7()}, 403)
    await call(cast.admin, "POST", "", body | {"id": uuid7(), "unit": cast.company.id}, 201)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""}, {"title": " \n"}, {"title": "a\x00b"}, {"title": "x" * 81}, {"minutes": 4}, {"unit": "x"},
        {"startsAt": "2026-11-23T12:00:00"}, {"more": 1}, {"id": None}, {"summary": "\x00"},
    ],
)  # fmt: skip
async def test_a_plan_that_cannot_be_is_refused(cast: Cast, wrong: dict[str, object]) -> None:
    body = {"id": uuid7(), "title": "A share", "unit": cast.region.id} | wrong
    assert problem(await call(cast.chen, "POST", "", body, 422)) == "/problems/invalid"


async def test_a_plan_is_made_once_changed_started_and_then_stands(cast: Cast) -> None:
    body = {"id": uuid7(), "title": "A share", "unit": cast.region.id, "startsAt": NOON, "minutes": 30}
    first = await call(cast.chen, "POST", "", body, 201)
    assert await call(cast.chen, "POST", "", body, 201) == first
    assert problem(await call(cast.chen, "POST", "", body | {"title": "Another"}, 409)) == "/problems/trace-conflict"
    session = f"/{first['id']}"
    changed = await call(cast.chen, "PATCH", session, {"title": "A better share", "unit": cast.team.id})
    assert (changed["title"], changed["unitName"], changed["minutes"]) == ("A better share", "Service", 30)
    await call(cast.chen, "PATCH", session, {"unit": cast.company.id}, 403)
    await call(cast.bob, "POST", f"{session}/start", status=403)
    await call(cast.carol, "POST", f"{session}/start", status=404)
    assert (await call(cast.chen, "POST", f"{session}/start"))["state"] == "live"
    assert (await call(cast.admin, "POST", f"{session}/start"))["state"] == "live"
    again = await call(cast.chen, "PATCH", session, {"title": "x"}, 409)
    assert problem(again) == "/problems/session-already-started"
    assert (
        problem(await call(cast.chen, "POST", f"{session}/cancel", status=409)) == "/problems/session-already-started"
    )
    assert (await call(cast.chen, "POST", f"{session}/end"))["state"] == "ended"
    assert (await call(cast.chen, "POST", f"{session}/end"))["state"] == "ended"
    assert problem(await call(cast.chen, "POST", f"{session}/start", status=409)) == "/problems/session-over"
    types = [(event["seq"], event["type"], event["data"]["state"]) for event in await events(cast.bob, session)]
    assert types == [(1, "state", "live"), (2, "state", "ended")]


async def test_what_was_not_started_cannot_end_and_may_be_called_off(cast: Cast) -> None:
    session = await plan(cast.chen, cast.region, startsAt=clock.now() + 60 * MINUTE)
    assert problem(await call(cast.chen, "POST", f"{session}/end", status=409)) == "/problems/session-not-started"
    await call(cast.bob, "POST", f"{session}/cancel", status=403)
    for _ in range(2):
        assert (await call(cast.chen, "POST", f"{session}/cancel"))["state"] == "cancelled"
    assert problem(await call(cast.chen, "POST", f"{session}/start", status=409)) == "/problems/session-over"


async def test_what_nobody_starts_is_called_off_after_half_a_day(cast: Cast) -> None:
    with clock.travel(NOON):
        session = await plan(cast.chen, cast.region)
    with clock.travel(NOON + 719 * MINUTE):
        await duties.look_after_rooms()
        assert (await call(cast.chen, "GET", session))["state"] == "scheduled"
    with clock.travel(NOON + 720 * MINUTE):
        await duties.look_after_rooms()
        assert (await call(cast.chen, "GET", session))["state"] == "cancelled"


async def test_everybody_lists_what_is_theirs(cast: Cast) -> None:
    later = await plan(cast.chen, cast.team, startsAt=clock.now() + 60 * MINUTE)
    live = await go_live(cast.chen, cast.team)

    async def listed(actor: Actor, which: str) -> set[str]:
        return {f"/{one['id']}" for one in (await call(actor, "GET", ""))[which]}

    for actor, sees in (
        (cast.bob, True),
        (cast.chen, True),
        (cast.admin, True),
        (cast.carol, False),
        (cast.mallory, False),
    ):
        assert (live in await listed(actor, "now")) is sees
        assert (later in await listed(actor, "upcoming")) is sees
        await call(actor, "GET", live, status=200 if sees else 404)
    await call(cast.chen, "POST", f"{live}/end")
    assert live in await listed(cast.bob, "past")


async def test_booking_counts_everybody_once(cast: Cast) -> None:
    session = await plan(cast.chen, cast.region, startsAt=clock.now() + 60 * MINUTE)
    for _ in range(2):
        booked = await call(cast.bob, "PUT", f"{session}/booking")
        assert (booked["booked"], booked["bookings"]) == (True, 1)
    assert (await call(cast.carol, "GET", session))["bookings"] == 1
    for _ in range(2):
        free = await call(cast.bob, "DELETE", f"{session}/booking")
        assert (free["booked"], free["bookings"]) == (False, 0)


async def test_the_door_opens_half_an_hour_before_and_closes_at_the_end(cast: Cast) -> None:
    with clock.travel(NOON):
        session = await plan(cast.chen, cast.region, startsAt=NOON + 31 * MINUTE)
        assert problem(await enter(cast.bob, session, 409)) == "/problems/room-not-open"
        assert (await enter(cast.chen, session))["media"]["whip"]
    with clock.travel(NOON + MINUTE):
        waiting = await enter(cast.bob, session)
        assert (waiting["state"]["slate"], waiting["media"]["whip"]) == ("before", None)
    await enter(cast.mallory, session, 404)
    await call(cast.chen, "POST", f"{session}/start")
    assert (await enter(cast.carol, session))["state"]["state"] == "live"
    await call(cast.chen, "POST", f"{session}/end")
    await enter(cast.bob, session, 409)


async def test_what_is_said_is_said_once_and_everybody_reads_it(cast: Cast, session: str) -> None:
    message = uuid7()
    first = await say(cast.bob, session, "你好", 201, message)
    assert await say(cast.bob, session, "你好", 201, message) == first
    assert first["data"] == {
        "id": str(message),
        "person": {"id": str(cast.bob.employee.id), "name": "Bob", "unit": "Service"},
        "text": "你好",
        "host": False,
    }
    assert problem(await say(cast.bob, session, "other", 409, message)) == "/problems/trace-conflict"
    assert problem(await say(cast.carol, session, "你好", 409, message)) == "/problems/trace-conflict"
    await say(cast.mallory, session, "let me in", 404)
    for text in ("", "  ", "\x00", "x" * 301):
        await say(cast.bob, session, text, 422)
    assert (await enter(cast.carol, session))["events"] == [first]
    acts = "select count(*) from act where session = $1 and person = $2"
    assert await db.fetchval(acts, UUID(session[1:]), cast.bob.employee.id) == 1


async def test_many_at_once_get_numbers_without_a_hole(cast: Cast, session: str) -> None:
    speakers = [cast.bob, cast.carol, cast.alice, cast.chen, cast.admin]
    await asyncio.gather(*(say(actor, session, f"{number}") for number in range(4) for actor in speakers))
    assert [event["seq"] for event in await events(cast.bob, session)] == list(range(1, 22))


async def test_five_in_ten_seconds_and_no_more(cast: Cast) -> None:
    session = await go_live(cast.alice, cast.team)
    statuses = []
    for number in range(7):
        body = {"id": str(uuid7()), "text": f"{number}"}
        answer = await cast.alice.client.post(f"/api/live-sessions{session}/messages", json=body)
        statuses.append(answer.status_code)
    assert statuses.count(201) <= 5
    assert set(statuses[5:]) == {429}
    assert answer.headers["retry-after"] == "10"


async def test_the_host_closes_the_chat_deletes_and_pins(cast: Cast) -> None:
    session = await go_live(cast.chen, cast.region)
    loud = cast.bob
    message = uuid7()
    await say(loud, session, "buy my things", 201, message)
    room = f"{session}/room"
    await call(loud, "PATCH", room, {"chatOpen": False}, 403)
    await call(cast.chen, "PATCH", room, {"pinned": message}, 204)
    assert (await enter(cast.carol, session))["pinned"]["text"] == "buy my things"
    await call(loud, "DELETE", f"{session}/messages/{message}", status=403)
    await call(cast.chen, "DELETE", f"{session}/messages/{uuid7()}", status=404)
    for _ in range(2):
        await call(cast.chen, "DELETE", f"{session}/messages/{message}", status=204)
    entered = await enter(cast.carol, session)
    assert (entered["pinned"], entered["events"]) == (None, [])
    said = await events(cast.carol, session)
    assert "buy my things" not in str([event for event in said if event["type"] != "pinned"])
    assert [event["type"] for event in said] == ["state", "message", "pinned", "pinned", "messageDeleted"]
    await call(cast.chen, "PATCH", room, {"pinned": message}, 404)
    trace = "select statement::text from trace where id = $1"
    assert "buy my things" in await db.fetchval(trace, message)
    await call(cast.chen, "PATCH", room, {"chatOpen": False}, 204)
    assert problem(await say(cast.carol, session, "hello?", 409)) == "/problems/chat-closed"
    await say(cast.chen, session, "only I speak", 201)
    await call(cast.chen, "POST", f"{session}/end")
    assert problem(await say(cast.chen, session, "too late", 409)) == "/problems/chat-closed"


async def test_who_is_removed_stays_out(cast: Cast, session: str, relay: Relay) -> None:
    guest, stay = cast.carol, Viewer(cast.carol)
    await enter(guest, session)
    await relay.joined(stay)
    body = {"person": guest.employee.id}
    await call(cast.bob, "POST", f"{session}/removals", body, 403)
    await call(cast.chen, "POST", f"{session}/removals", {"person": cast.mallory.employee.id}, 404)
    for _ in range(2):
        await call(cast.chen, "POST", f"{session}/removals", body, 204)
    assert problem(await enter(guest, session, 403)) == "/problems/removed-from-room"
    await say(guest, session, "why?", 403)
    await call(guest, "GET", f"{session}/events?since=0", status=403)
    await call(guest, "POST", f"{session}/reactions", status=403)
    await relay.beat(stay)
    assert (await call(cast.chen, "GET", f"{session}/viewers"))["count"] == 0
    told = [event for event in await events(cast.bob, session) if event["type"] == "removed"]
    assert [event["data"] for event in told] == [{"person": str(guest.employee.id)}]


async def test_the_host_sees_who_is_there_and_receives(
    cast: Cast, session: str, transport: httpx.ASGITransport
) -> None:
    relay = Relay(transport, session)
    phone, laptop, carol, host = Viewer(cast.bob), Viewer(cast.bob, "laptop"), Viewer(cast.carol), Viewer(cast.chen)
    await relay.joined(phone, laptop, carol, host)
    await relay.beat(phone, laptop, host)
    await relay.beat(carol, media_ms=0)
    await call(cast.bob, "GET", f"{session}/viewers", status=403)
    # Who came a moment ago has not been silent yet.
    assert (await call(cast.chen, "GET", f"{session}/viewers"))["notReceiving"] == 0
    await relay.beat(carol, at=clock.now() + timedelta(seconds=20), media_ms=0)
    there = await call(cast.chen, "GET", f"{session}/viewers")
    assert (there["count"], there["notReceiving"]) == (2, 1)
    bob, silent = there["viewers"]
    assert (bob["person"]["name"], bob["devices"], bob["receiving"]) == ("Bob", 2, True)
    assert (silent["person"]["name"], silent["receiving"]) == ("Carol", False)
    assert (await call(cast.bob, "GET", session))["viewers"] == 2
    await relay.left(carol)
    with clock.travel(clock.now() + 31 * MINUTE):
        assert (await enter(cast.bob, session))["viewers"] == 0


async def test_webhooks_that_are_not_the_relays_are_refused(
    cast: Cast, session: str, transport: httpx.ASGITransport
) -> None:
    relay, viewer = Relay(transport, session), Viewer(cast.bob)
    body = relay.message("joined", None, **viewer.members)
    assert await relay.post(body, "a secret of somebody else's, 32 long") == 401
    assert await relay.post(body.replace(b"joined", b"danced")) == 400
    assert await relay.post(b"\x00" * 100) == 400
    assert await relay.post(body.replace(relay.room.encode(), str(uuid7()).encode())) == 404
    nobody = relay.message("joined", None, **(viewer.members | {"person": uuid7()}))
    assert await relay.post(nobody) == 404
    assert await relay.post(b"[" * (4 * 1024 * 1024 + 1)) == 413
    assert await relay.post(body) == 204


async def test_an_expert_of_another_unit_does_not_lead(cast: Cast) -> None:
    unit = await make_unit(cast.company.org, cast.company, "North")
    session = await go_live(cast.admin, unit)
    await call(cast.chen, "POST", f"{session}/end", status=404)
