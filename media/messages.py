"""The documents the relay sends: webhook messages told apart by `type`, and a room's state (PROTOCOL.md §2 and §3).

Instants and durations are integer milliseconds, ids are UUIDs.
"""

import secrets
import time
from typing import Literal
from uuid import UUID

import msgspec

from media.grant import Seat

Reason = Literal["bye", "timeout", "replaced", "closed", "removed"]


def mint() -> UUID:
    """A fresh UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random ones."""
    tail = secrets.randbits(74)
    return UUID(int=instant() << 80 | 7 << 76 | (tail >> 62) << 64 | 2 << 62 | tail & (1 << 62) - 1)


def instant() -> int:
    """Now, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", forbid_unknown_fields=True):
    """What every webhook message has; `id` is the trace's id, the same at every try."""

    id: UUID = msgspec.field(default_factory=mint)
    room: UUID
    at: int = msgspec.field(default_factory=instant)


class Joined(Message, frozen=True, kw_only=True, tag="joined"):
    """DTLS of a viewer is up: media can flow."""

    stay: UUID
    person: UUID
    device: str


class Present(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One viewer in a beat; `media_ms` of the time since the last beat media really reached them."""

    stay: UUID
    person: UUID
    device: str
    media_ms: int


class Beat(Message, frozen=True, kw_only=True, tag="beat"):
    """Who is in the room, every 10 s while anyone is."""

    people: tuple[Present, ...]


class Left(Message, frozen=True, kw_only=True, tag="left"):
    """A viewer's stay has ended; `at` is the last proof of life."""

    stay: UUID
    person: UUID
    device: str
    reason: Reason


class Published(Message, frozen=True, kw_only=True, tag="published"):
    """Media of a seat has begun."""

    seat: Seat
    publication: UUID
    person: UUID
    device: str


class Unpublished(Message, frozen=True, kw_only=True, tag="unpublished"):
    """A publication has ended; `at` is its last media."""

    seat: Seat
    publication: UUID
    person: UUID
    reason: Reason


class Fault(
    Message, frozen=True, kw_only=True, tag="fault", rename={"since": "from", "until": "to"}, forbid_unknown_fields=True
):
    """The relay was down in `[since, until)`; on the wire `from` and `to`, which Python keeps for itself."""

    since: int
    until: int
    kind: Literal["restart"] = "restart"


class Document(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A file at `GET /recordings/{room}/{name}`; `sha256` in hex."""

    name: str
    bytes: int
    sha256: str


class Thumbnails(Document, frozen=True, kw_only=True):
    """A sheet of `count` small pictures in rows of `columns`, one for each `every_ms` of the recording."""

    count: int
    columns: int
    every_ms: int


class Recorded(Message, frozen=True, kw_only=True, tag="recorded"):
    """A seat's recording can be fetched. Its position plus `started_at` is the instant it shows.

    `complete` is false when the disk, or what a room may have, came to its end before the session did. `relay` is the
    control address of the relay that has it, one of several.
    """

    seat: Seat
    started_at: int
    duration_ms: int
    complete: bool
    video: Document
    poster: Document | None
    thumbnails: Thumbnails | None
    relay: str = ""


AnyMessage = Joined | Beat | Left | Published | Unpublished | Fault | Recorded


class Publication(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A seat on air since an instant."""

    seat: Seat
    person: UUID
    since: int


class Stay(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A viewer's connection; `receiving` while media reaches them."""

    stay: UUID
    person: UUID
    device: str
    receiving: bool


class Room(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The answer of `GET /rooms/{room}`."""

    room: UUID
    publications: tuple[Publication, ...]
    stays: tuple[Stay, ...]
