"""What the channel routes answer."""

from uuid import UUID

from backend.kit.wire import Wire


class Channel(Wire):
    """A publisher's channel; `unit` is its audience boundary (that unit and all below)."""

    id: UUID
    name: str
    emoji: str
    unit: UUID
    unit_name: str
    publisher: str
    reach: int
