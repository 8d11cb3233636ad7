"""Real Chromium publishes, real Chromium watches."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from playwright.async_api import Browser

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


async def watching(browser: Browser, server: RelayProcess, room: UUID, device: str) -> Tab:
    viewer = await Tab.open(browser, server.url)
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
