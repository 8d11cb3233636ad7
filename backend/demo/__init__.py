"""`wake demo`: a believable company with a month of history, in an empty database and nowhere else."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from backend.demo.company import COMPANY, found
from backend.demo.history import live_through
from backend.demo.lessons import publish
from backend.demo.shares import announce
from backend.features.live import media
from backend.kit import clock, db, tokens
from backend.kit.settings import Settings

_log = logging.getLogger("wake.demo")


def main(_arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Make the demo company. Does nothing where it is already, refuses (1) where anybody else is.

    It has accounts with a known password, so it also refuses unless WAKE_DEMO=1 asks for it.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = Settings.load(environ)
    if not settings.demo:
        _log.error("the demo company is only made with WAKE_DEMO=1")
        return 1
    return asyncio.run(_main(settings))


async def _main(settings: Settings) -> int:
    tokens.use(settings.secret)
    media.use(settings)
    await db.open_pool(settings)
    try:
        return await make(settings)
    finally:
        await db.close_pool()


async def make(settings: Settings) -> int:
    """Make everything in one transaction; answers the exit code. Nothing stays of an attempt that dies."""
    async with db.transaction():
        await db.execute("lock table org in exclusive mode")
        slugs = [row["slug"] for row in await db.fetch("select slug from org")]
        if slugs:
            _log.info("the database is not empty (%s)", ", ".join(slugs))
            return 0 if COMPANY.slug in slugs else 1
        now = clock.now()
        people = await found(now)
        lessons = await publish(people, settings, now)
        await live_through(people, lessons, now)
        await announce(people, now)
    return 0
