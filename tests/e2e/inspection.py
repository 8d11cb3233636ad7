"""Looking at a screen as an inspector does: axe-core, touch targets, one h1, nothing beyond the edge, both themes."""

from pathlib import Path

from playwright.async_api import Page

from tests.expect import eventually
from tests.house import ROOT

AXE = (ROOT / "pwa/node_modules/axe-core/axe.min.js").read_text()
INSPECTION = (Path(__file__).parent / "inspection.js").read_text()
LAPTOP = 1440
WIDTHS = (320, LAPTOP, 390)  # the last is the one that all else is looked at in
HEIGHT = 844
SETTLED = """() => document.querySelector('h1') && !document.querySelector('.animate-breathe')
  && document.getAnimations().every(({ playState }) => playState !== 'running')"""
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


class Inspector:
    """Collects what is wrong on the screens that it is shown."""

    def __init__(self) -> None:
        self.screens = 0
        self.findings: list[str] = []

    async def look(
        self, page: Page, screen: str, *, themes: tuple[str, ...] = ("light", "dark"), laptop: bool = False
    ) -> None:
        """Inspect what `page` shows at every width, in every theme at a phone's, with `laptop` also at a laptop's."""
        self.screens += 1
        await eventually(f"{screen} is there", lambda: page.evaluate(SETTLED), 15)
        await page.evaluate(INSPECTION)
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(AXE)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": HEIGHT})
            await page.evaluate(DRAWN)
            self._add(f"{screen} at {width} px", await page.evaluate("inspection.overflow()"))
            if width == LAPTOP and laptop:
                await self._closely(page, f"{screen} at {width} px", themes)
        await self._closely(page, screen, themes)

    async def _closely(self, page: Page, screen: str, themes: tuple[str, ...]) -> None:
        """Targets, headings, and axe in every theme."""
        self._add(screen, await page.evaluate("[...inspection.targets(), ...inspection.headings()]"))
        for theme in themes:
            await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            await page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
            await eventually(f"{screen} has changed its colours", lambda: page.evaluate(SETTLED), 5)
            self._add(f"{screen}, {theme}", await page.evaluate("inspection.axe()"))

    def _add(self, where: str, found: list[str]) -> None:
        self.findings.extend(f"{where}: {each}" for each in found)

    def report(self) -> str:
        """All findings, one per line."""
        return "\n".join(["", *self.findings])
