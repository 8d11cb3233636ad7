"""CPU per packet with 100 viewers, contenders in turn, three times: the figure others are compared by."""

import statistics

import msgspec

from media.messages import mint
from tests.bench.compiled import compiler
from tests.bench.crowd.crowd import crowd
from tests.bench.peers.peer import Absent, module, said
from tests.bench.relay.contenders import CONTENDERS
from tests.bench.relay.step import Step, step
from tests.bench.relay.table import Row

VIEWERS, SECONDS, ROUNDS = 100, 6, 3
MOST, OF_MEDIASOUP = {"ours Python": 4.0, "ours C": 3.0}, {"ours Python": 0.6, "ours C": 0.45}


async def measure(name: str) -> Step:
    """One contender, once. Raises Absent, and RuntimeError when the machine cannot keep up."""
    on_air, rate = CONTENDERS[name]
    room = mint()
    async with on_air(room) as peer, crowd(peer, room) as watched:
        await watched.grown(VIEWERS, rate)
        found = await step(watched, peer, SECONDS)
    if not found.whole:
        raise RuntimeError(f"{name}: {found.missed} of {found.packets} packets were missed")
    return found


async def limit() -> float:
    """Microseconds of the bare loop in C."""
    async with module("tests.bench.relay_limit", str(VIEWERS), "200") as process:
        told = msgspec.json.decode(await said(process))
    return float(1e6 * told["cpu"] / told["packets"])


async def in_turn(number: int, absent: dict[str, str]) -> dict[str, float]:
    """A round, in the opposite order of the one before."""
    found = {"limit": await limit()} if compiler() else {}
    for name in [one for one in list(CONTENDERS)[:: -1 if number % 2 else 1] if one not in absent]:
        try:
            found[name] = (await measure(name)).microseconds
        except (Absent, RuntimeError) as why:
            if name.startswith("ours"):
                raise
            absent[name] = str(why)  # on a slow day stock aiortc cannot carry so many
    return found


async def rows(absent: dict[str, str]) -> list[Row]:
    """CPU per packet, and its ratio to mediasoup's: of each round, so that drift of the machine divides out."""
    rounds = [await in_turn(number, absent) for number in range(ROUNDS)]
    cells = {name: statistics.median(found[name] for found in rounds) for name in rounds[-1]}
    price = Row(f"CPU per packet, {VIEWERS} viewers", "µs", cells, most=MOST)
    if "mediasoup" not in cells:
        return [price]
    ratios = {name: statistics.median(one[name] / one["mediasoup"] for one in rounds) for name in cells}
    return [price, Row("the same in mediasoup's", "×", ratios, most=OF_MEDIASOUP)]
