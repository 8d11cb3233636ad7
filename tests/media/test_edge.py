"""A relay that pulls a seat from another one: the same media, one upstream, few requests for key frames."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest

from media import sdp, stun
from media.fleet import whep
from media.fleet.resp import Line, Refused
from media.messages import Joined, Published
from tests.expect import eventually
from tests.media.clients import Relay, Viewer, grant
from tests.media.receiver import SECRET, Receiver
from tests.media.server import RelayProcess
from tests.media.stage import assert_whole, on_air, watching

PEOPLE = 12


@pytest.fixture(scope="module")
async def edge(
    server: RelayProcess, valkey: str, backend: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RelayProcess]:
    """The module's relay becomes the origin of a fleet of two."""
    await server.stop()
    async with AsyncExitStack() as stack:
        other = RelayProcess(Path(tmp_path_factory.mktemp("edge")), backend.url, bind="127.0.0.2")
        for name, process in (("origin", server), ("edge", other)):
            told = {"MEDIA_NODE_URL": process.url, "MEDIA_NODE_CONTROL": process.url, "MEDIA_REDIS_URL": valkey}
            await process.start(MEDIA_NODE=name, MEDIA_METRICS_SECRET=SECRET, **told)
        stack.push_async_callback(other.stop)
        yield other


@pytest.fixture
async def far(edge: RelayProcess) -> AsyncIterator[Relay]:
    """The edge's door."""
    async with Relay(edge.url) as door:
        yield door


@pytest.fixture
async def placed(valkey: str, room: UUID) -> UUID:
    """A room at the origin, as the backend places it."""
    line = Line(valkey)
    await line.ask("SET", f"wake:media:origin:{room}", "origin")
    line.close()
    return room


async def test_who_watches_at_an_edge_gets_every_packet(
    relay: Relay, far: Relay, placed: UUID, backend: Receiver
) -> None:
    async with on_air(relay, placed), watching(far, placed) as viewer:
        await eventually("a picture", viewer.pictured)
        await eventually("two seconds pass", lambda: viewer.video.received > 360)
        assert_whole(viewer.video)
        assert_whole(viewer.audio)
        await eventually("the viewer is told of", lambda: backend.of(Joined, placed))
    assert len(backend.of(Joined, placed)) == 1, "the edge at the origin is nobody"
    assert len(backend.of(Published, placed)) == 1, "what is relayed is no second publication"


async def test_many_at_an_edge_are_one_upstream_and_few_key_frames(relay: Relay, far: Relay, placed: UUID) -> None:
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(on_air(relay, placed))
        viewers = [await stack.enter_async_context(watching(far, placed, light=True)) for _ in range(PEOPLE)]
        await eventually("all have a picture", lambda: all(viewer.pictured() for viewer in viewers))
        assert await upstreams(relay, placed) == 1
        before = host.keys_asked
        for viewer in viewers:
            viewer.ask_key()
        await eventually("the host is asked", lambda: host.keys_asked > before)
        await asyncio.gather(*(eventually("it goes on", viewer.receiving) for viewer in viewers))
        assert host.keys_asked <= before + 3


async def upstreams(relay: Relay, room: UUID) -> int:
    """Connections of a room at the origin that are no person's stay."""
    control = {"Authorization": f"Bearer {grant(room, control=True)}"}
    assert (await relay.http.get(f"/rooms/{room}", headers=control)).json()["stays"] == []
    figures = (await relay.http.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"})).text
    found = re.search(rf'wake_media_viewers{{room="{room}",seat="host"}} (\d+)', figures)
    return int(found[1]) if found else 0


async def test_an_edge_follows_a_host_to_another_codec_and_waits_for_one_who_is_away(
    relay: Relay, far: Relay, placed: UUID
) -> None:
    async with watching(far, placed) as viewer:
        async with on_air(relay, placed, codec="H264"):
            await eventually("H264", viewer.pictured)
        async with on_air(relay, placed, codec="VP8"):
            await eventually("VP8", lambda: any(seen.codec == "VP8" for seen in viewer.video.trail))
            await eventually("it goes on", viewer.receiving)


async def test_a_host_who_moves_to_the_edge_is_watched_there(
    relay: Relay, far: Relay, placed: UUID, valkey: str
) -> None:
    """The backend has placed the room anew: the edge is the origin, and the other way round."""
    line = Line(valkey)
    async with AsyncExitStack() as stack:
        async with on_air(relay, placed):
            here = await stack.enter_async_context(watching(relay, placed))
            there = await stack.enter_async_context(watching(far, placed))
            await eventually("both see", lambda: here.pictured() and there.pictured())
        await line.ask("SET", f"wake:media:origin:{placed}", "edge")
        seen = [viewer.video.received for viewer in (here, there)]
        await stack.enter_async_context(on_air(far, placed))
        await eventually(
            "both go on", lambda: here.video.received > seen[0] + 100 and there.video.received > seen[1] + 100
        )
    line.close()


async def test_nobody_may_pull_from_who_pulls(relay: Relay, far: Relay, placed: UUID) -> None:
    async with on_air(relay, placed), watching(far, placed) as viewer:
        await eventually("a picture", viewer.pictured)
        third = Viewer(far, placed, grant(placed, device="third", edge=True))
        text = whep.offer("abcd", "e" * 24, "AA:" * 31 + "AA")
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {third.token}"}
        answer = await far.http.post(third.path, content=text, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-the-origin")
        await third.vanish()


async def test_the_redis_line_says_what_redis_says(valkey: str) -> None:
    line = Line(valkey)
    assert await line.ask("SET", "tests:resp", b"\r\n\x00") == b"OK"
    assert await line.ask("GET", "tests:resp") == b"\r\n\x00"
    assert await line.ask("GET", "tests:nothing") is None
    assert await line.ask("INCR", "tests:number") == 1
    assert await line.ask("MGET", "tests:resp", "tests:nothing") == [b"\r\n\x00", None]
    with pytest.raises(Refused):
        await line.ask("INCR", "tests:resp")
    line.close()
    assert await line.ask("PING") == b"PONG"
    line.close()
    gone = Line("redis://127.0.0.1:9")
    with pytest.raises(OSError, match="Connect call failed"):
        await gone.ask("PING")


def test_a_check_is_what_a_lite_agent_takes_and_its_answer_is_known() -> None:
    transaction, key = b"transaction!", stun.Key(b"password")
    check = stun.check(transaction, "theirs:ours", key)
    request = stun.parse(check)
    assert request is not None
    assert (request.ufrag, request.nominated, request.transaction) == ("theirs", True, transaction)
    assert request.proven(key)
    assert not request.proven(stun.Key(b"another"))
    answer = stun.answer(request, ("192.0.2.1", 5), key)
    assert stun.answered(answer) == transaction
    assert stun.answered(check) is None
    assert stun.answered(answer[:19]) is None


def test_an_edge_offers_every_codec_and_reads_only_a_whole_answer() -> None:
    offer = sdp.parse(whep.offer("abcd", "e" * 24, "AA:" * 31 + "AA"), "recv")
    assert [form.codec for form in offer.formats("video")] == ["H264", "VP8"]
    assert [form.codec for form in offer.formats("audio")] == ["opus"]
    with pytest.raises(sdp.Unacceptable):
        whep.read("v=0\r\na=ice-ufrag:abcd\r\n")
