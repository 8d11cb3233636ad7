"""Our relay beside its peers: the same stream, the same crowd, the CPU of the relay's own process.

`python -m tests.bench.bench_relay [PART …]` measures these parts (all without any), keeps them in results/relay.json
and prints the whole table. Viewers do ICE, DTLS and SRTP over real sockets and report every second; relay, publisher
(230 packets/s, 1.54 Mbps) and crowd are processes of their own, the relay on one core, all others on the next.
"""

import sys
from collections.abc import Awaitable, Callable

import uvloop

from tests.bench.relay import climb, hundred, joins, latency, loss, pictures
from tests.bench.relay.table import Part, Row, keep, show

PARTS: dict[str, Callable[[dict[str, str]], Awaitable[list[Row]]]] = {
    "hundred": hundred.rows,
    "climb": climb.rows,
    "latency": latency.rows,
    "pictures": pictures.rows,
    "loss": loss.rows,
    "joins": joins.rows,
}


async def main(names: list[str]) -> int:
    """Print the table, write the result; 1 when a promise is broken."""
    parts: dict[str, Part] = {}
    for name in names or PARTS:
        absent: dict[str, str] = {}
        parts = keep(name, await PARTS[name](absent), absent)
    return 0 if show(parts) else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(main(sys.argv[1:])))
