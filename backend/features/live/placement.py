"""Which relay of a fleet a room's host publishes to, and which one a viewer watches at. Pure."""

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct

Seat = Literal["host", "screen", "guest-1", "guest-2", "guest-3"]

LEASE_MS = 1_500
"""A relay speaks three times a second; after so long without a word it is dead."""


class OnAir(Struct, frozen=True):
    """A publication that runs."""

    publication: UUID
    seat: Seat
    person: UUID


class Live(Struct, frozen=True):
    """A room somebody is in."""

    room: UUID
    publications: list[OnAir] = []


class Node(Struct, frozen=True):
    """A relay as it says it is (media/PROTOCOL.md §5)."""

    name: str
    since: int
    at: int
    url: str
    control: str
    capacity: int
    viewers: int
    draining: bool
    near: list[str]
    rooms: list[Live]

    @property
    def load(self) -> float:
        """Viewers by capacity."""
        return self.viewers / self.capacity

    def publishes(self, room: UUID) -> bool:
        """Whether a room's media comes in here."""
        return any(live.room == room and live.publications for live in self.rooms)


class Place(Struct, frozen=True):
    """Where a room's media comes in, and where somebody watches it."""

    origin: Node
    viewed: Node


def origin(nodes: Mapping[str, Node], room: UUID, kept: str) -> Node | None:
    """The relay a room's host publishes to: the one it was given while that lives, else one that has it (Redis has
    forgotten), else the least loaded. None when nobody takes anybody."""
    open_ = {name: node for name, node in nodes.items() if not node.draining}
    if kept in open_:
        return open_[kept]
    return next((node for node in open_.values() if node.publishes(room)), None) or _freest(open_.values())


def viewed(nodes: Collection[Node], origin: Node, address: str) -> Node:
    """The relay for a viewer at this IP address: one near to them, else the origin, else the least loaded; among those
    that have room, if any has."""
    open_ = [node for node in nodes if not node.draining]
    near = [node for node in open_ if node.load < 1 and _near(node, address)]
    if near:
        return origin if origin in near else _freest(near) or origin
    return origin if origin.load < 1 else _freest(open_) or origin


def silent(heard: Mapping[str, tuple[int, int]], now: int) -> set[str]:
    """Who has said nothing new for a lease; `heard`: of each name the `at` it said last, and when we heard that."""
    return {name for name, (_, since) in heard.items() if now - since > LEASE_MS}


def _freest(nodes: Iterable[Node]) -> Node | None:
    return min(nodes, key=lambda node: (node.load, node.name), default=None)


def _near(node: Node, address: str) -> bool:
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(place in ipaddress.ip_network(network) for network in node.near)
