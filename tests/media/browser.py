"""Real Chromium with a fake camera and microphone."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

CALL = Path(__file__).with_name("call.js").read_text() + "\nvoid 0;"
FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, or Playwright's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


class Tab:
    """A page of the relay's origin with `publish`, `view` and `figures`."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, browser: Browser, url: str) -> "Tab":
        """A page in a profile of its own."""
        tab = cls(await (await browser.new_context()).new_page())
        await tab.load(url)
        return tab

    async def load(self, url: str) -> None:
        """Load the page, or load it again: its connections are gone then."""
        await self.page.goto(f"{url}/health")
        await self.page.evaluate(CALL)

    async def call(self, name: str, *arguments: Any) -> Any:
        """What one of the functions of `call.js` answers."""
        return await self.page.evaluate(f"(given) => {name}(...given)", list(arguments))

    async def figure(self, kind: str, name: str) -> Any:
        """One number of the RTP statistics (RFC 8834); 0 before there is any."""
        return (await self.call("figures")).get(kind, {}).get(name, 0)
