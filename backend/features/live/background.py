"""What live rooms need running in every web process."""

import asyncio

from backend.features.live import delivery, pulse


async def run() -> None:
    """For ever: pass on and watch what rooms say. At the end, drop the figures that nobody waits for."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(delivery.relay())
            group.create_task(delivery.watch())
    finally:
        await pulse.stop()
