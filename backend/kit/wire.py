"""What crosses the wire: immutable structs, camelCase, unknown fields refused."""

from datetime import datetime
from typing import Annotated, dataclass_transform

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant that a client claims; without its offset it is refused."""


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))  # so mypy knows heirs are frozen too
class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every request and answer; JSON names are camelCase, instants are UTC (RFC 3339)."""
