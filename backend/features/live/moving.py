"""What is done when a relay of a fleet is gone or about to go: its viewers go elsewhere, and the record says so."""

import asyncio
import logging

from backend.features.live import nodes, rooms, webhooks
from backend.features.live.messages import AnyMessage, Fault, Unpublished
from backend.features.live.placement import Live, Node
from backend.kit import clock, ids, redis
from backend.kit.commit import LOSSES
from backend.kit.problems import NotFound

log = logging.getLogger("wake.live")

LOOK_SECONDS = 0.3
_ONCE_SECONDS = 60


async def watch() -> None:
    """For ever: listen to the relays, and act when one is gone."""
    while True:
        try:
            for node in await nodes.listen():
                await _replace(node)
        except redis.Away:
            pass  # as long as it is, everybody stays where they are
        except LOSSES as fault:
            log.warning("the end of a relay is not told: %r", fault)
        await asyncio.sleep(LOOK_SECONDS)


async def _replace(node: Node) -> None:
    """One process does it for all. Phones first: the record can wait."""
    if not await redis.once(f"media-node:{node.name}:{node.since}:{node.draining}", _ONCE_SECONDS):
        return
    log.warning("relay %s %s; %d rooms move", node.name, "drains" if node.draining else "is gone", len(node.rooms))
    for live in node.rooms:
        await rooms.mention(live.room, "relayGone", {"name": node.name})
    for live in [] if node.draining else node.rooms:
        try:
            await _confess(node, live)
        except NotFound:
            log.warning("relay %s had a room nobody knows: %s", node.name, live.room)


async def _confess(node: Node, live: Live) -> None:
    """What a dead relay tells once it runs again, for it may never do. That it tells it too changes nothing."""
    now = clock.milliseconds()
    fault = ids.derived(live.room, node.name, str(node.at))
    told: list[AnyMessage] = [Fault(id=fault, room=live.room, at=now, from_=node.at, to=now, kind="restart")]
    told += [
        Unpublished(
            id=ids.derived(one.publication, node.name, str(node.at)),
            room=live.room,
            at=node.at,
            seat=one.seat,
            publication=one.publication,
            person=one.person,
            reason="timeout",
        )
        for one in live.publications
    ]
    for message in told:
        await webhooks.accept(message)
