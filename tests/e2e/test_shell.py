"""The app as an app: it opens without network, can be installed, tells of a new version, and keeps its own policy."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import ARGUMENTS, OpenPhone, installed
from tests.e2e.deployment import Deployment
from tests.expect import eventually
from tests.house import DEMO_PASSWORD, Colleague, House

CONTROLLED = "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"

# 1 is the built worker, which does not know the question.
VERSION = """new Promise((told) => {
  navigator.serviceWorker.addEventListener('message', ({ data }) => data === 2 && told(2));
  navigator.serviceWorker.controller.postMessage('version');
  setTimeout(() => told(1), 500);
})"""


async def test_the_app_opens_without_network(phone: OpenPhone) -> None:
    """Once opened, its screens open again offline, with what was last known; no policy is violated on the way."""
    page = await phone("bob")
    violations: list[str] = []
    page.on("console", lambda line: violations.append(line.text) if "Content Security Policy" in line.text else None)
    await eventually("the worker has taken over", lambda: page.evaluate(CONTROLLED), 15)
    paths = ("/", "/learn", "/live")
    for path in paths:
        await page.goto(path, wait_until="networkidle")
    await page.context.set_offline(True)
    for path in paths:
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
    assert violations == []


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
async def test_the_app_can_be_installed(
    house: House, chromium: tuple[Browser, dict[str, Any]], tmp_path: Any, locale: str
) -> None:
    """Chromium finds nothing against it, in a profile of its own (a private one may not install)."""
    browser, _ = chromium
    context = await browser.browser_type.launch_persistent_context(
        tmp_path, headless=True, args=ARGUMENTS, executable_path=installed(), locale=locale, base_url=house.url
    )
    try:
        login = {"employeeNumber": "bob", "password": DEMO_PASSWORD}
        assert (await context.request.post("/api/login", data=login)).ok
        page = await context.new_page()
        await page.goto("/")
        await eventually("the worker has taken over", lambda: page.evaluate(CONTROLLED), 15)
        devtools = await context.new_cdp_session(page)
        found = await devtools.send("Page.getInstallabilityErrors")
        assert found["installabilityErrors"] == []
    finally:
        await context.close()


async def test_a_new_version_takes_over_when_asked(
    house: House, chromium: tuple[Browser, dict[str, Any]]
) -> None:
    """The prompt appears by itself, one tap opens the new version, and what waits in the outbox is sent by it, once."""
    browser, profile = chromium
    async with Deployment(house) as deployed, Colleague(house, "alice") as alice:
        before = await alice.total()
        context = await browser.new_context(**profile, locale="zh-CN", base_url=deployed.url)
        login = {"employeeNumber": "alice", "password": DEMO_PASSWORD}
        assert (await context.request.post("/api/login", data=login)).ok
        page = await context.new_page()
        await page.goto("/")
        await eventually("the worker has taken over", lambda: page.evaluate(CONTROLLED), 15)
        deployed.restarting = True
        card = page.get_by_role("region", name="打卡")
        await card.get_by_role("button", name="打卡", exact=True).click()
        dialog = page.get_by_role("dialog")
        if (await alice.get("/api/check-ins/today"))["question"]:
            await dialog.get_by_role("button").last.click()
        await expect(page.get_by_text("待同步").first).to_be_visible()

        deployed.worker = b"self.addEventListener('message', (e) => e.data === 'version' && e.source.postMessage(2));"
        await page.evaluate("navigator.serviceWorker.getRegistration().then((each) => each.update())")
        assert await page.evaluate(VERSION) == 1
        # Chromium lets the old worker end what it is at, which may be a request that waits 20 s for an answer.
        async with page.expect_navigation(timeout=60_000):
            await page.get_by_role("button", name="更新", exact=True).click()
        await eventually("the new version runs", lambda: page.evaluate(f"{VERSION}.then((each) => each === 2)"), 15)
        await expect(page.get_by_text("待同步").first).to_be_visible()
        assert await alice.total() == before

        deployed.restarting = False
        await page.reload()

        async def credited() -> bool:
            return await alice.total() == before + 10

        await eventually("the check-in is credited", credited, 20)
        await expect(page.get_by_role("button", name="更新", exact=True)).to_be_hidden()
        await context.close()
