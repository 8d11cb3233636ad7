"""How long a joiner waits for a picture of ours: in real Chromium, and without a browser's share."""

import statistics

from media.messages import mint
from tests.bench.first_picture import of_chromium, of_clients
from tests.bench.peers.ours import ours, relay
from tests.bench.relay.table import Row

JOINS = 16
P50, P90 = 60.0, 100.0


async def rows(absent: dict[str, str]) -> list[Row]:
    """Joins one after the other, at every age of the last key frame."""
    room = mint()
    async with ours(room) as peer:
        waits = {"key frame, client": await of_clients(peer.url, room, JOINS)}
    async with relay() as peer:
        waits["frame, Chromium"] = await of_chromium(peer.url, mint(), JOINS)
    table = []
    for name, times in waits.items():
        percentiles = ("p50", statistics.median(times), P50), ("p90", sorted(times)[JOINS * 9 // 10], P90)
        for percentile, value, most in percentiles:
            table.append(Row(f"click → {name}, {percentile}", "ms", {"ours C": value}, most={"ours C": most}))
    return table
