"""A share is recorded, its replay plays, and watching it fills what somebody missed."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.conftest import OpenPhone
from tests.e2e.inspection import Inspector
from tests.e2e.test_live_share import go_live
from tests.e2e.test_screens import SMALL, in_language
from tests.expect import eventually
from tests.house import Colleague, House

TITLE = "量体三步，一看就会"
LIVE_MS = 8_000
MADE_WITHIN = 40_000

STATE = """() => { const film = document.querySelector('[data-testid=film]');
    return { at: film.currentTime, length: film.duration, ended: film.ended, width: film.videoWidth } }"""


async def film(page: Page) -> dict[str, Any]:
    """Where the film is."""
    state: dict[str, Any] = await page.evaluate(STATE)
    return state


async def test_a_replay_fills_what_was_missed(house: House, phone: OpenPhone) -> None:
    """Carol was not there, opens the ended share, plays it to its end, and has attended all of it."""
    host = await phone("chen", "/live", laptop=True)
    await go_live(host, TITLE)
    session = host.url.split("/")[-2]
    await host.wait_for_timeout(LIVE_MS)  # the share itself: its length is what is being made
    await host.get_by_test_id("end").click()
    await host.get_by_test_id("confirm-end").click()
    async with Colleague(house, "carol") as carol:
        path = f"/api/live-sessions/{session}"

        async def recorded() -> int:
            return int((await carol.get(path))["replayMs"] or 0)

        lasts = await eventually("the recording is there", recorded, MADE_WITHIN / 1000)
        assert lasts >= LIVE_MS - 1000
        await inspected(await phone("carol", laptop=True, **SMALL), session)
        page = await phone("carol", f"/live/{session}")
        await page.get_by_role("link", name=re.compile("看回放")).click()
        await expect(page.get_by_test_id("replay-credit")).to_contain_text("0%")
        await page.get_by_test_id("play-missed").click()
        await eventually("it plays", lambda: playing(page), 10)
        await eventually("it has ended", lambda: ended(page), lasts / 1000 + 15)
        await expect(page.get_by_test_id("replay-credit")).to_contain_text("100%", timeout=15_000)
        shown = await carol.get(path)
        assert (shown["share"], shown["state"]) == (10_000, "closed")
        assert (await carol.get(f"{path}/attendance/mine"))["people"][0]["liveMs"] == 0
        lessons = [one for one in await carol.get("/api/lessons") if one["title"] == TITLE]
        assert len(lessons) == 1
        await page.goto(f"/learn/{lessons[0]['id']}")
        await expect(page.get_by_test_id("film")).to_be_visible()
    await page.goto("/live")
    await expect(page.get_by_role("link", name=re.compile(TITLE)).first).to_be_visible()


async def inspected(page: Page, session: str) -> None:
    """The new screens in both languages and themes."""
    inspector = Inspector()
    for language in ("zh", "en"):
        await in_language(page, language)
        for path in (f"/live/{session}", f"/live/{session}/replay"):
            await page.goto(path)
            await inspector.look(page, f"{path} {language}")
    assert not inspector.findings, inspector.report()


async def playing(page: Page) -> bool:
    now = await film(page)
    return bool(now["at"] > 1 and now["width"] > 0)


async def ended(page: Page) -> bool:
    return bool((await film(page))["ended"])
