"""How this relay is one of several: its name, how it is reached, how many it takes, and whom it is near to."""

import ipaddress
import re
from collections.abc import Mapping

from msgspec import Struct

CAPACITY = 800
"""Viewers at 1.5 Mbit/s that one core serves with a third of it to spare."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_LARGEST = 100_000


class Terms(Struct, frozen=True):
    """What a relay tells of itself, in Redis at `redis`; a relay without a `name` is alone and tells nothing.

    `url` is its address for browsers, in which `{host}` stands for the host name they reached the backend by; `control`
    that for the backend and for other relays. Beyond `capacity` viewers others are asked first. `near` are networks
    whose browsers are sent here whenever it has room.
    """

    name: str = ""
    redis: str = ""
    url: str = ""
    control: str = ""
    capacity: int = CAPACITY
    near: tuple[str, ...] = ()


def terms(environ: Mapping[str, str], faults: list[str]) -> Terms:
    """Read `MEDIA_NODE`, `MEDIA_NODE_URL`, `MEDIA_NODE_CONTROL`, `MEDIA_NODE_VIEWERS`, `MEDIA_NODE_NEAR`,
    `MEDIA_REDIS_URL`."""
    name = environ.get("MEDIA_NODE", "")
    if not name:
        return Terms()
    if not _NAME.fullmatch(name):
        faults.append("MEDIA_NODE is not a name of lower-case letters, digits and hyphens, 32 at most")
    url, control = (environ.get(key, "").rstrip("/") for key in ("MEDIA_NODE_URL", "MEDIA_NODE_CONTROL"))
    if not all(one.startswith(("http://", "https://")) for one in (url, control)):
        faults.append("MEDIA_NODE_URL and MEDIA_NODE_CONTROL begin with http:// or https://")
    redis = environ.get("MEDIA_REDIS_URL", "")
    if not redis.startswith(("redis://", "rediss://", "unix://")):
        faults.append("MEDIA_REDIS_URL does not begin with redis://, rediss:// or unix://")
    text = environ.get("MEDIA_NODE_VIEWERS") or str(CAPACITY)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST):
        faults.append(f"MEDIA_NODE_VIEWERS is not a number from 1 to {_LARGEST}")
        text = str(CAPACITY)
    near = tuple(part.strip() for part in environ.get("MEDIA_NODE_NEAR", "").split(",") if part.strip())
    for network in near:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            faults.append(f"MEDIA_NODE_NEAR: {network!r} is not a network")
    return Terms(name, redis, url, control, int(text), near)
