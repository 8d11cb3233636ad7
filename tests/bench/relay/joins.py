"""How many viewers a second can come, from POST to the end of DTLS, until the slowest of a hundred waits over a second.

Viewers come for two seconds at a steady rate, whether or not those before them are in; then the relay starts anew for
the next rate. The crowd does half of every handshake, on one core: when that is full, the figure is the crowd's, and
says so; the relay's CPU per join, measured by its own clock, is not touched by that.
"""

import msgspec

from media.messages import mint
from tests.bench.crowd.crowd import crowd
from tests.bench.harness import measured
from tests.bench.peers.peer import Absent
from tests.bench.relay.contenders import CONTENDERS
from tests.bench.relay.table import Row

RATES, SECONDS, PATIENCE = (25, 50, 75, 100, 150, 200, 300, 400, 500), 2, 25
SLOWEST, LEAST = 1.0, 300.0
FULL = 0.9


class Storm(msgspec.Struct):
    """`p99` in seconds, `cpu` of the relay in milliseconds per join, `crowd` its CPU over the time they came in."""

    rate: int
    p99: float
    failed: int
    cpu: float
    crowd: float


async def storm(name: str, rate: int) -> Storm:
    """Everybody comes at this rate. Raises Absent."""
    on_air, _ = CONTENDERS[name]
    room, count = mint(), rate * SECONDS
    async with on_air(room) as peer, crowd(peer, room) as watched:
        before = await watched.line()
        async with measured([peer.pid]) as run:
            watched.let_in(count, rate)
            for _ in range(PATIENCE):
                line = await watched.line()
                if len(line.joins) + line.failed == count:
                    break
    waits = sorted(line.joins) + [float(PATIENCE)] * (count - len(line.joins))
    busy = (line.cpu - before.cpu) / (SECONDS + waits[-1])
    return Storm(rate, waits[count * 99 // 100], line.failed, 1000 * run.cpu / count, busy)


async def rows(absent: dict[str, str]) -> list[Row]:
    """The highest rate of each that went well, and what a join costs."""
    best: dict[str, float] = {}
    cost: dict[str, float] = {}
    notes: list[str] = []
    for name in [one for one in CONTENDERS if one != "ours Python"]:  # joins have nothing to do with the hot loop
        best[name] = 0.0
        try:
            for rate in RATES:
                found = await storm(name, rate)
                cost.setdefault(name, found.cpu)
                if found.p99 > SLOWEST:
                    break
                best[name], cost[name] = float(rate), found.cpu
        except Absent as why:
            absent[name] = str(why)
            del best[name]
            continue
        limit = f", the crowd's core {found.crowd:.0%} busy" + (": its limit" if found.crowd > FULL else "")
        notes.append(f"{name}: at {found.rate}/s p99 {found.p99:.2f} s, {found.failed} failed{limit}")
    return [
        Row("joins per second, p99 ≤ 1 s", "1/s", best, least={"ours C": LEAST}, notes=notes),
        Row("CPU per join (with its two seconds of media)", "ms", cost),
    ]
