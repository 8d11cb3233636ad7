"""How long a joiner waits for the first picture: in real Chromium, and without a browser's share."""

import asyncio
from uuid import UUID

from tests.expect import eventually
from tests.media.browser import Tab, chromium
from tests.media.clients import Relay, Viewer, grant

WARM_UPS = 2
FORGET = "() => { peer.close(); document.querySelectorAll('video').forEach((one) => one.remove()); }"


async def apart(number: int) -> None:
    """Joins come at every age of the last key frame."""
    await asyncio.sleep(0.37 + 0.1 * (number % 7))


async def of_clients(url: str, room: UUID, joins: int) -> list[float]:
    """Milliseconds from the POST to the last packet of the first whole key frame, one joiner at a time."""
    waits = []
    async with Relay(url) as relay:
        for number in range(WARM_UPS + joins):
            viewer = Viewer(relay, room, grant(room))
            await viewer.join()
            await eventually("a picture", viewer.pictured)
            waits.append(1000 * (viewer.first_picture or 0.0))
            await viewer.leave()
            await apart(number)
    return waits[WARM_UPS:]


async def of_chromium(url: str, room: UUID, joins: int) -> list[float]:
    """Milliseconds from the click to the first frame shown, one Chromium publishing to another."""
    waits = []
    async with chromium() as browser:
        host = await Tab.open(browser, url)
        await host.call("publish", f"/whip/{room}/host", grant(room, publish=["host"]), "H264")
        guest = await Tab.open(browser, url)
        for number in range(WARM_UPS + joins):
            await guest.call("view", f"/whep/{room}/host", grant(room))
            waits.append(float(await guest.page.evaluate("firstFrame")))
            await guest.page.evaluate(FORGET)
            await apart(number)
    return waits[WARM_UPS:]
