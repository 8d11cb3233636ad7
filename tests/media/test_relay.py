"""Media through the real relay: pictures at once, repairs, roaming, a host who comes back."""

import asyncio
import time
from contextlib import AsyncExitStack
from itertools import pairwise
from uuid import UUID

import pytest

from media.messages import Joined, Left, Published, Unpublished
from tests.expect import eventually
from tests.media.clients import Relay, Viewer, grant
from tests.media.receiver import Receiver
from tests.media.sdp import Codec
from tests.media.server import RelayProcess
from tests.media.stage import assert_whole, in_order, on_air, watching
from tests.media.streams import read_stamp


async def after(viewer: Viewer, packets: int) -> None:
    """Wait until so many more video packets have come."""
    goal = viewer.video.received + packets
    await eventually(f"{packets} more packets", lambda: viewer.video.received >= goal, timeout=20)


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_what_is_published_is_received_whole(relay: Relay, room: UUID, codec: Codec) -> None:
    async with on_air(relay, room, codec=codec), watching(relay, room) as viewer:
        await after(viewer, 500)
        assert viewer.video.first_key_at is not None
        assert {seen.codec for seen in viewer.video.trail} == {codec}
        assert viewer.audio.received > 100
        assert viewer.video.first < 1 << 15
        assert sorted(viewer.video.latencies)[len(viewer.video.latencies) // 2] < 0.05
        assert_whole(viewer.video)
        assert_whole(viewer.audio)


async def test_a_viewer_who_was_first_receives_as_soon_as_somebody_publishes(relay: Relay, room: UUID) -> None:
    async with watching(relay, room) as viewer:
        assert viewer.video.received == 0
        async with on_air(relay, room):
            await eventually("a picture", lambda: viewer.video.first_key_at, timeout=3)
            await after(viewer, 100)
            assert_whole(viewer.video)


async def test_who_joins_late_gets_a_key_frame_at_once(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room) as host:
        async with watching(relay, room) as first:
            await after(first, 700)
        for _ in range(3):
            async with watching(relay, room) as viewer:
                await after(viewer, 60)
                assert viewer.first_picture is not None
                assert_whole(viewer.video)
        assert host.key_frames < 5


async def test_who_come_at_once_get_everything_once_and_in_order_unasked(relay: Relay, room: UUID) -> None:
    """Each is given the cached picture in pieces until they are one of all: no packet may fall between the two."""
    async with on_air(relay, room) as publisher, AsyncExitStack() as stack:
        await eventually("a picture is cached", lambda: publisher.key_frames)
        viewers = [Viewer(relay, room, grant(room), nack=False) for _ in range(20)]
        for viewer in viewers:
            stack.push_async_callback(viewer.vanish)
        await asyncio.gather(*(viewer.join() for viewer in viewers))
        await eventually("so much that no piece is left", lambda: all(one.video.received > 500 for one in viewers))
        for viewer in viewers:
            assert_whole(viewer.video)
            assert not viewer.video.twice
            assert viewer.video.key_frames


async def test_who_misses_the_picture_may_ask_for_it(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room) as host, watching(relay, room) as viewer:
        await after(viewer, 300)
        asked, seen = host.keys_asked, viewer.video.key_frames
        viewer.ask_key()
        await eventually("the host is asked", lambda: host.keys_asked > asked, timeout=3)
        await eventually("another key frame", lambda: viewer.video.key_frames > seen, timeout=3)


@pytest.mark.parametrize("rtx", [True, False])
async def test_ten_percent_loss_towards_viewers_is_repaired(relay: Relay, room: UUID, rtx: bool) -> None:
    """By retransmissions of their own (RFC 4588), or by the same packets once more."""
    async with on_air(relay, room), watching(relay, room, rtx=rtx) as viewer:
        await eventually("a picture", lambda: viewer.video.first_key_at)
        viewer.link.loss = 0.1
        await after(viewer, 900)
        viewer.link.loss = 0.0
        await eventually("no hole is left", lambda: not viewer.video.holes and not viewer.audio.holes)
        assert viewer.video.repaired > 50
        assert viewer.retransmitted >= viewer.video.repaired if rtx else viewer.retransmitted == 0
        assert_whole(viewer.video)
        assert_whole(viewer.audio)


@pytest.mark.parametrize("rtx", [True, False])
async def test_ten_percent_loss_from_the_host_is_repaired(relay: Relay, room: UUID, rtx: bool) -> None:
    async with on_air(relay, room, rtx=rtx, probes=False) as host, watching(relay, room) as viewer:
        await eventually("a picture", lambda: viewer.video.first_key_at)
        host.loss = 0.1
        await after(viewer, 700)
        host.loss = 0.0
        await after(viewer, 100)
        await eventually("no hole is left", lambda: not viewer.video.holes)
        assert host.resent > 30
        assert_whole(viewer.video)


async def test_a_hopeless_line_carries_only_sound_until_it_is_better(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room), watching(relay, room, nack=False) as viewer:
        await eventually("a picture", lambda: viewer.video.first_key_at)
        viewer.link.loss = 0.6
        await eventually("only sound", lambda: not viewer.receiving(2.0), timeout=15)
        assert time.monotonic() - viewer.audio.last_at < 1
        viewer.link.loss = 0.0
        last, keys = viewer.video.highest, viewer.video.key_frames
        await eventually("the picture again", lambda: viewer.video.highest > last, timeout=25)
        back = next(seen for seen in viewer.video.trail if seen.seq > last)
        assert back.seq - last < 100  # it goes on where it was, but for what was lost
        await eventually("it begins with a key frame", lambda: viewer.video.key_frames > keys)
        await after(viewer, 200)


async def test_padding_probes_leave_no_hole(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room, rtx=False, probes=True), watching(relay, room, nack=False) as viewer:
        await after(viewer, 900)
        assert_whole(viewer.video)


async def test_a_phone_that_changes_networks_stays(relay: Relay, room: UUID, backend: Receiver) -> None:
    async with on_air(relay, room), watching(relay, room) as viewer:
        await after(viewer, 100)
        for _ in range(3):
            viewer.link.roam()
            await after(viewer, 100)
        await eventually("no hole is left", lambda: not viewer.video.holes)
    await eventually("both messages", lambda: backend.of(Left, room))
    assert len(backend.of(Joined, room)) == 1


@pytest.mark.parametrize("codecs", [("H264", "H264"), ("H264", "VP8")])
async def test_a_host_who_comes_back_continues_the_same_streams(
    relay: Relay, room: UUID, backend: Receiver, codecs: tuple[Codec, Codec]
) -> None:
    async with watching(relay, room) as viewer:
        async with on_air(relay, room, codec=codecs[0]) as host:
            await after(viewer, 200)
            host.link.online = False  # a reloaded page says nothing
            gone = time.monotonic()
            async with on_air(relay, room, codec=codecs[1]):
                await eventually("a new key frame", lambda: viewer.video.key_frames >= 2, timeout=3)
                back = time.monotonic() - gone
                await after(viewer, 200)
        packets = in_order(viewer.video)
        splice = next(seen for seen in packets if (mark := read_stamp(seen.payload)) and mark.sent > gone)
        assert splice.codec == codecs[1]
        assert splice.payload[:1] in (b"\x78", b"\x90")  # begins with the key frame
        for before, then in pairwise(packets):
            assert then.seq == (before.seq + 1) & 0xFFFF
            step = (then.timestamp - before.timestamp) & 0xFFFFFFFF
            assert step <= 90_000 * (back + 1)
        assert not viewer.video.holes
        assert viewer.joins == 1
    await eventually("it is told", lambda: len(backend.of(Unpublished, room)) == 2)
    assert len(backend.of(Published, room)) == 2
    assert [gone.reason for gone in backend.of(Unpublished, room)] == ["replaced", "bye"]


async def test_a_host_who_is_silent_for_a_while_goes_on(relay: Relay, room: UUID, backend: Receiver) -> None:
    async with on_air(relay, room) as host, watching(relay, room) as viewer:
        await after(viewer, 100)
        host.link.cut(7)
        await eventually("off the air", lambda: backend.of(Unpublished, room), timeout=10)
        await eventually("on the air again", lambda: len(backend.of(Published, room)) == 2, timeout=10)
        await after(viewer, 100)
        assert viewer.joins == 1


async def test_fifty_viewers_all_receive_everything(relay: Relay, room: UUID, server: RelayProcess) -> None:
    async with on_air(relay, room):
        crowd = [Viewer(relay, room, grant(room), light=True) for _ in range(50)]
        await asyncio.gather(*(viewer.join() for viewer in crowd))
        await eventually("pictures", lambda: all(viewer.video.first_key_at for viewer in crowd), timeout=10)
        await after(crowd[0], 300)
        state = (
            await relay.http.get(f"/rooms/{room}", headers={"Authorization": f"Bearer {grant(room, control=True)}"})
        ).json()
        assert len(state["stays"]) == 50
        await eventually("no holes", lambda: not any(viewer.video.holes for viewer in crowd))
        assert sum(viewer.video.lost for viewer in crowd) == 0
        assert await asyncio.gather(*(viewer.leave() for viewer in crowd)) == [200] * 50
