"""Recordings: announced, fetched, a lesson once, watched, and what was missed is filled."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
import pytest_asyncio
from msgspec.structs import replace

from backend.features.files import storage
from backend.features.live import media
from backend.features.live.recordings import Keeping
from backend.features.replays import fetching, keeping
from backend.features.replays.duties import use
from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.kit.settings import Settings
from tests.backend.live import NOON, SECOND, Relay, Viewer, call, close, epoch, go_live, recomputed, say
from tests.backend.shelf import Shelf, shelf_open
from tests.backend.test_live_closing import working
from tests.cast import Actor, Cast
from tests.expect import eventually
from tests.rebuild import assert_rebuild_equals_live

FILM = b"\0\0\0\x20ftypisom" + os.urandom(200_000)
STILL = b"\xff\xd8\xff" + os.urandom(5_000)
LASTED = 120 * SECOND


@pytest_asyncio.fixture
async def shelf(settings: Settings, app: Any) -> AsyncIterator[Shelf]:
    async with shelf_open() as shelf:
        media.use(replace(settings, media_control=shelf.url))
        use(storage.of(settings))
        yield shelf
        media.use(settings)


async def share(cast: Cast, transport: httpx.ASGITransport, pinned: str = "") -> tuple[str, Relay]:
    """Two minutes at noon: Bob was there for the first, Carol never; a message may be pinned after 30 s."""
    bob = Viewer(cast.bob)
    with clock.travel(NOON):
        session = await go_live(cast.chen, cast.region)
        relay = Relay(transport, session)
        publication = await relay.published(cast.chen)
        await relay.joined(bob)
    if pinned:
        with clock.travel(NOON + 30 * SECOND):
            message = await say(cast.chen, session, pinned)
            await call(cast.chen, "PATCH", f"{session}/room", {"pinned": message["data"]["id"]})
    with clock.travel(NOON + 60 * SECOND):
        await relay.left(bob)
    with clock.travel(NOON + LASTED):
        await call(cast.chen, "POST", f"{session}/end")
        await relay.unpublished(cast.chen, publication)
        await close(session)
    return session, relay


async def announced(shelf: Shelf, relay: Relay) -> bytes:
    told = shelf.told(video=FILM, poster=STILL, thumbnails=STILL)
    return await relay.tell("recorded", NOON + LASTED, startedAt=epoch(NOON), durationMs=120_000, **told)


def host_part(session: str, part: int = 1) -> Keeping:
    return Keeping(UUID(session[1:]), "host", part)


async def kept(cast: Cast, transport: httpx.ASGITransport, shelf: Shelf, settings: Settings) -> str:
    """A share with its recording."""
    session, relay = await share(cast, transport)
    await announced(shelf, relay)
    await keeping.keep(host_part(session), storage.of(settings))
    return session


async def watch(actor: Actor, session: str, from_ms: int, to_ms: int, status: int | None = None, **more: Any) -> Any:
    body = {"id": uuid7(), "fromMs": from_ms, "toMs": to_ms, "occurredAt": clock.now(), "stopped": True} | more
    return await call(actor, "POST", f"{session}/watched", body, status)


async def lessons_of(session: str) -> list[Any]:
    sql = "select l.*, c.publisher, c.unit from lesson l join channel c on c.id = l.channel where l.cards::text like $1"
    return await db.fetch(sql, f"%{session[1:]}%")


async def test_a_recording_becomes_one_lesson_by_the_real_worker(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf
) -> None:
    session, relay = await share(cast, transport, "Refunds above 500")
    assert (await call(cast.bob, "GET", session))["replayMs"] is None
    shelf.cuts = [1000]
    body = await announced(shelf, relay)
    async with working(settings):

        async def there() -> bool:
            return bool((await call(cast.bob, "GET", session))["replayMs"] == 120_000)

        await eventually("the recording is kept", there, 15)
        assert await relay.post(body) == 204
        await announced(shelf, relay)
        await eventually("the relay may forget it", lambda: shelf.forgotten, 10)
    assert set(shelf.forgotten) == {f"/recordings{session}/host"}
    [lesson] = await lessons_of(session)
    assert (lesson["publisher"], lesson["unit"], lesson["version"]) == (cast.chen.employee.id, cast.region.id, 1)
    shown = (await cast.bob.client.get(f"/api/lessons/{lesson['id']}")).json()
    [card] = shown["cards"]
    assert (card["kind"], card["session"]) == ("video", session[1:])
    replay = await call(cast.bob, "GET", f"{session}/replay")
    assert (await cast.bob.client.get(replay["video"])).content == FILM
    part = await cast.bob.client.get(replay["video"], headers={"range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, FILM[5:10])
    assert (await cast.bob.client.get(replay["poster"])).content == STILL
    assert replay["thumbnails"] | {"url": ""} == {"url": "", "count": 6, "columns": 10, "everyMs": 10_000}
    assert replay["chapters"] == [{"atMs": 30_000, "title": "Refunds above 500"}]
    assert replay["missed"] == [{"fromMs": 60_000, "toMs": 120_000}]
    await assert_rebuild_equals_live()


async def test_parts_that_two_relays_have_are_both_kept(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf
) -> None:
    """The first relay died in mid-share: the rest is a lesson of its own, and nobody forgets the other's part."""
    session, relay = await share(cast, transport)
    rest = FILM + b"the rest"
    await announced(shelf, relay)
    await keeping.keep(host_part(session), storage.of(settings))
    told = shelf.told(video=rest, poster=STILL)
    for _ in range(2):
        await relay.tell("recorded", NOON + LASTED, startedAt=epoch(NOON + 60 * SECOND), durationMs=60_000, **told)
    assert len(shelf.forgotten) == 1
    for _ in range(2):
        await keeping.keep(host_part(session, 2), storage.of(settings))
    [first] = await lessons_of(session)
    second = await db.fetchval("select id from lesson where title = $1 || ' · 0:01:00–0:02:00'", first["title"])
    shown = (await cast.bob.client.get(f"/api/lessons/{second}")).json()
    assert (await cast.bob.client.get(shown["cards"][0]["url"])).content == rest
    assert "session" not in shown["cards"][0]
    replay = await call(cast.bob, "GET", f"{session}/replay")
    assert (await cast.bob.client.get(replay["video"])).content == FILM
    assert not replay["complete"]


