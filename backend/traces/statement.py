"""What was done: an xAPI statement in our own words, and the trace it becomes once it is stored."""

import re
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from backend.kit.problems import Invalid

Source = Literal["app", "relay", "host", "peer", "import", "self"]


class Object(msgspec.Struct, frozen=True, gc=False):
    """What it was done to; `name` is a human title kept for the record."""

    id: UUID
    type: str
    name: str


class Result(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """`score` in percent, `duration_ms` in milliseconds; `extensions` is any JSON."""

    score: int | None = None
    success: bool | None = None
    completion: bool | None = None
    duration_ms: int | None = None
    response: str | None = None
    extensions: dict[str, Any] = {}


class Statement(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One act. `id` (UUIDv7) is minted by whoever acts; `actor` None is the platform.

    `timestamp` is the claimed instant (UTC), `day` the local day in the actor's zone as the server decided it,
    `source` the strength of the evidence.
    """

    id: UUID
    org: UUID
    actor: UUID | None
    verb: str
    object: Object
    timestamp: datetime
    day: date
    source: Source
    result: Result | None = None
    context: dict[str, Any] = {}


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A statement that may be recorded, and its canonical text."""

    statement: Statement
    text: str


class Trace(msgspec.Struct, frozen=True, gc=False):
    """A statement in the log. `position` is its place in the order in which all were taken in, `stored` the instant."""

    position: int
    stored: datetime
    statement: Statement


class Unkeepable(Invalid):
    title = "The act cannot be kept as it was told"


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_encoder = msgspec.json.Encoder(order="deterministic")
decode = msgspec.json.Decoder(Statement).decode


def canonical(statement: Statement) -> str:
    """The one text of a statement: what is stored, hashed and compared. Raises TypeError for what JSON cannot say."""
    return _encoder.encode(statement).decode()


def draft(statement: Statement) -> Draft:
    """Raises Unkeepable for NUL characters and instants without offset, TypeError for what JSON cannot say."""
    text = canonical(statement)
    if "\\u0000" in text and _NUL.search(text):
        raise Unkeepable("text with NUL characters")
    if statement.timestamp.tzinfo is None:
        raise Unkeepable("a timestamp without its offset")
    return Draft(statement, text)


def same_act(first: Statement, second: Statement) -> bool:
    """Whether two statements claim the same act. What the server adds (day, title) may differ on a retry."""
    return _claim(first) == _claim(second)


def _claim(statement: Statement) -> str:
    thing = msgspec.structs.replace(statement.object, name="")
    return canonical(msgspec.structs.replace(statement, day=date.min, object=thing))
