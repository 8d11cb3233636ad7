"""A started house and real Chromium phones for the end-to-end stories."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.house import DEMO_PASSWORD, House, house_in_empty_folder

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # whoever is asked which screen to show chooses this one
    "--auto-select-desktop-capture-source=Entire screen",
    "--autoplay-policy=no-user-gesture-required",
    # two viewers and a host share one screen-less browser: none of them is in the background
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
]

OpenPhone = Callable[..., Awaitable[Page]]


def installed() -> Path | None:
    """Debian's Chromium, or None."""
    return CHROMIUM if CHROMIUM.exists() else None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house() -> AsyncIterator[House]:
    """`wake serve` with the demo company, shared by all stories."""
    with house_in_empty_folder() as started:
        await started.ready()
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[tuple[Browser, dict[str, Any]]]:
    """Chromium and the profile of a phone."""
    async with async_playwright() as playwright:
        profile = dict(playwright.devices["Pixel 7"])
        profile.pop("default_browser_type")
        # Debian's where it is installed (as CI does), else Playwright's own.
        browser = await playwright.chromium.launch(headless=True, args=ARGUMENTS, executable_path=installed())
        yield browser, profile
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(house: House, chromium: tuple[Browser, dict[str, Any]]) -> AsyncIterator[OpenPhone]:
    """`await phone("bob")`: a logged-in phone (or `laptop=True`) on its home screen."""
    browser, profile = chromium
    contexts: list[BrowserContext] = []

    async def open_phone(number: str, path: str = "/", *, laptop: bool = False, **more: Any) -> Page:
        options = {"viewport": {"width": 1440, "height": 900}} if laptop else profile
        context = await browser.new_context(**{**options, "locale": "zh-CN", "base_url": house.url, **more})
        contexts.append(context)
        await context.grant_permissions(["camera", "microphone"])
        reply = await context.request.post("/api/login", data={"employeeNumber": number, "password": DEMO_PASSWORD})
        assert reply.ok, await reply.text()
        page = await context.new_page()
        await page.goto(path)
        return page

    yield open_phone
    for context in contexts:
        await context.close()
