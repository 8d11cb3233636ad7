"""A long lesson: 200 viewers, the publisher gone and back every two minutes; does memory grow, does a viewer get stuck?

`python -m tests.bench.soak --minutes 60`, with `nice` beside other work. Every other time the publisher is killed, the
other times it says goodbye. A viewer is stuck who gets nothing in the last second of a publisher's two minutes; seconds
without media, from `BACK` seconds after the publisher's return on, are counted besides: a busy machine makes some.
Memory is the relay's resident set, every `SAMPLE` seconds once the first publisher has left.
"""

import argparse
import statistics
import sys
import time

import msgspec
import psutil
import uvloop

from media.messages import mint
from tests.bench.crowd.crowd import Crowd, crowd
from tests.bench.harness import RESULTS, Figure, publish
from tests.bench.peers.ours import publishing, relay
from tests.bench.peers.peer import Peer

VIEWERS, STINT, BACK, SAMPLE = 200, 120.0, 3.0, 10.0
FLAT = 5.0
"""Percent that memory may drift."""


class Observed(msgspec.Struct):
    """What came of it; `memory` in bytes, `stuck` in viewers, `silent` in viewer-seconds."""

    memory: list[int] = []
    stuck: int = 0
    silent: int = 0
    returns: int = 0
    packets: int = 0
    missed: int = 0
    seconds: float = 0.0

    @property
    def drift(self) -> float:
        """The last fifth's memory against the first's, in percent."""
        fifth = max(1, len(self.memory) // 5)
        return 100 * (statistics.median(self.memory[-fifth:]) / statistics.median(self.memory[:fifth]) - 1)


async def stint(watched: Crowd, peer: Peer, seen: Observed, seconds: float) -> None:
    """Listen to the crowd while somebody publishes."""
    began = sampled = time.monotonic()
    while time.monotonic() - began < seconds:
        line = await watched.line()
        now = time.monotonic()
        if now - began > BACK + 1:
            seen.silent += VIEWERS - line.receiving
        if seen.returns and now - sampled > SAMPLE:
            sampled = now
            seen.memory.append(psutil.Process(peer.pid).memory_info().rss)
    seen.stuck += VIEWERS - line.receiving
    seen.packets, seen.missed = line.packets, line.missed


async def soak(minutes: float, *, every: float = STINT) -> Observed:
    """Watch for so long."""
    room, seen, start = mint(), Observed(), time.monotonic()
    async with relay() as peer, crowd(peer, room) as watched:
        while seen.seconds < minutes * 60:
            async with publishing(peer.url, room) as publisher:
                if not seen.returns:
                    await watched.grown(VIEWERS, 20)
                await stint(watched, peer, seen, every)
                if seen.returns % 2:
                    publisher.kill()
            seen.returns += 1
            seen.seconds = time.monotonic() - start
            print(
                f"{seen.seconds / 60:.1f} min: {seen.memory[-1:]} bytes, {seen.stuck} viewer-seconds stuck", flush=True
            )
    return seen


def main() -> int:
    """Print the table, write results/soak.json and the samples; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--stint", type=float, default=STINT, help="seconds between reconnections")
    given = parser.parse_args()
    seen = uvloop.run(soak(given.minutes, every=given.stint))
    figures = [
        Figure("minutes", seen.seconds / 60, "min"),
        Figure("publishers", seen.returns, ""),
        Figure("memory at first", seen.memory[0] / 1e6, "MB"),
        Figure("memory at most", max(seen.memory) / 1e6, "MB"),
        Figure("memory at last", seen.memory[-1] / 1e6, "MB"),
        Figure("drift of memory", seen.drift, "%", most=FLAT, least=-FLAT),
        Figure("stuck", seen.stuck, "viewers", most=0),
        Figure("seconds without media", seen.silent, "viewer-seconds"),
        Figure("missed packets", 1e6 * seen.missed / seen.packets, "of a million"),
    ]
    kept = publish("soak", f"Relay: {VIEWERS} viewers, the publisher back every {STINT:g} s", figures)
    (RESULTS / "soak.memory.json").write_bytes(msgspec.json.encode(seen.memory) + b"\n")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