class Killed(BaseException):
    """kill -9, as far as a test in one process can have it."""


STEPS = [
    ("backend.features.replays.fetching._piece", 1),
    ("backend.features.files.service._insert", 1),
    ("backend.features.files.service._insert", 3),
    ("backend.features.lessons.making.make", 1),
    ("backend.features.live.recordings.kept", 1),
    ("backend.features.replays.fetching.forget", 1),
]


@pytest.mark.parametrize(("step", "time"), STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_worker_killed_anywhere_leaves_one_lesson_in_the_end(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf, step: str, time: int, after: bool
) -> None:
    session, relay = await share(cast, transport)
    await announced(shelf, relay)
    with pytest.MonkeyPatch.context() as patch:
        module, name = step.rsplit(".", 1)
        real = getattr(__import__(module, fromlist=[name]), name)
        calls = 0

        async def killed(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == time and not after:
                raise Killed
            answer = await real(*args)
            if calls == time:
                raise Killed
            return answer

        patch.setattr(f"{module}.{name}", killed)
        with pytest.raises(Killed):
            await keeping.keep(host_part(session), storage.of(settings))
    for _ in range(2):
        await keeping.keep(host_part(session), storage.of(settings))
    [lesson] = await lessons_of(session)
    replay = await call(cast.bob, "GET", f"{session}/replay")
    assert (await cast.bob.client.get(replay["video"])).content == FILM
    rows = await db.fetchval("select count(*) from lesson_version where lesson = $1", lesson["id"])
    assert rows == 1


async def test_what_arrives_broken_is_not_believed(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf
) -> None:
    session, relay = await share(cast, transport)
    await announced(shelf, relay)
    shelf.documents["host.mp4"] = FILM[:-1] + bytes([FILM[-1] ^ 1])
    with pytest.raises(fetching.Torn):
        await keeping.keep(host_part(session), storage.of(settings))
    assert (await call(cast.bob, "GET", session))["replayMs"] is None
    assert shelf.forgotten == []
    shelf.documents["host.mp4"] = FILM
    await keeping.keep(host_part(session), storage.of(settings))
    assert (await call(cast.bob, "GET", session))["replayMs"] == 120_000


async def test_a_fetch_goes_on_where_it_was(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PIECE", 60_000)
    session, relay = await share(cast, transport)
    await announced(shelf, relay)
    shelf.cuts = [10_000]
    with pytest.raises(httpx.HTTPError):
        await keeping.keep(host_part(session), storage.of(settings))
    await keeping.keep(host_part(session), storage.of(settings))
    assert shelf.gets[:3] == ["0-59999", "10000-69999", "70000-129999"]


async def test_what_was_missed_is_filled_by_watching_it(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf
) -> None:
    session = await kept(cast, transport, shelf, settings)
    assert (await call(cast.bob, "GET", session))["attendedMs"] == 60_000
    later = NOON + timedelta(hours=2)
    with clock.travel(later):
        await watch(cast.bob, session, 60_000, 90_000)
        await watch(cast.carol, session, 0, 20_000)
    with clock.travel(later + 30 * SECOND):
        await watch(cast.bob, session, 80_000, 110_000)  # he went back ten seconds
        await close(session)
    mine = (await cast.bob.client.get(f"/api/live-sessions{session}/attendance/mine")).json()["people"][0]
    assert (mine["liveMs"], mine["replayMs"], mine["share"]) == (60_000, 50_000, 9_166)
    shown = await call(cast.carol, "GET", session)
    assert (shown["attendedMs"], shown["share"]) == (20_000, 1_666)
    assert (await call(cast.bob, "GET", f"{session}/replay"))["missed"] == [{"fromMs": 110_000, "toMs": 120_000}]
    audited = await recomputed(session)
    assert audited[str(cast.bob.employee.id)].replay_ms == 50_000
    with clock.travel(later + 60 * SECOND):
        await watch(cast.bob, session, 110_000, 120_000)
        await close(session)
        await close(session)
    shown = await call(cast.bob, "GET", session)
    assert (shown["attendedMs"], shown["share"]) == (120_000, 10_000)
    traces = await db.fetch(
        "select verb, count(*) from trace where object = $1 and actor = $2 and verb = 'attended' group by verb",
        UUID(session[1:]), cast.bob.employee.id,
    )  # fmt: skip
    assert [row["count"] for row in traces] == [3]
    await assert_rebuild_equals_live()


async def test_nobody_watches_faster_than_time_or_outside_the_recording(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf
) -> None:
    session = await kept(cast, transport, shelf, settings)
    with clock.travel(NOON + timedelta(days=1)):
        id_ = uuid7()
        await watch(cast.alice, session, 0, 30_000, id=id_)
        await watch(cast.alice, session, 0, 30_000, id=id_)  # the answer was lost
        assert (await watch(cast.alice, session, 0, 20_000, 409, id=id_))["type"] == "/problems/trace-conflict"
        refused = await watch(cast.alice, session, 30_000, 60_000, 409)
        assert refused["type"] == "/problems/watched-faster-than-time"
        for odd in ((119_000, 122_000), (500, 500), (600, 500)):
            assert (await watch(cast.alice, session, *odd, 422))["type"] == "/problems/outside-the-recording"
        await watch(cast.alice, session, -5, 10, 422)
    with clock.travel(NOON + timedelta(days=1) + 10 * SECOND):
        await watch(cast.alice, session, 30_000, 45_000, 409)
        await watch(cast.alice, session, 30_000, 40_000)
    await assert_rebuild_equals_live()


async def test_who_may_not_see_the_share_may_not_see_its_recording(
    cast: Cast, transport: httpx.ASGITransport, settings: Settings, shelf: Shelf
) -> None:
    session = await kept(cast, transport, shelf, settings)
    await call(cast.mallory, "GET", f"{session}/replay", status=404)
    await watch(cast.mallory, session, 0, 1000, 404)
    await call(cast.chen, "POST", f"{session}/removals", {"person": cast.carol.employee.id})
    await call(cast.carol, "GET", f"{session}/replay", status=403)
    live = await go_live(cast.chen, cast.region)
    await call(cast.bob, "GET", f"{live}/replay", status=404)


async def test_a_share_is_recorded_unless_its_host_says_no(cast: Cast) -> None:
    for recorded in (True, False):
        body = {"id": uuid7(), "title": "Quiet", "unit": cast.region.id, "recorded": recorded}
        session = f"/{(await call(cast.chen, 'POST', '', body, 201))['id']}"
        room = await call(cast.chen, "POST", f"{session}/join", {"device": "laptop"})
        assert room["session"]["recorded"] is recorded
        assert media_claim(room["media"]["token"]) is recorded


def media_claim(token: str) -> bool:
    return bool(jwt.decode(token, options={"verify_signature": False})["record"])
