"""Real Chromium publishes, real Chromium watches."""

from collections.abc import AsyncIterator
from math import inf
from uuid import UUID

import pytest
from playwright.async_api import Browser

from tests.e2e.line import Line, laid_line
from tests.expect import eventually
from tests.media.browser import Tab, chromium
from tests.media.clients import grant
from tests.media.server import RelayProcess


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def grows(tab: Tab, kind: str, name: str, by: float) -> None:
    """Wait until a figure has grown."""
    goal = await tab.figure(kind, name) + by

    async def grown() -> bool:
        return bool(await tab.figure(kind, name) >= goal)

    await eventually(f"{kind} {name} grows by {by}", grown, timeout=20)


async def publishing(browser: Browser, server: RelayProcess, room: UUID, codec: str | None) -> Tab:
    host = await Tab.open(browser, server.url)
    await host.call("publish", f"/whip/{room}/host", grant(room, device="laptop", publish=["host"]), codec)
    await grows(host, "video", "framesEncoded", 10)
    return host


async def watching(
    browser: Browser, server: RelayProcess, room: UUID, device: str, line: Line | None = None
) -> Tab:
    viewer = await Tab.open(browser, server.url)
    if line is not None:
        await line.lead(viewer.page)
    await viewer.call("view", f"/whep/{room}/host", grant(room, device=device))
    return viewer


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_chromium_sees_and_hears_chromium(browser: Browser, server: RelayProcess, room: UUID, codec: str) -> None:
    host = await publishing(browser, server, room, codec)
    viewer = await watching(browser, server, room, "phone")
    assert await viewer.page.evaluate("firstFrame") < 2000
    await grows(viewer, "video", "framesDecoded", 60)
    await grows(viewer, "audio", "totalAudioEnergy", 0.0001)
    assert await viewer.figure("video", "frameWidth") == 640
    await host.page.context.close()
    await viewer.page.context.close()


async def test_a_host_who_reloads_resumes_without_viewers_rejoining(
    browser: Browser, server: RelayProcess, room: UUID
) -> None:
    host = await publishing(browser, server, room, None)
    viewer = await watching(browser, server, room, "phone")
    await grows(viewer, "video", "framesDecoded", 30)
    place = await viewer.page.evaluate("place.location")
    await host.load(server.url)
    await host.call("publish", f"/whip/{room}/host", grant(room, device="laptop", publish=["host"]), "VP8")
    await grows(viewer, "video", "framesDecoded", 60)
    await grows(viewer, "audio", "totalAudioEnergy", 0.0001)
    assert await viewer.page.evaluate("place.location") == place
    assert await viewer.page.evaluate("peer.connectionState") == "connected"
    await host.page.context.close()
    await viewer.page.context.close()


LAYERS = [
    {"rid": "q", "scaleResolutionDownBy": 4, "maxBitrate": 120_000},
    {"rid": "h", "scaleResolutionDownBy": 2, "maxBitrate": 400_000},
    {"rid": "f", "scaleResolutionDownBy": 1, "maxBitrate": 1_200_000},
]
NARROW = 300_000
"""Bits per second that carry the smallest layer and no other."""
KEY_FRAMES = 10
"""Asked for, of all layers together: one for each change, some at the start. An encoder short of CPU makes more."""


async def shows(tab: Tab, width: int, timeout: float = 60) -> None:
    """Wait until the picture is so wide, and goes on."""

    async def wide() -> bool:
        return bool(await tab.figure("video", "frameWidth") == width)

    await eventually(f"a picture {width} wide", wide, timeout=timeout)
    await grows(tab, "video", "framesDecoded", 30)


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_a_viewer_goes_from_layer_to_layer_without_a_fault(
    browser: Browser, server: RelayProcess, room: UUID, codec: str
) -> None:
    host = await Tab.open(browser, server.url)
    await host.call("publish", f"/whip/{room}/host", grant(room, device="laptop", publish=["host"]), codec, LAYERS)
    viewer = await watching(browser, server, room, "phone")
    other = await watching(browser, server, room, "tablet")
    await shows(viewer, 960)
    for wish, width in (("low", 240), ("auto", 960), ("low", 240)):
        assert await viewer.call("wish", wish) == 204
        await shows(viewer, width)
    assert await viewer.call("wish", "none") == 204
    before = await viewer.figure("video", "bytesReceived")
    await grows(viewer, "audio", "packetsReceived", 100)
    after = await viewer.figure("video", "bytesReceived")
    assert after - before < 300_000
    assert await viewer.call("wish", "auto") == 204
    await shows(viewer, 960)
    await shows(other, 960)
    assert await host.call("asked") <= KEY_FRAMES
    for tab in (viewer, other):
        assert await tab.figure("video", "pliCount") <= 1
        assert await tab.figure("video", "packetsLost") <= 0
    for tab in (host, viewer, other):
        await tab.page.context.close()


async def test_what_a_lossy_line_loses_is_retransmitted(browser: Browser, server: RelayProcess, room: UUID) -> None:
    """On a stream of its own (RFC 4588), which Chromium counts apart."""
    async with laid_line(loss=0.1) as line:
        host = await publishing(browser, server, room, "H264")
        viewer = await watching(browser, server, room, "phone", line)
        await grows(viewer, "video", "retransmittedPacketsReceived", 20)
        assert await viewer.figure("video", "retransmittedBytesReceived") > 10_000
        await grows(viewer, "video", "framesDecoded", 30)
        for tab in (host, viewer):
            await tab.page.context.close()


async def test_a_narrow_line_gets_a_smaller_picture_and_a_wider_one_a_larger_again(
    browser: Browser, server: RelayProcess, room: UUID
) -> None:
    """By itself: nobody wishes anything."""
    async with laid_line() as line:
        host = await Tab.open(browser, server.url)
        await host.call("publish", f"/whip/{room}/host", grant(room, device="laptop", publish=["host"]), "VP8", LAYERS)
        viewer = await watching(browser, server, room, "phone", line)
        await shows(viewer, 960)
        line.limit = NARROW
        await shows(viewer, 240)
        line.limit = inf
        await shows(viewer, 480, timeout=90)  # a step takes 8 s at the least, more after one that failed
        for tab in (host, viewer):
            await tab.page.context.close()
