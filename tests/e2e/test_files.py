"""A network that lets no WebRTC through: the phone goes by files on its own, and is there all the same."""

from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import OpenPhone
from tests.e2e.test_live_share import enter_room, go_live
from tests.expect import eventually
from tests.house import Colleague, House

FRAMES = "document.querySelector('[data-testid=video]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0"


async def test_a_phone_without_webrtc_watches_files(house: House, phone: OpenPhone) -> None:
    """No WHEP gets through; the picture comes, and the stay is told by the relay."""
    viewer = await phone("alice")

    async def block(route: Route) -> None:
        await route.abort()

    await viewer.context.route("**/whep/**", block)
    host = await phone("chen", "/live", laptop=True)
    await go_live(host)
    await enter_room(viewer)
    await eventually("frames are decoded from files", lambda: seen(viewer), 45)
    await expect(host.get_by_test_id("viewers").first).to_contain_text("1", timeout=15_000)
    session = host.url.split("/")[-2]
    await host.get_by_test_id("end").click()
    await host.get_by_test_id("confirm-end").click()
    await expect(viewer.get_by_test_id("credited")).to_be_visible(timeout=20_000)
    async with Colleague(house, "alice") as alice:
        [mine] = (await alice.get(f"/api/live-sessions/{session}/attendance/mine"))["people"]
        assert mine["liveMs"] > 0


async def seen(page: Page) -> bool:
    """Whether a few seconds of pictures were shown."""
    return int(await page.evaluate(FRAMES)) > 60
