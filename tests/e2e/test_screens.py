"""Every screen, in both themes and both languages: nothing for axe-core to say, nothing too small, nothing too wide."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from backend.kit.ids import uuid7
from tests.e2e.conftest import OpenPhone
from tests.e2e.inspection import HEIGHT, Inspector
from tests.e2e.test_day import forward
from tests.expect import eventually
from tests.house import Colleague, House, wake

KINDS = {"text", "image", "video", "choice", "order", "reveal"}
SMALL: dict[str, Any] = {
    "viewport": {"width": 390, "height": HEIGHT}, "reduced_motion": "reduce", "color_scheme": "light",
}


async def in_language(page: Page, language: str) -> None:
    """Choose the language as the Me screen does, and open the app in it."""
    await page.evaluate("language => localStorage.setItem('wake.locale', language)", language)
    await page.reload()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_screen_of_the_day(house: House, phone: OpenPhone, language: str) -> None:
    """The tabs of a learner, a publisher and an administrator, and what opens over them."""
    inspector = Inspector()
    themes = ("light", "dark") if language == "zh" else ("light",)
    page = await phone("alice", laptop=True, **SMALL)
    await in_language(page, language)
    async with Colleague(house, "alice") as alice:
        past = (await alice.get("/api/live-sessions"))["past"]
        drafts = await alice.get("/api/drafts")
    paths = ["/", "/learn", "/live", "/ranks", "/me", "/me/points", "/studio", f"/studio/{drafts[0]['id']}", "/people",
             f"/live/{past[0]['id']}/attendance"]
    for path in paths:
        await page.goto(path)
        await inspector.look(page, f"{path} {language}", themes=themes, laptop=language == "zh")
    await page.goto("/me/points")
    await page.get_by_role("main").get_by_role("listitem").get_by_role("button").first.click()
    await inspector.look(page, f"reason {language}", themes=themes)
    chen = await phone("chen", laptop=True, **SMALL)
    await in_language(chen, language)
    await chen.goto("/live")
    await chen.get_by_test_id("go-live-now").click()
    await inspector.look(chen, f"new session {language}", themes=themes)
    bob = await phone("bob", f"/live/{past[0]['id']}/attendance", laptop=True, **SMALL)
    await in_language(bob, language)
    await inspector.look(bob, f"my attendance {language}", themes=themes)
    await bob.context.clear_cookies()
    await bob.goto("/login")
    await inspector.look(bob, f"login {language}", themes=themes)
    assert not inspector.findings, inspector.report()


async def test_every_sheet(house: House, phone: OpenPhone) -> None:
    """What slides in over the screens of the day."""
    inspector = Inspector()
    page = await phone("admin", "/me", laptop=True, **SMALL)
    sheets = [
        ("/me", "修改密码"), ("/me", "退出所有设备"), ("/people", "陈"),
        ("/studio", "新建课程"), ("/studio", "每日一问"),
    ]  # fmt: skip
    for path, opener in sheets:
        await page.goto(path)
        await page.get_by_role("main").get_by_role("button", name=opener).first.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await inspector.look(page, f"{path} {opener}")
    async with Colleague(house, "alice") as alice:
        channel = (await alice.get("/api/channels"))[0]["id"]
        draft = str(uuid7())
        kept = await alice.post("/api/drafts", {"id": draft, "channel": channel, "title": "量体三步"})
        card = {"kind": "text", "id": str(uuid7()), "markdown": "肩、胸、腰。"}
        saved = await alice.http.put(f"/api/drafts/{draft}", json={
            "revision": kept["revision"], "title": "量体三步", "cards": [card],
        })
        assert saved.is_success, saved.text
    editor = await phone("alice", f"/studio/{draft}", laptop=True, **SMALL)
    for opener in ("添加卡片", "预览", "发布"):
        await editor.get_by_role("button", name=opener).first.click()
        await expect(editor.get_by_role("dialog")).to_be_visible()
        await inspector.look(editor, f"studio {opener}")
        await editor.keyboard.press("Escape")
        await expect(editor.get_by_role("dialog")).to_be_hidden()
    assert not inspector.findings, inspector.report()


async def publish_video(author: Colleague, file: Path) -> None:
    """The demo has no video: publish a lesson that is one."""
    encode = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=1", "-pix_fmt", "yuv420p", str(file)]
    assert await (await asyncio.create_subprocess_exec("ffmpeg", "-loglevel", "error", *encode)).wait() == 0
    video = await asyncio.to_thread(file.read_bytes)
    kept = await author.http.post("/api/files", params={"name": file.name}, content=video,
                                  headers={"Content-Type": "video/mp4"})
    assert kept.is_success, kept.text
    channel = (await author.get("/api/channels"))[0]["id"]
    draft = await author.post("/api/drafts", {"id": str(uuid7()), "channel": channel, "title": "一分钟视频"})
    card = {"kind": "video", "id": str(uuid7()), "file": kept.json()["id"], "caption": "肩、胸、腰"}
    saved = await author.http.put(f"/api/drafts/{draft['id']}", json={
        "revision": draft["revision"], "title": draft["title"], "cards": [card],
    })
    assert saved.is_success, saved.text
    body = {"id": str(uuid7()), "revision": saved.json()["revision"]}
    await author.post(f"/api/drafts/{draft['id']}/publications", body)


async def test_every_kind_of_card(house: House, phone: OpenPhone, tmp_path: Path) -> None:
    """The player on each kind of card, and its end."""
    inspector, missing = Inspector(), set(KINDS)
    async with Colleague(house, "alice") as alice:
        await publish_video(alice, tmp_path / "minute.mp4")
    async with Colleague(house, "bob") as bob:
        lessons = [await bob.get(f"/api/lessons/{one['id']}") for one in await bob.get("/api/lessons")]
    page = await phone("bob", laptop=True, **SMALL)
    for lesson in sorted(lessons, key=lambda one: -len({card["kind"] for card in one["cards"]})):
        if not missing & {card["kind"] for card in lesson["cards"]}:
            continue
        await page.goto(f"/learn/{lesson['id']}")
        await expect(page.get_by_test_id("place")).to_be_visible()
        at = int(((await page.get_by_test_id("place").text_content()) or "1/").strip().split("/")[0]) - 1
        for number, card in enumerate(lesson["cards"][at:], at + 1):
            await expect(page.get_by_test_id("place")).to_have_text(f"{number}/{len(lesson['cards'])}")
            if card["kind"] in missing:
                await inspector.look(page, f"card {card['kind']}")
                missing.discard(card["kind"])
            await forward(page)
        await expect(page.get_by_test_id("done")).to_be_visible()
        await inspector.look(page, "lesson done")
    assert not missing, missing
    assert not inspector.findings, inspector.report()


async def still_watching(house: House, viewer: Page, inspector: Inspector, session: str) -> None:
    """The sheet opens by itself, one tap answers it, and the answer is on record."""
    await wake(house, session, module="tests.e2e.prompt")
    await expect(viewer.get_by_test_id("still-here")).to_be_visible()
    await inspector.look(viewer, "still watching en")
    await viewer.get_by_test_id("still-here").click()
    await expect(viewer.get_by_test_id("still-here")).to_be_hidden()

    async def answered() -> bool:
        (case,) = json.loads(await wake(house, "attendance", "export", session))
        prompts = [prompt for person in case["people"].values() for prompt in person["prompts"]]
        return any(prompt["answered"] for prompt in prompts)

    await eventually("the answer is on record", answered, 10)


async def test_every_screen_of_a_live_share(house: House, phone: OpenPhone) -> None:
    """Backstage, on air, a viewer's room, and the end on both sides."""
    inspector = Inspector()
    host = await phone("chen", "/live", laptop=True, **SMALL)
    await host.get_by_test_id("go-live-now").click()
    await host.get_by_test_id("live-title").fill("量体三步")
    await host.get_by_test_id("live-create").click()
    await expect(host.get_by_test_id("preview")).to_be_visible()
    await inspector.look(host, "backstage")
    await host.get_by_test_id("go-live").click()
    await expect(host.get_by_test_id("link")).to_have_attribute("data-link", "connected")
    viewer = await phone("bob", host.url.removesuffix("/host"), laptop=True, **SMALL)
    await in_language(viewer, "en")
    await expect(viewer.get_by_test_id("chat-input")).to_be_visible()
    session = host.url.split("/")[-2]
    await still_watching(house, viewer, inspector, session)
    await viewer.get_by_test_id("chat-input").fill("声音很清楚")
    await viewer.get_by_test_id("chat-send").click()
    await expect(viewer.get_by_test_id("message")).to_be_visible()
    await inspector.look(viewer, "room en")
    await inspector.look(host, "on air")
    await host.get_by_test_id("viewers").first.click()
    await inspector.look(host, "viewers", themes=("dark",))
    await host.keyboard.press("Escape")
    await host.get_by_test_id("end").click()
    await host.get_by_test_id("confirm-end").click()
    await expect(viewer.get_by_test_id("credited")).to_be_visible(timeout=15_000)
    await inspector.look(viewer, "ended en")
    await inspector.look(host, "ended, host")
    assert not inspector.findings, inspector.report()
