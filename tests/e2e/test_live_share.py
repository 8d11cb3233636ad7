"""The main story: an expert goes live in Chromium, two phones watch, attendance becomes points."""

import json
import re
import time
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.conftest import OpenPhone
from tests.e2e.line import laid_line
from tests.expect import eventually
from tests.house import Colleague, House, wake

TITLE = "新品卖点一分钟讲透"
LIVE_SECONDS = 60.0
RESUMED_WITHIN, SEEN_WITHIN = 5.0, 10.0
NOTICED_WITHIN, BACK_WITHIN = 8.0, 4.0  # the app promises 3 s, and a second for the first frames on a busy machine
LEAST_FPS = 15
CUT_SECONDS = 20.0
FULL_SHARE = 20  # points for all of it

STATS = """async () => {
  const found = { frames: 0, energy: 0, joins: window.joins ?? 0 };
  for (const pc of window.connections ?? []) {
    if (pc.connectionState === 'closed') continue;
    for (const entry of (await pc.getStats()).values())
      if (entry.type === 'inbound-rtp') {
        found.frames += entry.framesDecoded ?? 0;
        found.energy += entry.totalAudioEnergy ?? 0;
      }
  }
  return found;
}"""
# Lets a test see the page's own connections; what the page does with them is unchanged.
WITNESS = """
  window.connections = [];
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...options) { super(...options); window.connections.push(this); }
  };
"""


async def figures(phone: Page) -> dict[str, float]:
    """Frames decoded, audio energy, over all connections of the page."""
    found: dict[str, float] = await phone.evaluate(STATS)
    return found


async def sees(phone: Page, more: int = 10, within: float = SEEN_WITHIN) -> None:
    """Wait until so many more frames were decoded."""
    before = (await figures(phone))["frames"]

    async def grown() -> bool:
        return (await figures(phone))["frames"] > before + more

    await eventually("frames are decoded", grown, within)


async def go_live(host: Page, title: str = TITLE) -> None:
    """Two taps and a title."""
    await host.get_by_test_id("go-live-now").click()
    await host.get_by_test_id("live-title").fill(title)
    await host.get_by_test_id("live-create").click()
    await expect(host.get_by_test_id("preview")).to_be_visible()
    await expect(host.get_by_test_id("level")).to_be_visible()
    await host.get_by_test_id("go-live").click()
    await expect(host.get_by_test_id("link")).to_have_attribute("data-link", "connected")


async def enter_room(phone: Page) -> None:
    """One tap on the banner that came by itself."""
    await phone.get_by_role("main").get_by_role("link", name=re.compile(TITLE)).first.click()


async def enter(phone: Page) -> None:
    """Enter, and see something."""
    await enter_room(phone)
    await sees(phone)


async def say(page: Page, text: str) -> None:
    """Say something in the room."""
    await page.get_by_test_id("chat-input").fill(text)
    await page.get_by_test_id("chat-send").click()


async def test_a_live_share_from_going_live_to_points(house: House, phone: OpenPhone) -> None:
    """Sixty seconds: picture, sound, chat both ways, a host's reload, exact credits."""
    bob, alice = await phone("bob"), await phone("alice")
    for each in (bob, alice):
        await each.add_init_script(WITNESS)
        await each.reload()
    host = await phone("chen", "/live", laptop=True)
    async with Colleague(house, "bob") as bobs, Colleague(house, "alice") as alices, Colleague(house, "chen") as chens:
        before = [await bobs.total(), await alices.total(), await chens.total("teaching")]

        await go_live(host)
        began = time.monotonic()
        await enter(bob)
        await enter(alice)
        await expect(host.get_by_test_id("viewers").first).to_contain_text("2")
        await say(bob, "声音很清楚")
        await expect(host.get_by_test_id("message").filter(has_text="声音很清楚")).to_be_visible()
        await say(host, "谢谢大家")
        for each in (bob, alice):
            await expect(each.get_by_test_id("message").filter(has_text="谢谢大家")).to_be_visible()
        await host_reloads(host, bob)
        await chooses_the_picture(bob)
        await a_minute(began, [bob, alice])

        await host.get_by_test_id("end").click()
        await host.get_by_test_id("confirm-end").click()
        for each in (bob, alice):
            await expect(each.get_by_test_id("credited")).to_be_visible(timeout=10_000)
        after = [await bobs.total(), await alices.total(), await chens.total("teaching")]
        session = host.url.split("/")[-2]
        report = await chens.get(f"/api/live-sessions/{session}/attendance")
        await exact(house, session, report)
        mine = [await one.get(f"/api/live-sessions/{session}/attendance/mine") for one in (bobs, alices)]
        assert [now - was for now, was in zip(after, before, strict=True)][:2] == [
            one["people"][0]["points"] for one in mine
        ]
        assert after[2] > before[2]
        await reason_is_shown(bobs, bob, after[0] - before[0])


