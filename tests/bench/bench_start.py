"""`wake serve` from nothing and again: seconds of wall clock until every part is well, and until all have stopped.

`python -m tests.bench.bench_start`. The first start makes the database and the demo company; the second is what
somebody waits for who had it running yesterday.
"""

import asyncio
import statistics
import sys
import time

from tests.bench.harness import Figure, publish
from tests.house import House, house_in_empty_folder

ROUNDS, MOST = 3, 5.0


async def started(house: House) -> float:
    """Seconds from the command, which was just given, until the house is well."""
    began = time.monotonic()
    await house.ready()
    return time.monotonic() - began


def stopped(house: House) -> float:
    """Seconds from Ctrl-C until nothing runs."""
    began = time.monotonic()
    house.stop()
    return time.monotonic() - began


async def main() -> int:
    """Print the table, write the result; 1 when a promise is broken."""
    first, stop, again = [], [], []
    for _ in range(ROUNDS):
        with house_in_empty_folder() as house:
            first.append(await started(house))
            stop.append(stopped(house))
            house.start()
            again.append(await started(house))
    figures = [
        Figure("first start, with the demo company", statistics.median(first), "s"),
        Figure("Ctrl-C to nothing", statistics.median(stop), "s"),
        Figure("second start", statistics.median(again), "s", most=MOST),
    ]
    return 0 if publish("start", f"Start: medians of {ROUNDS} rounds", figures) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
