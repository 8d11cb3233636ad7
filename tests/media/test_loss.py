"""A line that loses a tenth of everything, on every way at once: media, reports, requests and what comes again."""

from pathlib import Path
from uuid import UUID

from tests.expect import eventually
from tests.media.clients import Relay
from tests.media.figures import METRICS, figures
from tests.media.receiver import Receiver
from tests.media.server import RelayProcess
from tests.media.stage import on_air, watching

LOSS, FRAMES, MISSING = 0.1, 400, 0.001
"""Shares of packets, and how long it is tried: 13 s."""


async def test_next_to_nothing_is_missing_in_the_end(tmp_path: Path, backend: Receiver, room: UUID) -> None:
    server = RelayProcess(tmp_path, backend.url)
    await server.start(MEDIA_METRICS_SECRET=METRICS)
    async with Relay(server.url) as relay, on_air(relay, room) as host, watching(relay, room) as viewer:
        await eventually("a picture", viewer.pictured)
        host.loss = host.link.loss = viewer.link.loss = viewer.link.unsent = LOSS
        await eventually("a while of it", lambda: viewer.video.frames > FRAMES, timeout=40)
        host.loss = host.link.loss = viewer.link.loss = viewer.link.unsent = 0.0
        await eventually("no hole is left", lambda: not viewer.video.holes)
        video, where = viewer.video, f'room="{room}",seat="host"'
        assert video.lost <= MISSING * video.received
        assert host.resent > 100
        told = await figures(relay)
        repeats = told["wake_media_repeats_total", where]
        assert 2 * told["wake_media_nacks_total", where] >= repeats >= viewer.retransmitted > 150
    await server.stop()


async def test_what_is_asked_for_once_more_comes_twice(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room), watching(relay, room, nack=False) as viewer:
        await eventually("a picture", lambda: viewer.video.received > 100)
        last = viewer.video.highest & 0xFFFF
        viewer.ask_for([last - 1, last])
        await eventually("both come", lambda: viewer.retransmitted == 2)
        viewer.ask_for([last])
        await eventually("it comes twice", lambda: viewer.retransmitted == 4)
        viewer.ask_for([last - 2])
        await eventually("another comes", lambda: viewer.retransmitted >= 5)
        await eventually("more of the stream", lambda: viewer.video.received > 200)
        assert viewer.retransmitted == 5