async def host_reloads(host: Page, viewer: Page) -> None:
    """The host's page comes back and the same viewer connection plays on within five seconds."""
    connections = await viewer.evaluate("window.connections.length")
    await host.reload()
    reloaded = time.monotonic()
    await expect(host.get_by_test_id("link")).to_have_attribute("data-link", "connected", timeout=5_000)
    await sees(viewer, 5)
    assert time.monotonic() - reloaded < RESUMED_WITHIN + 1
    assert await viewer.evaluate("window.connections.length") == connections


async def chooses_the_picture(phone: Page) -> None:
    """Saving data it is a quarter as wide, then there is only sound, then it is back."""
    wide: int = await phone.get_by_test_id("video").evaluate("video => video.videoWidth")

    async def small() -> bool:
        now: int = await phone.get_by_test_id("video").evaluate("video => video.videoWidth")
        return now * 4 == wide

    await phone.get_by_test_id("quality").click()
    await eventually("a small picture", small, SEEN_WITHIN)
    await phone.get_by_test_id("quality").click()
    await expect(phone.get_by_text("你已关闭画面。")).to_be_visible(timeout=SEEN_WITHIN * 1000)
    await phone.get_by_test_id("quality").click()
    await sees(phone)
    await expect(phone.get_by_text("你已关闭画面。")).to_be_hidden()


async def a_minute(began: float, phones: list[Page]) -> None:
    """Until the minute is over frames keep coming, and there is sound."""
    start, since = [await figures(each) for each in phones], time.monotonic()
    await eventually("a minute is over", lambda: time.monotonic() - began >= LIVE_SECONDS, LIVE_SECONDS + 1)
    for each, was in zip(phones, start, strict=True):
        now = await figures(each)
        assert (now["frames"] - was["frames"]) / (time.monotonic() - since) >= LEAST_FPS
        assert now["energy"] > was["energy"]
        await expect(each.get_by_test_id("attendance")).to_contain_text(re.compile(r"0[01]:\d\d"))


async def exact(house: House, session: str, report: dict[str, Any]) -> None:
    """What was credited is what an auditor computes from the raw record."""
    file = house.folder / "case.json"
    file.write_text(await wake(house, "attendance", "export", session))
    [people] = json.loads(await wake(house, "attendance", "recompute", str(file)))
    for line in report["people"]:
        figures = people[line["person"]["id"]]
        assert {name: line[name] for name in figures} == figures
        assert line["points"] == FULL_SHARE * line["share"] // 10_000
    assert "rebuilt equals live" in await wake(house, "verify")


async def reason_is_shown(colleague: Colleague, phone: Page, grown: int) -> None:
    """Tapping the entry shows the trace and the rule version."""
    await phone.goto("/me/points")
    entry = (await colleague.get("/api/points"))["entries"][0]
    assert entry["amount"] == grown
    await phone.get_by_role("main").get_by_text(TITLE).first.click()
    await expect(phone.get_by_role("dialog")).to_contain_text(TITLE)
    reason = await colleague.get(f"/api/points/{entry['id']}")
    assert reason["trace"]["source"] == "relay"
    assert reason["rule"]["version"] == 1


async def test_a_viewer_comes_back_from_a_cut(house: House, phone: OpenPhone) -> None:
    """Twenty seconds without a packet: the phone says so, comes back by itself, and is credited by the rule."""
    async with laid_line() as line:
        viewer = await phone("carol")
        await viewer.add_init_script(WITNESS)
        await line.lead(viewer)
        await viewer.reload()
        host = await phone("chen", "/live", laptop=True)
        await go_live(host)
        await enter(viewer)
        await sees(viewer, 30)
        line.cut = True
        cut = time.monotonic()
        await expect(viewer.get_by_text(re.compile("重连中"))).to_be_visible(timeout=NOTICED_WITHIN * 1000)
        await eventually("the cut is over", lambda: time.monotonic() - cut >= CUT_SECONDS, CUT_SECONDS + 1)
        line.cut = False
        await sees(viewer, 5, BACK_WITHIN)
        await expect(viewer.get_by_text(re.compile("重连中"))).to_be_hidden()
        await sees(viewer, 30)
        await host.get_by_test_id("end").click()
        await host.get_by_test_id("confirm-end").click()
        await expect(viewer.get_by_test_id("credited")).to_be_visible(timeout=15_000)
    async with Colleague(house, "chen") as chen, Colleague(house, "carol") as carol:
        session = host.url.split("/")[-2]
        await exact(house, session, await chen.get(f"/api/live-sessions/{session}/attendance"))
        [mine] = (await carol.get(f"/api/live-sessions/{session}/attendance/mine"))["people"]
        assert [gap["why"] for gap in mine["gaps"] if gap["why"] == "network"] == ["network"]
