"""What an upload answers."""

from typing import Literal
from uuid import UUID

from backend.kit.wire import Wire


class File(Wire):
    """A stored file; `url` serves it with Range (RFC 9110 §14)."""

    id: UUID
    url: str
    name: str
    kind: Literal["image", "video"]
    media_type: str
    size: int
