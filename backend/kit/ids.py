"""Identifiers: minted by whoever acts, or derived from what they follow from."""

import os
from uuid import UUID, uuid5

from backend.kit import clock

_RANDOM_BITS = 74


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562 §5.7): sorts by the millisecond in which it was made."""
    random = int.from_bytes(os.urandom(10), "big") >> (80 - _RANDOM_BITS)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=(clock.milliseconds() & 0xFFFFFFFFFFFF) << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def derived(trace: UUID, *names: str) -> UUID:
    """The id of what follows from a trace: the same trace and names give the same id (UUIDv5)."""
    return uuid5(trace, "/".join(names))
