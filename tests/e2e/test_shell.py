"""The app as an app: it opens without network, can be installed, tells of a new version, and keeps its own policy."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import ARGUMENTS, OpenPhone, installed
from tests.expect import eventually
from tests.house import DEMO_PASSWORD, House

CONTROLLED = "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"


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
