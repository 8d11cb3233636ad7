"""The stage: a viewer raises a hand, is invited, consents, is seen by a third person, is muted, and goes down again."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.conftest import OpenPhone
from tests.e2e.inspection import Inspector
from tests.e2e.test_live_share import WITNESS, enter, figures, go_live, sees
from tests.e2e.test_screens import SMALL
from tests.expect import eventually

PHONE: dict[str, Any] = {"reduced_motion": "reduce", "color_scheme": "light", "viewport": {"width": 390, "height": 844}}

FRAMES = """(seat) => document.querySelector(`[data-testid="seat-${seat}"]`)?.getVideoPlaybackQuality().totalVideoFrames
  ?? 0"""


async def sees_seat(page: Page, seat: str) -> None:
    """The page decodes more and more of what is published on a seat."""
    before: int = await page.evaluate(FRAMES, seat)

    async def grown() -> bool:
        now: int = await page.evaluate(FRAMES, seat)
        return now > before + 10

    await eventually(f"{seat} is seen", grown, 15)


async def witnessed(phone: OpenPhone, number: str, **more: Any) -> Page:
    page = await phone(number, **more)
    await page.add_init_script(WITNESS)
    await page.reload()
    return page


async def end(host: Page) -> None:
    """Leave nothing live behind for the next story."""
    await host.get_by_test_id("end").click()
    await host.get_by_test_id("confirm-end").click()
    await expect(host.get_by_test_id("end")).to_be_hidden()


async def test_a_viewer_comes_on_the_stage_and_goes_down_again(phone: OpenPhone) -> None:
    """Hand, invitation, consent; a third person sees; silence by request; removal."""
    inspector = Inspector()
    guest = await witnessed(phone, "bob", laptop=True, **SMALL)
    other = await witnessed(phone, "alice", laptop=True, **SMALL)
    host = await phone("chen", "/live", laptop=True)
    await go_live(host)
    await enter(guest)
    await enter(other)

    await comes_up(guest, host, inspector)
    await sees_seat(other, "guest-1")
    await sees_seat(host, "guest-1")
    await sees(other)
    await inspector.look(other, "a guest on the stage", laptop=True)
    await inspector.look(guest, "on the stage")
    for page in (host, other):
        await page.set_viewport_size({"width": 1440, "height": 900})

    await is_muted_by_request(host, guest, other)
    await guest.reload()
    await expect(guest.get_by_test_id("on-stage")).to_have_attribute("data-link", "connected")
    await sees_seat(other, "guest-1")

    await host.get_by_test_id("on-stage-of-host").get_by_role("button", name=re.compile("下台")).click()
    await expect(guest.get_by_test_id("on-stage")).to_be_hidden()
    for page in (host, other):
        await expect(page.get_by_test_id("guest")).to_have_count(0)
    await expect(guest.get_by_test_id("hand")).to_have_attribute("aria-pressed", "false")
    await sees(guest)
    await end(host)
    assert not inspector.findings, inspector.report()


async def comes_up(guest: Page, host: Page, inspector: Inspector) -> None:
    """Hand, invitation, a look at oneself, consent."""
    await guest.get_by_test_id("hand").click()
    await expect(guest.get_by_test_id("hand")).to_have_attribute("aria-pressed", "true")
    await expect(host.get_by_test_id("raised")).to_have_count(1)
    await inspector.look(guest, "hand raised")
    await host.get_by_test_id("raised").get_by_role("button", name=re.compile("邀请")).click()

    await expect(guest.get_by_test_id("come-up")).to_be_enabled()
    await inspector.look(guest, "invitation")
    await guest.get_by_test_id("come-up").click()
    await expect(guest.get_by_test_id("on-stage")).to_have_attribute("data-link", "connected")


async def is_muted_by_request(host: Page, guest: Page, other: Page) -> None:
    """The guest's own app mutes, everybody sees it; the guest may speak again."""
    await host.get_by_test_id("on-stage-of-host").get_by_role("button", name=re.compile("静音")).click()
    await expect(guest.get_by_test_id("my-microphone")).to_have_attribute("aria-pressed", "true")
    await expect(other.get_by_test_id("guest")).to_contain_text("麦克风已关")
    await guest.get_by_test_id("my-microphone").click()
    await expect(other.get_by_test_id("guest")).not_to_contain_text("麦克风已关")


async def width(viewer: Page) -> float:
    """How wide the host's picture is."""
    found: float = await viewer.get_by_test_id("video").evaluate("video => video.clientWidth")
    return found


async def test_a_host_shows_a_screen(phone: OpenPhone) -> None:
    """The screen is the main picture, the host's face small, and the host's connection is never made anew."""
    inspector = Inspector()
    viewer = await witnessed(phone, "alice", laptop=True, **SMALL)
    host = await phone("chen", "/live", laptop=True)
    await go_live(host)
    await enter(viewer)
    wide = await width(viewer)
    await host.get_by_test_id("share").click()
    await sees_seat(viewer, "screen")
    assert await width(viewer) < wide / 2
    before = (await figures(viewer))["frames"]
    await sees(viewer)
    assert (await figures(viewer))["frames"] > before
    assert await viewer.evaluate("window.connections.length") == 2
    await inspector.look(viewer, "a screen is shown", laptop=True)
    await viewer.set_viewport_size({"width": 1440, "height": 900})
    await host.get_by_test_id("share").click()
    await expect(viewer.get_by_test_id("seat-screen")).to_be_hidden()
    await sees(viewer)
    await end(host)
    assert not inspector.findings, inspector.report()


async def test_a_host_on_a_phone_names_a_cohost_who_invites(phone: OpenPhone) -> None:
    """Who leads with the host finds hands and viewers on their phone; an invitation may be declined."""
    inspector = Inspector()
    host = await phone("chen", "/live", **PHONE)
    await go_live(host)
    cohost = await witnessed(phone, "alice", **PHONE)
    viewer = await witnessed(phone, "bob", **PHONE)
    await enter(cohost)
    await enter(viewer)
    await host.get_by_test_id("hands").click()
    await host.get_by_role("button", name=re.compile("周敏")).click(timeout=10_000)
    await host.get_by_test_id("name-cohost").click()
    await expect(cohost.get_by_test_id("lead")).to_be_visible()

    await viewer.get_by_test_id("hand").click()
    await expect(cohost.get_by_test_id("lead")).to_contain_text("1")
    await cohost.get_by_test_id("lead").click()
    await expect(cohost.get_by_test_id("raised")).to_have_count(1)
    await inspector.look(cohost, "a co-host leads")
    await cohost.get_by_role("button", name=re.compile("的操作")).last.click()
    await expect(cohost.get_by_test_id("invite")).to_be_visible()
    await inspector.look(cohost, "what a co-host may do with a viewer")
    await cohost.keyboard.press("Escape")
    await cohost.get_by_test_id("raised").get_by_role("button", name=re.compile("邀请")).click()
    await viewer.get_by_test_id("decline").click()
    await expect(viewer.get_by_test_id("hand")).to_have_attribute("aria-pressed", "false")
    await expect(cohost.get_by_test_id("raised")).to_have_count(0)

    await viewer.get_by_test_id("hand").click()
    await cohost.get_by_test_id("raised").get_by_role("button", name=re.compile("邀请")).click()
    await viewer.get_by_test_id("come-up").click()
    await sees_seat(host, "guest-1")
    await host.keyboard.press("Escape")
    await inspector.look(host, "a host on a phone with a guest")
    await viewer.get_by_test_id("leave-stage").click()
    await expect(host.get_by_test_id("guest")).to_have_count(0)
    await end(host)
    assert not inspector.findings, inspector.report()
