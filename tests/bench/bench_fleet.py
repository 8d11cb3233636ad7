"""A relay of a fleet is killed: seconds until everybody it served has a picture again, by another.

`python -m tests.bench.bench_fleet`. Four relays, a web process, PostgreSQL and Valkey, all real; a host and four
viewers who do what the app does: they are told `relayGone`, ask where to go and connect. First an edge that carries
viewers is killed (kill -9), then the origin, where the host publishes. From the kill to the last one's picture, the
worst of all rounds: no viewer cares for the median.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop

from backend.kit import db, redis, tokens
from backend.kit.settings import Settings
from tests.backend.fleet import Company, Guest, running
from tests.backend.web import SECRETS
from tests.bench.harness import Figure, publish
from tests.bench.served import migrated, stores
from tests.expect import eventually

NODES, NAMES = ("one", "two", "three", "four"), ("Bob", "Carol", "Eve", "Frank")
ROUNDS, MOST = 5, 5.0


@asynccontextmanager
async def backend() -> AsyncIterator[Settings]:
    """The stores, and what this process needs of them to make a company."""
    with stores() as environment:
        await migrated(environment)
        settings = Settings.load(environment | SECRETS)
        tokens.use(settings.secret)
        redis.open_redis(settings.redis_url)
        await db.open_pool(settings)
        yield settings
        await db.close_pool()
        await redis.close_redis()


def renewed(guest: Guest) -> Callable[[], bool]:
    """Whether they see, by another connection than now or since another key frame on the same."""
    client, keys = guest.client, guest.viewer.video.key_frames
    return lambda: guest.sees() and (guest.client is not client or guest.viewer.video.key_frames > keys)


async def outlived(company: Company, node: str, watching: Sequence[Guest]) -> float:
    """Kill a node: the seconds until these viewers, whom it carried or fed, see again."""
    back = [renewed(guest) for guest in watching]
    killed = time.monotonic()
    await company.fleet.nodes[node].kill()
    await eventually(f"{len(back)} viewers see again", lambda: all(sees() for sees in back), 30)
    return time.monotonic() - killed


async def killings(settings: Settings, folder: Path) -> tuple[float, float]:
    """An edge's, then the origin's, in a fleet of its own. A relay is full with one viewer, so that they spread."""
    async with running(settings, folder) as company:
        for name in NODES:
            await company.fleet.add(name, MEDIA_NODE_VIEWERS="1")
        host, session = await company.show("Chen")
        viewers: list[Guest] = []
        for name in NAMES:
            viewers.append(Guest(await company.actor(name), session))
            await eventually(f"{name} sees", viewers[-1].sees)
        named = company.fleet.named
        edge = named(viewers[0].url)
        at_edge = await outlived(company, edge, [guest for guest in viewers if named(guest.url) == edge])
        at_origin = await outlived(company, named(host.url), viewers)
        await asyncio.gather(*(guest.leave() for guest in (*viewers, host)))
    return at_edge, at_origin


async def main() -> int:
    """Print the table, write the result; 1 when a promise is broken."""
    async with backend() as settings:
        with tempfile.TemporaryDirectory() as folder:
            rounds = [await killings(settings, Path(folder) / str(number)) for number in range(ROUNDS)]
    figures = [
        Figure(f"{what} is killed, {which}", of(times), "s", most=MOST if of is max else None)
        for what, times in zip(("an edge", "the origin"), zip(*rounds, strict=True), strict=True)
        for which, of in (("median", statistics.median), ("worst", max))
    ]
    title = f"Fleet: until all {len(NAMES)} viewers see again when a relay is killed, {ROUNDS} rounds"
    return 0 if publish("fleet", title, figures) else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
