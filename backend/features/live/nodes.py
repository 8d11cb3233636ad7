"""The relays of a fleet as this process hears of them, and which of them a room is placed on.

Relays speak of themselves in Redis (media/PROTOCOL.md §5). A process listens as often and judges by its own
clock. Without any, or without Redis, there is one relay, at the address of the settings.
"""

import logging
from collections import Counter
from collections.abc import Collection
from uuid import UUID

import msgspec
from msgspec.structs import replace

from backend.features.live.placement import Node, Place, origin, silent, viewed
from backend.kit import clock, redis

log = logging.getLogger("wake.live")

NODES = "wake:media:nodes"
STALE_MS = 10_000
"""What was said so long ago is nobody's any more."""
ROOM_SECONDS = 86_400

# Gives a room another relay, unless somebody else was faster: what is kept then.
_GIVE = """
local kept = redis.call('GET', KEYS[1]) or ''
if kept ~= ARGV[1] then return kept end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]
"""

_decode = msgspec.json.Decoder(Node).decode
_nodes: dict[str, Node] = {}
_heard: dict[str, tuple[int, int]] = {}
_coming: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
"""Whom we have sent where before we listened last, and since: the relay may not have counted them yet."""


async def listen() -> list[Node]:
    """Hear who lives; who has died or begun to drain since the last time, as they last were. Raises redis.Away."""
    now = clock.milliseconds()
    try:
        told = await _told()
    except redis.Away:
        for name, (at, _) in _heard.items():  # nobody's fault: whoever was heard of gets another lease
            _heard[name] = (at, now)
        raise
    global _coming
    _coming = _coming[1], Counter()
    before = dict(_nodes)
    for name, node in told.items():
        if _heard.get(name, (0, 0))[0] != node.at:
            _heard[name] = (node.at, now)
        _nodes[name] = replace(node, viewers=node.viewers + _coming[0][name])
    lost = silent(_heard, now)
    for name in lost:
        _nodes.pop(name, None)
        if name not in told:
            del _heard[name]
    draining = {name for name, node in _nodes.items() if node.draining}
    draining -= {name for name, node in before.items() if node.draining}
    return [node for name, node in before.items() if name in lost] + [_nodes[name] for name in draining]


def forget() -> None:
    """Know of nobody, as at the start of the process."""
    _nodes.clear()
    _heard.clear()


async def place(room: UUID, address: str) -> Place | None:
    """Where somebody at this IP address publishes to and watches a room; None when there is no fleet, or no Redis."""
    if not _nodes:
        return None
    try:
        home = await _origin(room)
    except redis.Away:
        return None
    if home is None:
        return None
    seen = viewed(_nodes.values(), home, address)
    _coming[1][seen.name] += 1
    _nodes[seen.name] = replace(seen, viewers=seen.viewers + 1)
    return Place(home, seen)


async def controls() -> Collection[str]:
    """Where each living relay takes what the backend asks of it; empty when there is no fleet, or no Redis."""
    try:
        return [node.control for node in (await _told()).values()]
    except redis.Away:
        return [node.control for node in _nodes.values()]


async def _told() -> dict[str, Node]:
    found: dict[str, Node] = {}
    fresh = clock.milliseconds() - STALE_MS
    for name, said in (await redis.ask("HGETALL", NODES)).items():
        try:
            node = _decode(said)
        except msgspec.DecodeError as fault:
            log.warning("a relay of another version: %s", fault)
            continue
        if node.at > fresh:
            found[node.name] = node
        else:
            await redis.ask("HDEL", NODES, name)
    return found


async def _origin(room: UUID) -> Node | None:
    key = f"wake:media:origin:{room}"
    kept = ((await redis.ask("GET", key)) or b"").decode()
    chosen = origin(_nodes, room, kept)
    if chosen is None or chosen.name == kept:
        return chosen
    given = await redis.ask("EVAL", _GIVE, 1, key, kept, chosen.name, ROOM_SECONDS)
    return _nodes.get(given.decode(), chosen)
