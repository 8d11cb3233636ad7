"""What crosses the wire: immutable structs, camelCase, unknown fields refused."""

import msgspec


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every request and answer; JSON names are camelCase, instants are UTC (RFC 3339)."""
