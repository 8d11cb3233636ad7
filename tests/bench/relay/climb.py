"""More and more viewers until the relay uses 70 % of a core: CPU at several sizes, capacity, memory per viewer."""

from media.messages import mint
from tests.bench.crowd.crowd import Crowd, crowd
from tests.bench.peers.peer import Absent, Peer
from tests.bench.relay.contenders import CONTENDERS
from tests.bench.relay.step import Step, step
from tests.bench.relay.table import Row

FIRST, SECONDS = (20, 100, 200), 4
LOAD, FURTHEST = 0.7, 2000
CAPACITY, MEMORY = {"ours Python": 800.0, "ours C": 1000.0}, {"ours Python": 0.2, "ours C": 0.2}


async def climb(watched: Crowd, peer: Peer, rate: float) -> list[Step]:
    """Every step up to the load, or up to what relay or crowd can do."""
    steps: list[Step] = []
    while not steps or (steps[-1].share < LOAD and steps[-1].viewers < FURTHEST and steps[-1].whole):
        count = FIRST[len(steps)] if len(steps) < len(FIRST) else _next(steps[-1])
        try:
            await watched.grown(count, rate, patience=20)
        except RuntimeError:
            break  # not everybody is served any more
        steps.append(await step(watched, peer, SECONDS))
    return steps


def _next(last: Step) -> int:
    """About where the load would be met, but no more than half again as many."""
    wanted = last.viewers * LOAD / last.share * 1.03
    return min(FURTHEST, round(min(wanted, last.viewers * 1.6) / 10 + 1) * 10)


def capacity(steps: list[Step]) -> tuple[float, str]:
    """Viewers at the load, between the last two whole steps; the note says if the load was never met."""
    whole = [one for one in steps if one.whole]
    low, high = whole[-2:]
    slope = (high.viewers - low.viewers) / (high.share - low.share)
    if high.share >= LOAD:
        return low.viewers + (LOAD - low.share) * slope, ""
    text = f"reached {high.viewers} viewers at {high.share:.0%} of a core (the crowd used {high.crowd:.0%} of another)"
    return float(high.viewers), text


def memory(steps: list[Step]) -> float:
    """Megabytes that a viewer adds, from the second step on where there are three (the first is warm-up)."""
    first, last = steps[min(1, len(steps) - 2)], steps[-1]
    return (last.memory - first.memory) / (last.viewers - first.viewers) / 1e6


async def rows(absent: dict[str, str]) -> list[Row]:
    """One climb of each."""
    climbs: dict[str, list[Step]] = {}
    for name, (on_air, rate) in CONTENDERS.items():
        room = mint()
        try:
            async with on_air(room) as peer, crowd(peer, room) as watched:
                climbs[name] = await climb(watched, peer, rate)
        except Absent as why:
            absent[name] = str(why)
    climbs = {name: steps for name, steps in climbs.items() if sum(one.whole for one in steps) > 1}
    table = []
    for count in FIRST:
        at = {name: one for name, steps in climbs.items() for one in steps if one.viewers == count and one.whole}
        cells = {name: one.microseconds for name, one in at.items()}
        table.append(Row(f"CPU per packet, {count} viewers", "µs", cells))
    table.append(
        Row("CPU per packet, largest crowd", "µs", {name: steps[-1].microseconds for name, steps in climbs.items()},
            notes=[f"{name}: {steps[-1].viewers} viewers, {steps[-1].share:.0%} of a core, {steps[-1].missed} missed"
                   for name, steps in climbs.items()])
    )  # fmt: skip
    found = {name: capacity(steps) for name, steps in climbs.items()}
    notes = [f"{name}: {note}" for name, (_, note) in found.items() if note]
    table.append(Row("viewers per core at 70 % load", "viewers", {name: count for name, (count, _) in found.items()},
                     least=CAPACITY, notes=notes))  # fmt: skip
    table.append(Row("memory per viewer", "MB", {name: memory(steps) for name, steps in climbs.items()}, most=MEMORY))
    return table
