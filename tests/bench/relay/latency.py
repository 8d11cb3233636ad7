"""What a relay adds on the way, with 150 viewers: from the publisher's send to the arrival at a viewer.

Three viewers, the first, the middle and the last to come, decrypt and read the instant that each packet carries. A
frame counts by its last packet: the ones before it are of no use until then. Waking them is part of the figure.
"""

import asyncio
import sys
from uuid import UUID

import msgspec
import uvloop

from media.messages import mint
from tests.bench.crowd.crowd import crowd
from tests.bench.peers.peer import Absent, Peer, module, said
from tests.bench.relay.contenders import CONTENDERS
from tests.bench.relay.table import OURS, Row
from tests.media.clients import Viewer, grant
from tests.media.streams import read_stamp
from tests.media.tally import Tally

VIEWERS, SECONDS, SETTLE = 150, 15, 3
P50, P99 = 2.0, 10.0
Waits = dict[str, list[float]]


async def read(peer: Peer, room: UUID) -> Waits:
    """Milliseconds of frames and of sound at one viewer."""
    async with peer.door() as door:
        viewer = Viewer(door, room, grant(room), nack=False)
        await viewer.join(timeout=20)
        print("here", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        viewer.video.trail.clear()
        viewer.audio.trail.clear()
        await asyncio.sleep(SECONDS)
        return {"video frame": waits(viewer.video), "audio packet": waits(viewer.audio)}


def waits(tally: Tally) -> list[float]:
    """Milliseconds that what is complete took."""
    whole = [seen for seen in tally.trail if seen.marker or tally.kind == "audio"]
    marks = [(seen.at, mark) for seen in whole if (mark := read_stamp(seen.payload)) is not None]
    return [1000 * (at - mark.sent) for at, mark in marks]


async def measure(name: str) -> Waits:
    """One contender, everybody there. Raises Absent."""
    on_air, rate = CONTENDERS[name]
    room = mint()
    found: Waits = {}
    async with on_air(room) as peer, crowd(peer, room) as watched:
        given = "tests.bench.relay.latency", msgspec.json.encode(peer).decode(), str(room)
        async with module(*given) as first:
            await said(first)
            await watched.grown(VIEWERS // 2, rate)
            async with module(*given) as middle:
                await said(middle)
                await watched.grown(VIEWERS - 3, rate)
                async with module(*given) as last:
                    await said(last)
                    await asyncio.sleep(SETTLE)
                    for reader in (first, middle, last):
                        assert reader.stdin is not None
                        reader.stdin.write(b"\n")
                    for reader in (first, middle, last):
                        for kind, times in msgspec.json.decode(await said(reader), type=Waits).items():
                            found.setdefault(kind, []).extend(times)
    return found


async def rows(absent: dict[str, str]) -> list[Row]:
    """Percentiles by kind."""
    found: dict[str, Waits] = {}
    for name in CONTENDERS:
        try:
            found[name] = await measure(name)
        except Absent as why:
            absent[name] = str(why)
    table = []
    for kind in ("video frame", "audio packet"):
        for share, most in ((50, P50), (99, P99)):
            cells = {name: sorted(told[kind])[len(told[kind]) * share // 100] for name, told in found.items()}
            table.append(Row(f"added latency, {kind}, p{share}", "ms", cells, most=dict.fromkeys(OURS, most)))
    return table


async def main() -> None:
    """A reader: says `here` when it is connected, what it found after a line of stdin."""
    print(msgspec.json.encode(await read(msgspec.json.decode(sys.argv[1], type=Peer), UUID(sys.argv[2]))).decode())


if __name__ == "__main__":
    uvloop.run(main())
