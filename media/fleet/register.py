"""The register: each relay of a fleet says in Redis three times a second that it lives, and how it is (PROTOCOL §5)."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from media.fleet.resp import Line, Refused
from media.fleet.terms import Terms
from media.journal import Live
from media.messages import instant
from media.relay import Relay

log = logging.getLogger(__name__)

NODES = "wake:media:nodes"
"""The hash of all relays, by name."""
PERIOD = 0.3
"""Seconds between two words; after 1.5 without one a relay counts as dead."""
LOOK = 0.1
"""Seconds within which it says that a room, or who is on the air, is another: who is in a room hears of our death."""
AWAY = (OSError, EOFError, TimeoutError, ValueError, Refused)


class Standing(msgspec.Struct, frozen=True):
    """How a relay that started at `since` is at an instant (both ms).

    `rooms` has who is on the air in each; their people are left out.
    """

    name: str
    since: int
    at: int
    url: str
    control: str
    capacity: int
    viewers: int
    draining: bool
    near: Sequence[str]
    rooms: Sequence[Live]


class Register:
    """`run` until cancelled, then `leave`."""

    def __init__(self, terms: Terms, relay: Relay) -> None:
        self._terms = terms
        self._relay = relay
        self._line = Line(terms.redis)
        self._since = instant()
        self._away = self._left = False

    async def run(self) -> None:
        """Tell, for ever; a relay that is alone tells nobody."""
        told, due = None, 0.0
        while self._terms.name and not self._left:
            standing, now = self.standing(), self._relay.now()
            if now >= due or told is None or (standing.rooms, standing.draining) != (told.rooms, told.draining):
                await self._try("HSET", NODES, self._terms.name, msgspec.json.encode(standing))
                told, due = standing, now + PERIOD
            await asyncio.sleep(LOOK)

    async def leave(self) -> None:
        """Be no relay of the fleet any more: whoever is here has to go elsewhere."""
        self._left = True
        if self._terms.name:
            await self._try("HDEL", NODES, self._terms.name)
        self._line.close()

    def standing(self) -> Standing:
        """How we are now."""
        relay, terms = self._relay, self._terms
        return Standing(
            name=terms.name,
            since=self._since,
            at=instant(),
            url=terms.url,
            control=terms.control,
            capacity=terms.capacity,
            viewers=len(relay.connections),
            draining=relay.draining,
            near=terms.near,
            rooms=[Live(room.name, room.on_air()) for room in relay.rooms.values()],
        )

    async def _try(self, *command: str | bytes) -> None:
        try:
            await self._line.ask(*command)
        except AWAY as fault:
            if not self._away:
                log.warning("redis is away: %r", fault)
            self._away = True
        else:
            self._away = False
