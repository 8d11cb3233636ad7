"""Ask a room now whether it still watches, which the worker does after a quarter of an hour.

`python -m tests.e2e.prompt SESSION`, in the environment of a started house.
"""

import sys
from uuid import UUID

import uvloop

from backend.__main__ import environment
from backend.features.live import duties, life, sessions
from backend.kit import db, redis
from backend.kit.settings import Settings


async def main() -> None:
    """The worker's own step, with its own words."""
    settings = Settings.load(environment())
    redis.open_redis(settings.redis_url)
    await db.open_pool(settings)
    try:
        async with db.transaction():
            session = await sessions.locked(UUID(sys.argv[1]))
            await duties.ask_who_watches(session, 0, life.present())
    finally:
        await db.close_pool()
        await redis.close_redis()


if __name__ == "__main__":
    uvloop.run(main())
