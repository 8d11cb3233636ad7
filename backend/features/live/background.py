"""What live rooms need running in every web process."""

import asyncio

from backend.features.live import delivery, moving, nodes, pulse


async def run() -> None:
    """For ever: pass on and watch what rooms say, and listen to the relays. At the end, drop what nobody waits for."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(delivery.relay())
            group.create_task(delivery.watch())
            group.create_task(moving.watch())
    finally:
        await pulse.stop()
        nodes.forget()
