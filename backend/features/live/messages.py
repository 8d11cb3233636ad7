"""What the relay tells us, and no more than it says (media/PROTOCOL.md): pure documents."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from backend.features.live.placement import Seat

_ENVELOPE = frozenset({"id", "type", "room", "at"})
Reason = Literal["bye", "timeout", "replaced", "closed", "removed"]


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """What every webhook says; `at` in milliseconds since the Unix epoch, `id` is the trace's id."""

    id: UUID
    room: UUID
    at: int


class Joined(Message, frozen=True, kw_only=True, tag="joined"):
    stay: UUID
    person: UUID
    device: str


class Left(Message, frozen=True, kw_only=True, tag="left"):
    stay: UUID
    person: UUID
    device: str
    reason: Reason


class Present(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A person in a beat; `media_ms` of the time since the last beat media really reached them."""

    stay: UUID
    person: UUID
    device: str
    media_ms: int


class Beat(Message, frozen=True, kw_only=True, tag="beat"):
    people: list[Present]


class Published(Message, frozen=True, kw_only=True, tag="published"):
    seat: Seat
    publication: UUID
    person: UUID
    device: str


class Unpublished(Message, frozen=True, kw_only=True, tag="unpublished"):
    seat: Seat
    publication: UUID
    person: UUID
    reason: Reason


class Fault(Message, frozen=True, kw_only=True, tag="fault", rename={"from_": "from"}):
    """The relay was down in `[from, to)`."""

    from_: int
    to: int
    kind: str


class Document(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file at the relay; `sha256` in hex."""

    name: str
    bytes: int
    sha256: str


class Thumbnails(Document, frozen=True, kw_only=True):
    """A sheet of `count` small pictures in rows of `columns`, one for each `every_ms`."""

    count: int
    columns: int
    every_ms: int


class Recorded(Message, frozen=True, kw_only=True, tag="recorded"):
    """A seat's recording can be fetched, of a fleet's relay at its control address `relay`; position + `started_at` is
    the instant it shows."""

    seat: Seat
    started_at: int
    duration_ms: int
    complete: bool
    video: Document
    poster: Document | None
    thumbnails: Thumbnails | None
    relay: str = ""


AnyMessage = Joined | Left | Beat | Published | Unpublished | Fault | Recorded
decode_message = msgspec.json.Decoder(AnyMessage).decode


def instant(milliseconds: int) -> datetime:
    """A webhook's instant."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def members(message: AnyMessage) -> dict[str, object]:
    """A message's own members by their names on the wire, for the record."""
    told: dict[str, object] = msgspec.to_builtins(message)
    return {name: value for name, value in told.items() if name not in _ENVELOPE}
