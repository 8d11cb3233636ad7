"""Chromium watches Chromium for three minutes over a line that loses a tenth of all datagrams, both ways, at random.

A freeze is more than half a second between two pictures shown (`requestVideoFrameCallback`), from five seconds after
the join on; what Chromium's own statistics count as freezes (they begin at about 0.2 s) is noted beside it.
"""

import asyncio

from media.messages import mint
from tests.bench.peers.ours import relay
from tests.bench.relay.table import Row
from tests.e2e.line import laid_line
from tests.expect import eventually
from tests.media.browser import Tab, chromium
from tests.media.clients import grant

LOSS, MINUTES, SETTLE, LONG = 0.1, 3.0, 5.0, 500
_WATCH = """(long) => {
  const video = document.querySelector('video');
  window.gaps = []; window.shown = 0;
  let before = performance.now();
  const see = (now) => {
    if (now - before > long) gaps.push(Math.round(now - before));
    before = now; shown += 1;
    video.requestVideoFrameCallback(see);
  };
  video.requestVideoFrameCallback(see);
}"""
_STATISTICS = ("framesDecoded", "framesDropped", "freezeCount", "totalFreezesDuration", "packetsLost", "nackCount",
               "pliCount", "retransmittedPacketsReceived")  # fmt: skip


async def rows(absent: dict[str, str], *, minutes: float = MINUTES) -> list[Row]:
    """How often the picture froze, and how long at most."""
    room = mint()
    async with relay() as peer, chromium() as browser, laid_line(loss=LOSS) as line:
        host = await Tab.open(browser, peer.url)
        await host.call("publish", f"/whip/{room}/host", grant(room, publish=["host"]), "H264")
        guest = await Tab.open(browser, peer.url)
        await line.lead(guest.page)
        await guest.call("view", f"/whep/{room}/host", grant(room))

        async def decoding() -> bool:
            return bool(await guest.figure("video", "framesDecoded"))

        await eventually("a picture over the lossy line", decoding, timeout=SETTLE)
        await asyncio.sleep(SETTLE)
        before = (await guest.call("figures"))["video"]
        await guest.page.evaluate(_WATCH, LONG)
        await asyncio.sleep(60 * minutes)
        gaps, shown = await guest.page.evaluate("[gaps, shown]")
        after = (await guest.call("figures"))["video"]
    told = ", ".join(f"{name} {after.get(name, 0) - before.get(name, 0):g}" for name in _STATISTICS)
    name = f"{LOSS:.0%} loss, {minutes:g} min: freezes > {LONG} ms"
    return [Row(name, "freezes", {"ours C": float(len(gaps))}, most={"ours C": 0.0},
                notes=[f"{shown} pictures shown; longest freezes (ms): {sorted(gaps)[-5:]}; {told}"])]  # fmt: skip
