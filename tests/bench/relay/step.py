"""One measured stretch: what a relay's process used while a complete crowd watched."""

import msgspec
import psutil

from tests.bench.crowd.crowd import Crowd
from tests.bench.harness import measured
from tests.bench.peers.peer import Peer

LOST = 0.002
"""Share of packets viewers may miss before a measurement is not one: the machine could not keep up."""

SETTLE = 3
"""Lines until what waited while many joined has been sent."""


class Step(msgspec.Struct):
    """`cpu` and `wall` in seconds, `memory` in bytes (resident), `crowd` the share of a core the viewers took."""

    viewers: int
    packets: int
    missed: int
    cpu: float
    wall: float
    memory: int
    crowd: float

    @property
    def microseconds(self) -> float:
        """CPU per packet that arrived."""
        return self.cpu / self.packets * 1e6

    @property
    def share(self) -> float:
        """Of one core."""
        return self.cpu / self.wall

    @property
    def whole(self) -> bool:
        """Whether practically everything arrived."""
        return self.missed <= LOST * self.packets


async def step(watched: Crowd, peer: Peer, seconds: int) -> Step:
    """Measure so long; everybody has to be there already."""
    for _ in range(SETTLE):
        before = await watched.line()
    async with measured([peer.pid]) as run:
        for _ in range(seconds):
            line = await watched.line()
    return Step(
        viewers=line.viewers, packets=line.packets - before.packets, missed=line.missed - before.missed, cpu=run.cpu,
        wall=run.wall, memory=psutil.Process(peer.pid).memory_info().rss, crowd=(line.cpu - before.cpu) / run.wall,
    )  # fmt: skip
